"""People carrying tags through a doorway: where they are, and what each antenna makes of it.

A doorway is a line, x in metres across the door plane: outside is negative. Antennas hang beside
the door and are turned to their own side, which is what lets software tell in from out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import NamedTuple

REACH_M = 2.5
"""Where a walk starts and ends: beyond the antennas' field."""
ANTENNA_X_M = 0.8
LANE_Y_M = 0.7
"""How far the antennas stand beside the walking lane."""
READS_PER_S = 300.0
"""What one reader manages, shared by all tags in its field."""
LOST_BELOW_DBM = -72.0
BEHIND_LOSS_DB = 10.0
"""An antenna turned away sees this much less."""
FADING_DB = 2.5


class Motion(StrEnum):
    """What a walk does at the door."""

    IN = "in"
    OUT = "out"
    TURN_BACK = "turn_back"
    """From the inside up to the door and back."""


class Seen(NamedTuple):
    """One read as the physics has it."""

    antenna: int
    epc: str
    rssi_dbm: float


@dataclass(slots=True)
class Walk:
    """One person (or trolley) on the way through a door, with tags."""

    epcs: Sequence[str]
    motion: Motion
    speed_m_per_s: float = 1.0
    walked_m: float = field(default=0.0, init=False)

    @property
    def x_m(self) -> float:
        """Where they are now."""
        if self.motion is Motion.IN:
            return self.walked_m - REACH_M
        if self.motion is Motion.OUT:
            return REACH_M - self.walked_m
        turn = REACH_M + 0.3  # a step into the doorway
        return REACH_M - (self.walked_m if self.walked_m < turn else 2 * turn - self.walked_m)

    @property
    def over(self) -> bool:
        """Whether they have left the field for good."""
        length = 2 * REACH_M + 0.6 if self.motion is Motion.TURN_BACK else 2 * REACH_M
        return self.walked_m >= length

    def advance(self, dt_s: float) -> None:
        """Walk on for ``dt_s`` seconds."""
        self.walked_m += self.speed_m_per_s * dt_s


def reads(
    walks: Sequence[Walk], antennas: Mapping[int, str], dt_s: float, chance: Random
) -> list[Seen]:
    """What the reader hears in ``dt_s`` seconds; ``antennas``: port → ``inside`` | ``outside``."""
    tags = [(epc, walk.x_m) for walk in walks for epc in walk.epcs]
    if not tags or not antennas:
        return []
    ports = sorted(antennas)
    heard = []
    for _ in range(_rounded(READS_PER_S * dt_s, chance)):
        epc, x_m = chance.choice(tags)
        port = chance.choice(ports)
        rssi = _rssi_dbm(x_m, antennas[port], chance)
        if rssi > LOST_BELOW_DBM:
            heard.append(Seen(port, epc, rssi))
    return heard


def _rssi_dbm(x_m: float, side: str, chance: Random) -> float:
    own = 1.0 if side == "inside" else -1.0
    distance = math.hypot(x_m - own * ANTENNA_X_M, LANE_Y_M)
    rssi = -42.0 - 30.0 * math.log10(distance) + chance.gauss(0.0, FADING_DB)
    return rssi if x_m * own > 0 else rssi - BEHIND_LOSS_DB


def _rounded(expected: float, chance: Random) -> int:
    whole = math.floor(expected)
    return whole + (chance.random() < expected - whole)
