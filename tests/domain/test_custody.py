"""A holding at the door: authority, alarm, lamps, return."""

from datetime import timedelta

import pytest

from controller.domain.decision import Decision
from controller.domain.events import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmReturnedToNormal,
    Event,
    ExitAnswered,
    ExitAuthorised,
    LoanApproved,
    LoanReturned,
    PassageDetected,
    ReturnProposed,
)
from controller.domain.model import (
    Alarm,
    AlarmKind,
    AlarmState,
    AuthorityKind,
    Direction,
    LoanState,
    Priority,
)
from controller.domain.requests import AcknowledgeAlarm, ApproveLoan
from drivers.commands import Command, SwitchOutputs
from drivers.observations import DeviceBack, DeviceLost, TagRead
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
QUESTION = "undecided_passage:door-north:holding-1"
RED = SwitchOutputs(device="door-north", on=(3, 4), off=(1,), for_s=None)
DARK = SwitchOutputs(device="door-north", on=(), off=(3, 4), for_s=None)
GREEN = SwitchOutputs(device="door-north", on=(1,), off=(), for_s=3.0)


def commands(decisions: list[Decision]) -> list[Command]:
    return [command for decision in decisions for command in decision.commands]


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


@pytest.fixture
def room() -> Room:
    made = Room()
    made.registry.add(1)
    return made


def carry(room: Room, *, out: bool, start: float = 0.0, number: int = 1) -> list[Decision]:
    return room.walk(straight_walk(out, start), epc(number), start + 9.0)


def acknowledge(room: Room, alarm_id: str = EXIT, seconds: float = 20.0) -> Decision:
    message = AcknowledgeAlarm(asked=asked(seconds, by="zhao"), alarm_id=alarm_id, note="seen")
    return room.tell(message)


def test_leaving_without_authority_raises_a_high_alarm_and_the_red_lamp(room: Room) -> None:
    decisions = carry(room, out=True)

    passage, alarm = events_of(decisions)
    assert isinstance(passage, PassageDetected)
    assert (passage.direction, passage.place) == (Direction.OUT, "outside")
    assert passage.holding_id == "holding-1"
    assert isinstance(alarm, AlarmRaised)
    assert (alarm.alarm_id, alarm.priority) == (EXIT, Priority.HIGH)
    assert alarm.subject == "J001-WS·2020-0001"
    assert alarm.detail["title"] == "干部任免 1"
    assert commands(decisions) == [RED]


def test_leaving_on_an_approved_loan_shows_green_and_raises_nothing(room: Room) -> None:
    room.registry.lend(1)

    decisions = carry(room, out=True)

    assert kinds(events_of(decisions)) == [PassageDetected, ExitAuthorised]
    assert commands(decisions) == [GREEN]


@pytest.mark.parametrize("state", [LoanState.REQUESTED, LoanState.REJECTED, LoanState.RETURNED])
def test_a_loan_that_is_not_approved_permits_nothing(room: Room, state: LoanState) -> None:
    room.registry.lend(1, state)

    assert AlarmRaised in kinds(events_of(carry(room, out=True)))


def test_an_unknown_tag_passing_is_recorded_without_an_alarm(room: Room) -> None:
    (passage,) = events_of(carry(room, out=True, number=99))

    assert isinstance(passage, PassageDetected)
    assert passage.holding_id is None


def test_coming_back_proposes_the_return_and_leaves_the_loan_alone(room: Room) -> None:
    room.registry.lend(1)
    carry(room, out=True)

    events = events_of(carry(room, out=False, start=20.0))

    assert kinds(events) == [PassageDetected, ReturnProposed]
    assert room.registry.loans["loan-1"].state is LoanState.APPROVED


def test_no_read_ever_closes_a_loan(room: Room) -> None:
    room.registry.lend(1)
    events = [
        event
        for trip in range(6)
        for event in events_of(carry(room, out=trip % 2 == 0, start=trip * 20.0))
    ]

    assert LoanReturned not in kinds(events)
    assert room.registry.loans["loan-1"].state is LoanState.APPROVED


