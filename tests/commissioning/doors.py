"""Labelled walks through simulated doors: a good one, and ways to hang antennas badly."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from controller.commissioning.walks import Label
from tests.domain.physics import FOUR, Antenna, Read, hear, parked, through, turning
from tests.recording.walks import save

FILES = 24
"""On a trolley: enough to share the air."""

Alter = Callable[[Label, list[Read]], list[Read]]


def as_it_is(_: Label, reads: list[Read]) -> list[Read]:
    """Nothing is altered."""
    return reads


def commissioned(
    folder: Path,
    *,
    walks: int = 10,
    trolleys: int = 3,
    idle_s: float = 600.0,
    antennas: Mapping[int, Antenna] = FOUR,
    alter: Alter = as_it_is,
) -> Path:
    """A folder with the recordings of one commissioning."""
    folder.mkdir()
    scenes: Sequence[tuple[Label, int, Callable[[Random], list[Read]]]] = (
        (Label.IN, walks, lambda chance: _walk(chance, antennas, out=False)),
        (Label.OUT, walks, lambda chance: _walk(chance, antennas, out=True)),
        (Label.TROLLEY_IN, trolleys, lambda chance: _trolley(chance, antennas, out=False)),
        (Label.TROLLEY_OUT, trolleys, lambda chance: _trolley(chance, antennas, out=True)),
        (Label.TURN_BACK, 4, lambda chance: _turn(chance, antennas)),
        (Label.PARKED, 2, lambda chance: _parked(chance, antennas)),
    )
    for number, (label, count, scene) in enumerate(scenes):
        for walk in range(count):
            reads = alter(label, scene(Random(1000 * number + walk)))
            save(folder / f"{label}-{walk + 1:02}.csv", reads)
    quiet = alter(Label.IDLE, _shelf(Random(99), antennas, idle_s))
    save(folder / f"idle-{idle_s:.0f}s.csv", quiet)
    return folder


def _walk(chance: Random, antennas: Mapping[int, Antenna], *, out: bool) -> list[Read]:
    path = through(chance.uniform(0.6, 1.5), out=out)
    return hear(path, chance=chance, antennas=dict(antennas))


def _trolley(chance: Random, antennas: Mapping[int, Antenna], *, out: bool) -> list[Read]:
    path = through(chance.uniform(0.6, 1.2), out=out)
    return [
        read
        for number in range(FILES)
        for read in hear(
            path,
            chance=chance,
            epc=f"E280700000{number:06X}",
            antennas=dict(antennas),
            reads_per_s=8.0,
            start_s=chance.uniform(0.0, 0.3),
        )
    ]


def _turn(chance: Random, antennas: Mapping[int, Antenna]) -> list[Read]:
    path = turning(chance.uniform(0.6, 1.2), inside=chance.random() < 0.5, closest_m=0.6)
    return hear(path, chance=chance, antennas=dict(antennas))


def _parked(chance: Random, antennas: Mapping[int, Antenna]) -> list[Read]:
    return hear(parked(chance.choice((-1.0, 1.0)), 30.0), chance=chance, antennas=dict(antennas))


def _shelf(chance: Random, antennas: Mapping[int, Antenna], lasts_s: float) -> list[Read]:
    """Two files of the room within earshot."""
    return [
        read
        for number in range(2)
        for read in hear(
            parked(1.8, lasts_s),
            chance=chance,
            epc=f"E280AAAA{number:08X}",
            antennas=dict(antennas),
            reads_per_s=6.0,
        )
    ]
