"""Inventory rounds (Gen2, session S1): the antennas take turns, all tags share the air.

In one visit of one antenna every powered tag may be read once, and no more tags than the link has
time for; two hundred files on a trolley are therefore read a few times each.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from simulators.physics.radio import CHANNELS, Body, Label, Room, Vector

READS_PER_S = 300.0
VISIT_S = 0.12
SWITCH_S = 0.012
HOP_S = 0.4
WAKES_DBM = -17.0
HEARS_DBM = -80.0
ANSWERED = 0.93
"""Share of powered tags that a visit really reads."""


class Read(NamedTuple):
    """One read as it happened."""

    t_s: float
    epc: str
    antenna: int
    rssi_dbm: float
    phase_rad: float


@dataclass(slots=True)
class Carried:
    """One tag and where it is at any time."""

    epc: str
    label: Label
    at: Callable[[float], Vector]


class Rounds:
    """The reader of one door, going through its antennas."""

    def __init__(self, room: Room, chance: Random) -> None:
        self._room = room
        self._chance = chance
        self._ports = sorted(room.plan.antennas)
        self._turn = 0
        self._channel = chance.randrange(CHANNELS)
        self._hopped_s = 0.0
        self._next_s = 0.0

    def until(
        self, end_s: float, tags: Sequence[Carried], bodies: Callable[[float], Sequence[Body]]
    ) -> list[Read]:
        """Every read up to ``end_s``; the next call goes on there."""
        reads: list[Read] = []
        while self._next_s < end_s:
            reads += self._visit(tags, bodies(self._next_s))
        return reads

    def _visit(self, tags: Sequence[Carried], bodies: Sequence[Body]) -> list[Read]:
        now_s, chance = self._next_s, self._chance
        if now_s - self._hopped_s > HOP_S:
            self._channel, self._hopped_s = chance.randrange(CHANNELS), now_s
        port = self._ports[self._turn]
        self._turn = (self._turn + 1) % len(self._ports)
        heard = self._heard(port, now_s, tags, bodies)
        chance.shuffle(heard)
        reads = []
        at_s = now_s + 0.004
        for epc, dbm, phase in heard[: _poisson(chance, READS_PER_S * VISIT_S)]:
            at_s += chance.uniform(0.6, 1.4) / READS_PER_S
            level = round(2 * (dbm + chance.gauss(0.0, 0.7))) / 2
            turned = (phase + chance.gauss(0.0, 0.1)) % (2 * math.pi)
            reads.append(Read(at_s, epc, port, level, turned))
        self._next_s = max(at_s, now_s + 0.018) + SWITCH_S
        return reads

    def _heard(
        self, port: int, now_s: float, tags: Sequence[Carried], bodies: Sequence[Body]
    ) -> list[tuple[str, float, float]]:
        heard = []
        for tag in tags:
            at = tag.at(now_s)
            answer = self._room.answer(port, self._channel, tag.label, at, bodies)
            woken = _odds((answer.at_tag_dbm - WAKES_DBM) / 0.8)
            understood = _odds(answer.at_reader_dbm - HEARS_DBM)
            if self._chance.random() < woken * understood * ANSWERED:
                heard.append((tag.epc, answer.at_reader_dbm, answer.phase_rad))
        return heard


def dead(reads: Sequence[Read], ports: Sequence[int]) -> list[Read]:
    """The same with antennas that hear nothing."""
    return [read for read in reads if read.antenna not in ports]


def by_tag(reads: Sequence[Read]) -> Mapping[str, list[Read]]:
    """The reads of each tag, in their order."""
    found: dict[str, list[Read]] = {}
    for read in reads:
        found.setdefault(read.epc, []).append(read)
    return found


def _odds(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-35.0, min(35.0, score))))


def _poisson(chance: Random, mean: float) -> int:
    """Near enough for a mean of some dozens."""
    return max(0, round(chance.gauss(mean, math.sqrt(mean))))