def test_coming_back_returns_the_alarm_to_normal_but_the_lamp_waits_for_a_person(
    room: Room,
) -> None:
    carry(room, out=True)

    back = carry(room, out=False, start=20.0)

    assert kinds(events_of(back)) == [PassageDetected, AlarmReturnedToNormal]
    assert commands(back) == []
    assert acknowledge(room, seconds=40.0).commands == (DARK,)


def test_the_red_lamp_goes_off_when_the_last_exit_of_the_door_was_acknowledged(room: Room) -> None:
    room.registry.add(2)
    carry(room, out=True)
    carry(room, out=True, start=20.0, number=2)

    first = acknowledge(room, seconds=40.0)
    second = acknowledge(room, "unauthorised_exit:door-north:holding-2", 41.0)

    assert kinds(list(first.events)) == [AlarmAcknowledged]
    assert first.commands == ()
    assert second.commands == (DARK,)


def test_a_holding_that_came_back_unseen_keeps_the_red_lamp_on(room: Room) -> None:
    room.registry.add(2)
    carry(room, out=True)
    carry(room, out=True, start=20.0, number=2)
    carry(room, out=False, start=40.0)

    assert acknowledge(room, "unauthorised_exit:door-north:holding-2", 60.0).commands == ()
    assert acknowledge(room, EXIT, 61.0).commands == (DARK,)


def test_leaving_again_after_the_alarm_was_acknowledged_is_a_new_occurrence(room: Room) -> None:
    carry(room, out=True)
    acknowledge(room)

    again = carry(room, out=True, start=60.0)

    assert kinds(events_of(again)) == [PassageDetected, AlarmReturnedToNormal, AlarmRaised]
    assert commands(again) == [RED]


def test_leaving_again_while_the_alarm_is_unseen_raises_no_second_one(room: Room) -> None:
    carry(room, out=True)

    assert kinds(events_of(carry(room, out=True, start=60.0))) == [PassageDetected]


def test_two_holdings_of_one_reference_code_have_an_alarm_each(room: Room) -> None:
    room.registry.add(2)
    twin = room.registry.holdings["holding-2"]
    room.registry.holdings["holding-2"] = type(twin)(
        **{name: getattr(twin, name) for name in twin.__slots__}
        | {"reference_code": "J001-WS·2020-0001"}
    )
    carry(room, out=True)

    assert AlarmRaised in kinds(events_of(carry(room, out=True, start=20.0, number=2)))


def test_a_loan_approved_later_answers_the_exit_without_rewriting_it(room: Room) -> None:
    carry(room, out=True)
    room.registry.lend(1, LoanState.REQUESTED)

    decision = room.tell(ApproveLoan(asked=asked(60.0, by="zhao"), loan_id="loan-1"))

    approved, answered, normal = decision.events
    assert isinstance(approved, LoanApproved)
    assert isinstance(answered, ExitAnswered)
    assert (answered.alarm_id, answered.authority) == (EXIT, AuthorityKind.LOAN)
    assert answered.authority_id == "loan-1"
    assert isinstance(normal, AlarmReturnedToNormal)


def test_a_loan_of_the_box_answers_the_exit_of_the_file_in_it(room: Room) -> None:
    room.registry.add(5, parent_id="holding-7")
    room.registry.add(7)
    carry(room, out=True, number=5)
    room.registry.lend(7, LoanState.REQUESTED)

    decision = room.tell(ApproveLoan(asked=asked(60.0, by="zhao"), loan_id="loan-7"))

    assert ExitAnswered in kinds(list(decision.events))


def test_a_loan_of_something_else_answers_nothing(room: Room) -> None:
    carry(room, out=True)
    room.registry.add(2)
    room.registry.lend(2, LoanState.REQUESTED)

    decision = room.tell(ApproveLoan(asked=asked(60.0, by="zhao"), loan_id="loan-2"))

    assert kinds(list(decision.events)) == [LoanApproved]


