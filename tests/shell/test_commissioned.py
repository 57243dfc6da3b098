"""What commissioning found reaches the door that was commissioned, and no other."""

from controller.commissioned import sides_of, with_rules
from controller.domain.model import Side
from controller.domain.plans import DoorPlan, DoorRule
from controller.store.recordings.commissionings import Commissioning
from tests.store.events import NOON

PLAN = DoorPlan(id="north", room="room-1", antennas={2: Side.OUTSIDE, 1: Side.INSIDE})


def _result(*, passed: bool, antennas: str = sides_of(PLAN.antennas)) -> Commissioning:
    return Commissioning(
        door="north", at=NOON, by="wang", computer="box", passed=passed, bias=-0.2, scale=1.1,
        antennas=antennas, report={},
    )  # fmt: skip


def test_a_door_that_has_passed_acts_alone_with_its_own_parameters() -> None:
    (plan,) = with_rules([PLAN], {"north": _result(passed=True)})
    assert plan.rule == DoorRule(bias=-0.2, scale=1.1, commits_alone=True)


def test_a_door_that_has_not_passed_or_was_never_tried_asks() -> None:
    for results in ({}, {"south": _result(passed=True)}, {"north": _result(passed=False)}):
        (plan,) = with_rules([PLAN], results)
        assert not plan.rule.commits_alone


def test_a_result_holds_only_for_the_sides_it_was_found_with() -> None:
    swapped = _result(passed=True, antennas="1 outside, 2 inside")
    (plan,) = with_rules([PLAN], {"north": swapped})
    assert plan == PLAN
