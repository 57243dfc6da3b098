"""Two common rules on the same reads, for comparison: first/last antenna, and EdgeX's."""

from collections import deque
from collections.abc import Mapping, Sequence

from simulators.physics.rounds import Read

GAP_S = 2.0
"""Silence that ends an episode."""


def first_last(reads: Sequence[Read], sides: Mapping[int, int]) -> int:
    """The side of the first read against that of the last: +1 in, -1 out, 0 neither."""
    return _last([_sign(sides[e[0].antenna], sides[e[-1].antenna]) for e in _episodes(reads)])


def edgex(reads: Sequence[Read], sides: Mapping[int, int]) -> int:
    """Where the tag is by mean level at the last 20 reads, as EdgeX moves it between antennas."""
    return _last([_moved(episode, sides) for episode in _episodes(reads)])


def _moved(reads: Sequence[Read], sides: Mapping[int, int]) -> int:
    """Threshold 6 dB, hold-off 500 ms, slope -0.008 dB/ms: the defaults."""
    threshold, slope = 6.0, -0.008
    intercept = threshold - slope * 500.0
    levels: dict[int, deque[float]] = {}
    last_ms: dict[int, float] = {}
    at = reads[0].antenna
    for read in reads:
        own = levels.setdefault(read.antenna, deque(maxlen=20))
        own.append(read.rssi_dbm)
        now_ms = 1000.0 * read.t_s
        if read.antenna != at and len(own) >= 2:
            offset = min(slope * (now_ms - last_ms[at]) + intercept, threshold)
            there = levels[at]
            if sum(own) / len(own) > sum(there) / len(there) + offset:
                at = read.antenna
        last_ms[read.antenna] = now_ms
    return _sign(sides[reads[0].antenna], sides[at])


def _episodes(reads: Sequence[Read]) -> list[list[Read]]:
    ordered = sorted(reads)
    episodes = [[ordered[0]]]
    for read in ordered[1:]:
        if read.t_s - episodes[-1][-1].t_s > GAP_S:
            episodes.append([])
        episodes[-1].append(read)
    return episodes


def _sign(before: int, after: int) -> int:
    return (after > before) - (after < before)


def _last(ways: Sequence[int]) -> int:
    passed = [way for way in ways if way]
    return passed[-1] if passed else 0