def test_an_authority_that_ended_yesterday_permits_nothing(room: Room) -> None:
    loan = room.registry.lend(1)
    late = (loan.due - START + timedelta(minutes=1)).total_seconds()

    assert AlarmRaised in kinds(
        events_of([room.tell(report(late, [TagRead(epc(1), a, -50.0, None, 1)])) for a in (1, 2)])
        + events_of(carry_at(room, late + 30.0))
    )


def carry_at(room: Room, start: float) -> list[Decision]:
    decisions = []
    for t, antenna, dbm in sorted(straight_walk(True, start)):
        decisions.append(room.tell(report(t, [TagRead(epc(1), antenna, dbm, None, 1)])))
        decisions.append(room.tick(t))
    decisions.append(room.tick(start + 9.0))
    return decisions


def test_a_reader_lost_in_mid_passage_asks_a_person_and_nothing_departs(room: Room) -> None:
    for t, antenna, dbm in sorted(straight_walk())[:30]:
        room.tell(report(t, [TagRead(epc(1), antenna, dbm, None, 1)]))

    lost = room.tell(DeviceLost(at=moment(2.0), device="door-north", reason="no answer"))

    passages = [event for event in lost.events if isinstance(event, PassageDetected)]
    assert [(p.direction, p.place) for p in passages] == [(Direction.UNKNOWN, "")]
    questions = [e for e in lost.events if isinstance(e, AlarmRaised) and e.alarm_id == QUESTION]
    assert [question.priority for question in questions] == [Priority.LOW]
    assert events_of([room.tick(t) for t in (3.0, 8.0, 20.0)]) == []


def test_a_reader_lost_while_a_tag_was_heard_on_one_side_drops_it_silently(room: Room) -> None:
    room.tell(report(0.0, [TagRead(epc(1), 1, -50.0, None, 1)]))

    lost = room.tell(DeviceLost(at=moment(1.0), device="door-north", reason="no answer"))

    assert PassageDetected not in kinds(list(lost.events))


@pytest.mark.parametrize("answer", ["a later passage", "a person"])
def test_an_undecided_passage_is_a_question_until_answered_by(answer: str) -> None:
    question = Alarm(
        id=QUESTION,
        kind=AlarmKind.UNDECIDED_PASSAGE,
        source="door-north",
        subject="J001-WS·2020-0001",
        holding_id="holding-1",
        priority=Priority.LOW,
        state=AlarmState.UNACKNOWLEDGED,
        detail={},
    )
    room = Room(active_alarms=[question])
    room.registry.add(1)

    if answer == "a person":
        events = list(acknowledge(room, QUESTION).events)
    else:
        events = events_of(carry(room, out=False))

    assert [e.alarm_id for e in events if isinstance(e, AlarmReturnedToNormal)] == [QUESTION]


def test_a_reader_that_comes_back_is_told_its_lamps_again(room: Room) -> None:
    carry(room, out=True)
    room.tell(DeviceLost(at=moment(20.0), device="door-north", reason="no answer"))

    back = room.tell(DeviceBack(at=moment(30.0), device="door-north", detail=""))

    assert back.commands == (RED,)


def test_a_standing_exit_alarm_survives_a_restart_with_its_lamp() -> None:
    alarm = Alarm(
        id=EXIT,
        kind=AlarmKind.UNAUTHORISED_EXIT,
        source="door-north",
        subject="J001-WS·2020-0001",
        holding_id="holding-1",
        priority=Priority.HIGH,
        state=AlarmState.UNACKNOWLEDGED,
        detail={},
    )
    room = Room(active_alarms=[alarm])

    back = room.tell(DeviceBack(at=moment(0.0), device="door-north", detail=""))

    assert back.commands == (RED,)
    assert acknowledge(room).commands == (DARK,)
