"""People carrying tags through a doorway, as the antennas hear it: seeded, without a clock.

Distance, beam, a body in the way, slow fading that antennas do not share, and noise. Good enough
to break the rule "first antenna, last antenna"; no substitute for walks in a real room.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from drivers.observations import TagRead, TagReport
from tests.domain.rooms import moment

FLOOR_DBM = -74.0
CYCLE_S = 0.12
"""How long one antenna listens before the next."""
REPORT_S = 0.1


class Read(NamedTuple):
    """One read as it happened."""

    t_s: float
    epc: str
    antenna: int
    dbm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Antenna:
    """Where it hangs: ``x_m`` across the door plane, inside positive; turned to its own side."""

    x_m: float
    side: int


TWO = {1: Antenna(x_m=0.5, side=1), 2: Antenna(x_m=-0.5, side=-1)}
FOUR = TWO | {3: Antenna(x_m=0.45, side=1), 4: Antenna(x_m=-0.45, side=-1)}


class Fading:
    """A level that wanders slowly with the place, differently for every antenna."""

    def __init__(self, chance: Random, depth_db: float) -> None:
        self._waves = [
            (chance.uniform(2.0, 14.0), chance.uniform(0.0, 2 * math.pi)) for _ in range(4)
        ]
        self._depth_db = depth_db

    def at(self, x_m: float) -> float:
        """In dB, at that place."""
        waves = sum(math.sin(k * x_m + phase) for k, phase in self._waves)
        return self._depth_db * waves / len(self._waves)


def through(
    speed: float, *, out: bool, reach_m: float = 2.6
) -> tuple[Callable[[float], float], float]:
    """A walk through the door: place over time, and how long it takes."""
    sign = -1.0 if out else 1.0
    return (lambda t: sign * (speed * t - reach_m)), 2 * reach_m / speed


def turning(
    speed: float, *, inside: bool, closest_m: float = 0.4, wait_s: float = 0.5, reach_m: float = 2.6
) -> tuple[Callable[[float], float], float]:
    """Up to the door from one side, a pause, and back."""
    sign = 1.0 if inside else -1.0
    leg_s = (reach_m - closest_m) / speed

    def place(t: float) -> float:
        if t < leg_s:
            return sign * (reach_m - speed * t)
        return sign * (closest_m + speed * max(0.0, t - leg_s - wait_s))

    return place, 2 * leg_s + wait_s


def parked(x_m: float, for_s: float) -> tuple[Callable[[float], float], float]:
    """Left beside the door."""
    return (lambda _t: x_m), for_s


def hear(
    path: tuple[Callable[[float], float], float],
    *,
    chance: Random,
    epc: str = "E280000000000001",
    antennas: dict[int, Antenna] = TWO,
    reads_per_s: float = 40.0,
    start_s: float = 0.0,
    fading_db: float = 12.0,
) -> list[Read]:
    """Every read of one tag on its way."""
    place, lasts_s = path
    fading = {port: Fading(chance, fading_db) for port in antennas}
    loss_db = chance.uniform(0.0, 8.0)
    phase_s = chance.uniform(0.0, CYCLE_S * len(antennas))
    ports = sorted(antennas)
    reads: list[Read] = []
    t_s = 0.0
    while t_s < lasts_s:
        port = ports[int((t_s + phase_s) / CYCLE_S) % len(ports)]
        x_m = place(t_s)
        dbm = _level(x_m, antennas[port], fading[port]) - loss_db + chance.gauss(0.0, 1.5)
        if dbm > FLOOR_DBM:
            reads.append(Read(start_s + t_s, epc, port, round(dbm * 2) / 2))
        t_s += chance.expovariate(reads_per_s)
    return reads


def _level(x_m: float, antenna: Antenna, fading: Fading) -> float:
    away_m = x_m - antenna.x_m
    behind_db = 8.0 / (1.0 + math.exp(4.0 * antenna.side * away_m))  # turned to its own side
    return -38.0 - 25.0 * math.log10(math.hypot(away_m, 0.8)) - behind_db + fading.at(x_m)


def reports(reads: Sequence[Read], *, stamped: bool = True) -> list[TagReport]:
    """The reads as a reader sends them: one message every tenth of a second."""
    made: dict[int, list[TagRead]] = {}
    for read in sorted(reads):
        slot = int(read.t_s / REPORT_S) + 1
        stamp = int(read.t_s * 1e6) if stamped else None
        made.setdefault(slot, []).append(TagRead(read.epc, read.antenna, read.dbm, stamp, 1))
    return [
        TagReport(at=moment(slot * REPORT_S), reader="door-north", reads=tuple(tags))
        for slot, tags in sorted(made.items())
    ]
