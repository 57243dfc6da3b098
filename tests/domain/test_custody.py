"""A holding at the door: authority, alarm, lamps, return."""

from datetime import timedelta

import pytest

from controller.domain.events import (
    AlarmRaised,
    AlarmReturnedToNormal,
    ExitAnswered,
    ExitAuthorised,
    LoanApproved,
    LoanReturned,
    PassageDetected,
    ReturnProposed,
)
from controller.domain.model import AlarmKind, Direction, LoanState, Priority
from controller.domain.requests import AcknowledgeAlarm, ApproveLoan
from drivers.commands import SwitchOutputs
from drivers.observations import DeviceBack, DeviceLost
from tests.domain.rooms import (
    START,
    Room,
    asked,
    epc,
    events_of,
    moment,
    report,
    straight_walk,
)

EXIT = "unauthorised_exit:door-north:holding-1"
RED = SwitchOutputs(device="door-north", on=(3, 4), off=(1,), for_s=None)
DARK = SwitchOutputs(device="door-north", on=(), off=(3, 4), for_s=None)


def kinds(events: list[object]) -> list[type]:
    return [type(event) for event in events]


def commands(decisions: list[object]) -> list[object]:
    return [command for decision in decisions for command in decision.commands]  # type: ignore[attr-defined]


@pytest.fixture
def room() -> Room:
    made = Room()
    made.registry.add(1)
    return made


def carry(room: Room, *, out: bool, start: float = 0.0, number: int = 1) -> list[object]:
    return list(room.walk(straight_walk(out, start), epc(number), start + 9.0))


def test_leaving_without_authority_raises_a_high_alarm_and_the_red_lamp(room: Room) -> None:
    decisions = carry(room, out=True)

    passage, alarm = events_of(decisions)  # type: ignore[arg-type]
    assert isinstance(passage, PassageDetected)
    assert (passage.direction, passage.place) == (Direction.OUT, "outside")
    assert isinstance(alarm, AlarmRaised)
    assert (alarm.alarm_id, alarm.priority) == (EXIT, Priority.HIGH)
    assert alarm.subject == "J001-WS·2020-0001"
    assert alarm.detail["title"] == "干部任免 1"
    assert commands(decisions) == [RED]
