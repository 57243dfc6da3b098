"""Decoding tag reports into reads, and carrying them through sockets; figure and goal in a row.

A tag is 65 octets: EPC, ROSpec, antenna, RSSI, channel, first and last time seen, count, and one
custom parameter. One core, CPU time, median of five.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from random import Random
from statistics import median
from time import process_time

from drivers.llrp.wire import Message, Parameter, TagReports, decode, encode, message, parameter
from tests.benchmarks.llrp_site import busy, reconnects

RUNS = 5
RUN_S = 0.4
MESSAGES = 100

Figure = tuple[str, float, str, float | None]
"""What, how much, unit, and the goal where there is one."""

FAST_GOALS = {1: 300_000, 10: 900_000, 100: None}
SAFE_GOALS = {1: None, 10: 140_000, 100: 140_000}


def main() -> list[Figure]:
    """Measure everything, print as it comes."""
    figures: list[Figure] = []
    for tags in (1, 10, 100):
        frames = [encode(_report(tags, Random(seed))) for seed in range(max(1, MESSAGES // tags))]
        fast, safe = TagReports(), TagReports(learn=False)
        for name, read, goal in (
            ("learnt layout", fast.read, FAST_GOALS[tags]),
            ("safe walker", safe.read, SAFE_GOALS[tags]),
            ("whole message", decode, None),
        ):
            what = f"{name}, {tags} tags a message"
            figures.append((what, _rate(read, frames, tags), "tags/s", goal))
            _show(figures[-1])
    for figure in _whole_site():
        figures.append(figure)
        _show(figure)
    return figures


def _whole_site() -> Iterator[Figure]:
    """Drivers, sockets and trackers of one door, ten, 32; then broken connections."""
    logging.disable(logging.WARNING)
    one = busy(1, reads_a_second=1_000, seconds=5.0)
    yield "one reader, 1,000 reads/s, tracked", one.percent, "% core", None
    ten = busy(10, reads_a_second=1_000, seconds=5.0)
    yield "ten readers, 1,000 reads/s each, tracked", ten.percent, "% core", 15
    yield "of which the tracker and its inbox", ten.tracker_percent, "% core", None
    many = busy(32, reads_a_second=1_000, seconds=5.0)
    yield "32 readers: pace", many.reads_a_second, "reads/s", 32_000
    yield "32 readers: lost reads", many.lost, "reads", 0
    lost, reordered = reconnects(1_000, readers=20)
    yield "1,000 random reconnects: lost reads", lost, "reads", 0
    yield "1,000 random reconnects: reordered reads", reordered, "reads", 0
    logging.disable(logging.NOTSET)


def _show(figure: Figure) -> None:
    what, value, unit, goal = figure
    beside = "" if goal is None else f"   goal {goal:>12,.0f}"
    print(f"{what:44} {value:>14,.1f} {unit:8}{beside}", flush=True)


def _rate(read: Callable[[bytes], object], frames: Sequence[bytes], tags: int) -> float:
    for frame in frames:
        read(frame)
    rates = []
    for _ in range(RUNS):
        began, done = process_time(), 0
        while process_time() - began < RUN_S:
            for frame in frames:
                read(frame)
            done += tags * len(frames)
        rates.append(done / (process_time() - began))
    return median(rates)


def _report(tags: int, chance: Random) -> Message:
    return message("RO_ACCESS_REPORT", 1, *(_tag(chance) for _ in range(tags)))


def _tag(chance: Random) -> Parameter:
    first = 1_594_174_805_140_192 + chance.randrange(10**6)
    last = first + chance.randrange(200_000)
    phase = chance.randrange(4096).to_bytes(2)
    return parameter(
        "TagReportData",
        parameter("EPC_96", EPC=chance.randbytes(12)),
        parameter("ROSpecID", ROSpecID=1),
        parameter("AntennaID", AntennaID=chance.randrange(1, 5)),
        parameter("PeakRSSI", PeakRSSI=-chance.randrange(30, 80)),
        parameter("ChannelIndex", ChannelIndex=chance.randrange(1, 51)),
        parameter("FirstSeenTimestampUTC", Microseconds=first),
        parameter("LastSeenTimestampUTC", Microseconds=last),
        parameter("TagSeenCount", TagCount=chance.randrange(1, 20)),
        parameter("Custom", VendorIdentifier=25882, ParameterSubtype=56, Data=phase),
    )


if __name__ == "__main__":
    main()
