"""What one antenna makes of one label: power there, power back, phase.

x runs through the door (outside negative), y along the wall, z up; metres, dBm, radians. The line
of sight goes by the beam; the diffuse part arrives from everywhere, so the antenna of the far side
reads as well: that is what breaks the rule "first antenna, last antenna" in real rooms.
"""

import cmath
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

CARRIER_HZ = 922.4e6
WAVELENGTH_M = 299_792_458.0 / CARRIER_HZ
WAVE_NUMBER = 2 * math.pi / WAVELENGTH_M
CHANNELS = 16
SENT_DBM = 30.0
GAIN_DBI = 8.5
BEAM_DEG = 68.0
BACK_LOBE_DB = 22.0
WAVES = 12
BODY_RADIUS_M = 0.22

Vector = tuple[float, float, float]


class Body(NamedTuple):
    """A person, seen from above."""

    x: float
    y: float
    loss_db: float


@dataclass(frozen=True, slots=True)
class Antenna:
    """Where it hangs, where it looks, and for which side of the door it speaks."""

    at: Vector
    looks: Vector
    side: int
    """+1 inside, -1 outside."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The antennas of one door by port, and what its room is like."""

    antennas: Mapping[int, Antenna]
    harsh: bool = False
    """A metal room and a body that shields strongly."""


def layout(
    per_side: int = 2,
    *,
    away_m: float = 0.45,
    turned_deg: float = 30.0,
    half_width_m: float = 0.8,
    harsh: bool = False,
) -> Layout:
    """Antennas beside the lane, ``away_m`` from the door plane, turned to their own side."""
    antennas: dict[int, Antenna] = {}
    turn = math.radians(turned_deg)
    for side in (-1, 1):
        for number in range(per_side):
            y = -half_width_m if number == 0 else half_width_m
            at = (side * away_m, y, 1.25 if number == 0 else 0.85)
            looks = (side * math.sin(turn), -math.copysign(math.cos(turn), y), 0.0)
            antennas[len(antennas) + 1] = Antenna(at, looks, side)
    return Layout(antennas, harsh)


SOUND: Mapping[str, Layout] = {
    "A": layout(),
    "Ah": layout(harsh=True),
    "C": layout(1),
    "D": layout(away_m=1.0, turned_deg=0.0),
}
"""Layouts that the installation rule allows."""
UNSOUND: Mapping[str, Layout] = {
    "Bh": layout(away_m=0.2, turned_deg=0.0, harsh=True),
    "Eh": layout(away_m=2.2, turned_deg=-45.0, half_width_m=2.2, harsh=True),
}
"""A compact gate, and antennas far away that look into the door: these invert trolleys."""
LAYOUTS: Mapping[str, Layout] = {**SOUND, **UNSOUND}


class Label(NamedTuple):
    """What a tag is like; it does not change while it is carried."""

    dipole: Vector
    loss_db: float
    hidden_db: Mapping[int, float]
    """What stands between it and each port: shelves, walls, other files."""
    phase_rad: float


class Answer(NamedTuple):
    """One label at one antenna."""

    at_tag_dbm: float
    at_reader_dbm: float
    phase_rad: float


