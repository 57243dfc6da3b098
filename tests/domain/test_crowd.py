"""A trolley: many tags share the air, each is read seldom, all go the same way."""

from collections import Counter
from random import Random

import pytest

from controller.domain.crossing import Point, weigh
from controller.domain.crowd import crowd_of
from controller.domain.model import Direction
from controller.domain.passage import Verdict
from controller.domain.trace import Trace
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


def test_a_tag_that_was_heard_all_the_time_is_less_likely_on_the_trolley() -> None:
    traces: dict[str, Trace] = {}
    for read in sorted(trolley(9, files=100, out=True)):
        traces.setdefault(read.epc, Trace(read.t_s)).add(read.t_s, read.antenna, read.dbm)
    crowd = crowd_of(traces.values(), 2.6, {1: 1, 2: -1})
    assert crowd is not None
    passing = [Point(1.2 + 0.3 * n, -50.0, 1 - 2 * (n % 2), 1 + n % 2) for n in range(10)]
    steady = [point._replace(t_s=0.6 * n) for n, point in enumerate(passing)]
    own = weigh(passing)

    with_it = crowd.correct(passing, 0.0, own)
    beside_it = crowd.correct(steady, 0.0, own)

    assert with_it.inward_score < -2.0
    assert with_it.through_score > beside_it.through_score + 1.0


@pytest.mark.parametrize("waited_s", [3.0, 20.0], ids=["just put there", "there for long"])
def test_tags_parked_beside_the_door_do_not_leave_with_the_trolley(waited_s: float) -> None:
    chance = Random(5)
    reads = trolley(5, files=60, out=True)
    reads = [read._replace(t_s=read.t_s + waited_s) for read in reads]
    for number in range(20):
        place = parked(0.9 + 0.06 * number, waited_s + 10.0)
        reads += hear(place, chance=chance, epc=f"E2AA{number:02X}", reads_per_s=6.0)

    left = {v.epc for v in judged(reads) if v.direction is Direction.OUT}

    assert [epc for epc in left if epc.startswith("E2AA")] == []
    assert len(left) >= 54


def test_a_trolley_that_turns_back_in_the_door_has_not_passed() -> None:
    passed = 0
    for seed in range(3):
        chance = Random(seed)
        path = turning(1.0, inside=True)
        reads = [
            read
            for number in range(100)
            for read in hear(path, chance=chance, epc=f"E2{number:06X}", reads_per_s=3.0)
        ]
        told = [v.direction for v in judged(reads)]
        passed += sum(direction in (Direction.IN, Direction.OUT) for direction in told)

    assert passed <= 6  # 2 % of 300 files
