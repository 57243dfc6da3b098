"""A trolley: many tags share the air, each is read seldom, all go the same way."""

from collections import Counter
from random import Random

import pytest

from controller.domain.model import Direction
from controller.domain.passage import Verdict
from tests.domain.doors import door, play
from tests.domain.physics import TWO, Read, hear, parked, reports, through, turning


def trolley(seed: int, *, files: int, out: bool, speed: float = 1.0) -> list[Read]:
    """So many files on one trolley, which share 300 reads a second."""
    chance = Random(seed)
    return [
        read
        for number in range(files)
        for read in hear(
            through(speed, out=out),
            chance=chance,
            epc=f"E2{number:06X}",
            reads_per_s=300.0 / files,
            start_s=chance.uniform(0.0, 0.4),
        )
    ]


def judged(reads: list[Read]) -> list[Verdict]:
    until = max(read.t_s for read in reads) + 8.0
    return [verdict for _, verdict in play(door(TWO), reports(reads), until)]


@pytest.mark.parametrize("files", [60, 200, 300])
@pytest.mark.parametrize("out", [True, False], ids=["out", "in"])
def test_a_trolley_tells_its_direction_though_each_file_was_read_a_few_times(
    files: int, out: bool
) -> None:
    want, other = (Direction.OUT, Direction.IN) if out else (Direction.IN, Direction.OUT)

    told = Counter(v.direction for v in judged(trolley(files, files=files, out=out)))

    assert told[want] >= 0.9 * files
    assert told[other] == 0


def test_a_file_carried_out_past_a_trolley_coming_in_is_not_swept_along() -> None:
    hidden = 0
    for seed in range(10):
        thief = hear(through(1.0, out=True), chance=Random(seed), epc="E2FFFF")
        verdicts = judged(trolley(seed, files=20, out=False) + thief)
        told = {v.direction for v in verdicts if v.epc == "E2FFFF"}
        hidden += not told & {Direction.OUT, Direction.UNKNOWN} or Direction.IN in told
    assert hidden == 0


def test_tags_parked_beside_the_door_do_not_leave_with_the_trolley() -> None:
    chance = Random(5)
    reads = trolley(5, files=60, out=True)
    reads = [read._replace(t_s=read.t_s + 20.0) for read in reads]
    places = [1.0 + 0.1 * number for number in range(10)]
    for number, x_m in enumerate(places):
        reads += hear(parked(x_m, 40.0), chance=chance, epc=f"E2AA{number:02X}", reads_per_s=4.0)

    left = {v.epc for v in judged(reads) if v.direction is Direction.OUT}

    assert len([epc for epc in left if epc.startswith("E2AA")]) == 0
    assert len(left) >= 54


def test_a_trolley_that_turns_back_in_the_door_has_not_passed() -> None:
    chance = Random(2)
    reads = [
        read
        for number in range(30)
        for read in hear(
            turning(1.0, inside=True), chance=chance, epc=f"E2{number:06X}", reads_per_s=10.0
        )
    ]

    passed = [v for v in judged(reads) if v.direction in (Direction.IN, Direction.OUT)]

    assert len(passed) <= 1