class Room:
    """The diffuse field of one room, different at every antenna, fixed in space."""

    def __init__(self, chance: Random, plan: Layout) -> None:
        lowest, highest, cable_db = (-5.0, 0.0, 3.0) if plan.harsh else (0.0, 4.0, 1.5)
        self.plan = plan
        self._waves = {port: _waves(chance) for port in plan.antennas}
        self._diffuse_db = {
            port: GAIN_DBI - 4.0 - chance.uniform(lowest, highest) for port in plan.antennas
        }
        self._cable_db = {port: chance.gauss(0.0, cable_db) for port in plan.antennas}
        self._offsets = {
            port: [chance.uniform(0.0, 2 * math.pi) for _ in range(CHANNELS)]
            for port in plan.antennas
        }

    def answer(
        self, port: int, channel: int, label: Label, at: Vector, bodies: Sequence[Body]
    ) -> Answer:
        """What antenna ``port`` and the label at ``at`` hear of each other."""
        antenna = self.plan.antennas[port]
        gain, away = _gain(antenna, at)
        away = max(away, 0.2)
        shadow = sum(_shadow(antenna.at, at, body) for body in bodies)
        hidden = label.hidden_db.get(port, 0.0)
        field = _wave(gain - shadow - hidden, away, away)
        diffuse = self._diffuse_db[port] - 0.35 * shadow - 0.5 * hidden
        field += abs(_wave(diffuse, away + 1.0, 0.0)) * self._scattered(port, at)
        for body in bodies:
            field += _off_body(antenna, at, body)
        level = 20.0 * math.log10(abs(field) + 1e-12)
        turned = 2.15 + 10.0 * math.log10(_seen_of(antenna.at, at, label.dipole))
        there = SENT_DBM + turned + level - 3.0 - label.loss_db
        back = SENT_DBM + 2 * (turned + level - label.loss_db) - 12.0 + self._cable_db[port]
        offset = self._offsets[port][channel] + label.phase_rad
        return Answer(there, back, 2.0 * cmath.phase(field) + offset)

    def _scattered(self, port: int, at: Vector) -> complex:
        x, y, z = at
        return sum(
            cmath.rect(1.0, WAVE_NUMBER * (x * u + y * v + z * w) + phase)
            for u, v, w, phase in self._waves[port]
        ) / math.sqrt(WAVES)


def _waves(chance: Random) -> list[tuple[float, float, float, float]]:
    made = []
    for _ in range(WAVES):
        u, v, w = chance.gauss(0, 1), chance.gauss(0, 1), 0.4 * chance.gauss(0, 1)
        size = math.sqrt(u * u + v * v + w * w)
        made.append((u / size, v / size, w / size, chance.uniform(0.0, 2 * math.pi)))
    return made


def _wave(gain_dbi: float, spread_m: float, travelled_m: float) -> complex:
    size = 10.0 ** (gain_dbi / 20.0) * WAVELENGTH_M / (4 * math.pi * spread_m)
    return cmath.rect(size, -WAVE_NUMBER * travelled_m)


def _gain(antenna: Antenna, at: Vector) -> tuple[float, float]:
    """In dBi towards ``at``, and how far that is."""
    way = [there - here for there, here in zip(at, antenna.at, strict=True)]
    away = math.sqrt(sum(part * part for part in way)) + 1e-6
    cosine = sum(part * looks for part, looks in zip(way, antenna.looks, strict=True)) / away
    off_deg = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
    return GAIN_DBI - min(12.0 * (off_deg / BEAM_DEG) ** 2, BACK_LOBE_DB), away


def _seen_of(antenna: Vector, at: Vector, dipole: Vector) -> float:
    """Share of a dipole's power towards the antenna; its null is never quite empty."""
    way = [there - here for there, here in zip(at, antenna, strict=True)]
    square = sum(part * part for part in way) + 1e-9
    along = sum(part * turned for part, turned in zip(way, dipole, strict=True))
    return max(1.0 - along * along / square, 0.06)


def _shadow(antenna: Vector, at: Vector, body: Body) -> float:
    """What a body takes away that stands between the two, one way, in dB."""
    dx, dy = at[0] - antenna[0], at[1] - antenna[1]
    square = dx * dx + dy * dy + 1e-9
    along = ((body.x - antenna[0]) * dx + (body.y - antenna[1]) * dy) / square
    if not 0.03 < along < 0.97:
        return 0.0
    beside = math.hypot(antenna[0] + along * dx - body.x, antenna[1] + along * dy - body.y)
    return body.loss_db * max(0.0, min(1.0, (BODY_RADIUS_M + 0.10 - beside) / 0.16))


def _off_body(antenna: Antenna, at: Vector, body: Body) -> complex:
    """What a body scatters towards the label."""
    trunk = (body.x, body.y, 1.1)
    gain, first = _gain(antenna, trunk)
    second = math.dist(trunk, at) + 0.25
    first += 0.1
    size = 10.0 ** (gain / 20.0) * math.sqrt(0.5 / (4 * math.pi))
    size *= 0.7 * WAVELENGTH_M / (4 * math.pi * first * second)
    return cmath.rect(size, -WAVE_NUMBER * (first + second))
