"""The alarm machine against a transition table written down independently of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.alarm_desk import AlarmDesk
from controller.domain.alarms import REMEMBERED, AlarmBook, Condition
from controller.domain.decision import Decision
from controller.domain.events import Event
from controller.domain.events_alarms import (
    AlarmRaised,
    AlarmReturnedToService,
    AlarmSuppressed,
    AlarmUnshelved,
    AlarmUnsuppressed,
)
from controller.domain.model import AlarmKind, AlarmState, Priority
from controller.domain.plans_alarms import AlarmPlan, KindRule
from controller.domain.requests import AcknowledgeAlarm
from controller.domain.requests_alarms import (
    AlarmRequest,
    ResetAlarm,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnacknowledgeAlarm,
    UnshelveAlarm,
)
from tests.domain.rooms import SENSOR, START, Room, asked, moment

HUMID = Condition(
    kind=AlarmKind.CLIMATE_HIGH,
    source="th-01",
    key="relative_humidity_percent",
    subject="relative_humidity_percent",
    priority=Priority.MEDIUM,
)

# ISA-18.2 letters, by hand: state and condition, then what follows each step; "." stays.
# A small letter: the condition does not hold. Latched alarms have a table of their own.
STEPS = ("on", "off", "ack", "unack", "shelve", "unshelve", "suppress", "mean", "out", "back")
TABLE = """
a B . . . e . . . g .
B . d C . E . F . G .
C . a . B E . F . G .
d B . a . e . f . g .
e E . . . e a f . g .
E . e . . E B F . G .
f F . . . . . . a g .
F . f . . . . . B G .
g G . . . . . . . . a
G . g . . . . . . . B
"""
STATES = {
    "A": AlarmState.NORMAL,
    "B": AlarmState.UNACKNOWLEDGED,
    "C": AlarmState.ACKNOWLEDGED,
    "D": AlarmState.RETURNED_UNACKNOWLEDGED,
    "E": AlarmState.SHELVED,
    "F": AlarmState.SUPPRESSED,
    "G": AlarmState.OUT_OF_SERVICE,
}


def expected(letter: str, step: str) -> str:
    row = next(line.split() for line in TABLE.split("\n") if line.startswith(letter))
    after = row[1 + STEPS.index(step)]
    return letter if after == "." else after


def tell(book: AlarmBook, step: str) -> tuple[Event, ...]:
    """Do the step; what the book told."""
    alarm_id = HUMID.alarm_id
    alarm = book.get(alarm_id)
    state = AlarmState.NORMAL if alarm is None else alarm.state
    match step:
        case "on":
            return book.condition_on(HUMID, START)
        case "off":
            return book.condition_off(alarm_id, START, "gone")
        case "ack":
            event = book.acknowledge(alarm_id, START, "zhao", "")
            return () if isinstance(event, str) else (event,)
        case "suppress":
            fit = alarm is not None and state not in (
                AlarmState.SUPPRESSED,
                AlarmState.OUT_OF_SERVICE,
            )
            return (book.suppress(alarm, START, "x"),) if alarm is not None and fit else ()
        case "mean":
            back = AlarmUnsuppressed(at=START, alarm_id=alarm_id, reason="x")
            return book.resume(back) if state is AlarmState.SUPPRESSED else ()
        case _:
            return ask(book, step).events


def request(step: str) -> AlarmRequest:
    alarm_id, until = HUMID.alarm_id, START + timedelta(hours=1)
    who = asked(0.0)
    wishes: dict[str, AlarmRequest] = {
        "shelve": ShelveAlarm(asked=who, alarm_id=alarm_id, until=until, reason="paint"),
        "unshelve": UnshelveAlarm(asked=who, alarm_id=alarm_id, reason="done"),
        "out": TakeOutOfService(asked=who, alarm_id=alarm_id, reason="swap", work_order="W-7"),
        "back": ReturnToService(asked=who, alarm_id=alarm_id, note="swapped"),
        "unack": UnacknowledgeAlarm(asked=who, alarm_id=alarm_id, reason="look again"),
        "reset": ResetAlarm(asked=who, alarm_id=alarm_id, note="dry again"),
    }
    return wishes[step]


def ask(book: AlarmBook, step: str) -> Decision:
    return AlarmDesk(book).asked(request(step))


def letter_of(book: AlarmBook) -> str:
    """The ISA letter; small where the condition does not hold."""
    alarm = book.get(HUMID.alarm_id)
    if alarm is None:
        return "a"
    letter = next(letter for letter, state in STATES.items() if state is alarm.state)
    return letter if alarm.condition else letter.lower()


def opened(plan: AlarmPlan | None = None) -> AlarmBook:
    book = AlarmBook(plan=plan)
    book.declare([HUMID])
    return book


@given(st.lists(st.sampled_from(STEPS), max_size=30))
def test_the_book_follows_the_table_from_every_state(steps: list[str]) -> None:
    book, letter = opened(), "a"
    for step in steps:
        after = expected(letter, step)
        told = tell(book, step)
        assert letter_of(book) == after, (letter, step)
        assert bool(told) or after == letter
        assert book.condition_holds(HUMID.alarm_id) is after.isupper()
        letter = after


def test_vector_v6_states() -> None:
    book = opened()
    seen = []
    for step in ("on", "off", "on", "ack", "critical", "ack", "off"):
        if step == "critical":
            graver = Condition(
                kind=HUMID.kind,
                source=HUMID.source,
                key=HUMID.key,
                priority=Priority.CRITICAL,
            )
            book.condition_on(graver, START)
        else:
            tell(book, step)
        seen.append(letter_of(book))
    assert seen == ["B", "d", "B", "C", "B", "C", "a"]

    seen = []
    for step in ("on", "shelve", "off", "unshelve"):
        tell(book, step)
        seen.append(letter_of(book))
    assert seen == ["B", "E", "e", "a"]

    for steps in (("on", "shelve", "unshelve"), ("out", "on", "back")):
        again = opened()
        told = [tell(again, step) for step in steps][-1]
        assert letter_of(again) == "B"
        assert isinstance(told[-1], AlarmRaised)


def test_a_latched_alarm_stays_until_it_was_seen_and_reset() -> None:
    plan = AlarmPlan(kinds={AlarmKind.CLIMATE_HIGH: KindRule(latched=True)})
    book = opened(plan)

    def refusal(step: str) -> str:
        (answer,) = ask(book, step).answers
        return answer.code

    tell(book, "on")
    assert refusal("reset") == "condition_holds"
    tell(book, "off")
    assert (letter_of(book), refusal("reset")) == ("d", "not_acknowledged")
    tell(book, "ack")
    assert letter_of(book) == "c"
    assert refusal("reset") == "accepted"
    assert letter_of(book) == "a"


def test_a_latched_alarm_whose_condition_comes_back_is_a_new_one() -> None:
    book = opened(AlarmPlan(kinds={AlarmKind.CLIMATE_HIGH: KindRule(latched=True)}))
    for step in ("on", "ack", "off"):
        tell(book, step)
    assert letter_of(book) == "c"

    (again,) = tell(book, "on")

    assert isinstance(again, AlarmRaised)
    assert letter_of(book) == "B"


def test_an_alarm_that_acknowledges_itself_is_over_with_its_condition() -> None:
    book = opened(AlarmPlan(kinds={AlarmKind.CLIMATE_HIGH: KindRule(auto_acknowledges=True)}))
    tell(book, "on")
    tell(book, "off")

    assert letter_of(book) == "a"


@pytest.mark.parametrize(
    ("before", "step", "code"),
    [
        ((), "unshelve", "not_shelved"),
        ((), "back", "not_out_of_service"),
        ((), "unack", "not_acknowledged"),
        (("on",), "reset", "not_latched"),
        (("out",), "shelve", "is_out_of_service"),
        (("out",), "out", "is_out_of_service"),
        (("on", "suppress"), "shelve", "is_suppressed"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    before: tuple[str, ...], step: str, code: str
) -> None:
    book = opened()
    for each in before:
        tell(book, each)

    decision = ask(book, step)

    assert [(a.accepted, a.code) for a in decision.answers] == [(False, code)]
    assert decision.events == ()


@pytest.mark.parametrize(
    ("until_h", "reason", "code"),
    [
        (-1.0, "paint", "until_is_past"),
        (0.0, "paint", "until_is_past"),
        (24.1, "paint", "shelved_too_long"),
        (1.0, "  ", "reason_missing"),
        (24.0, "paint", "accepted"),
    ],
)
def test_shelving_needs_a_reason_and_ends_within_a_day(
    until_h: float, reason: str, code: str
) -> None:
    until = START + timedelta(hours=until_h)
    message = ShelveAlarm(asked=asked(0.0), alarm_id=HUMID.alarm_id, until=until, reason=reason)

    (answer,) = AlarmDesk(opened()).asked(message).answers

    assert answer.code == code


def test_work_on_what_is_watched_needs_a_work_order() -> None:
    message = TakeOutOfService(
        asked=asked(0.0), alarm_id=HUMID.alarm_id, reason="swap", work_order=" "
    )

    (answer,) = AlarmDesk(opened()).asked(message).answers

    assert answer.code == "work_order_missing"


@pytest.mark.parametrize("step", ["shelve", "out"])
def test_a_file_that_left_is_never_put_aside(step: str) -> None:
    book = AlarmBook()
    left = Condition(
        kind=AlarmKind.UNAUTHORISED_EXIT, source="door-north", key="h1", priority=Priority.HIGH
    )
    book.condition_on(left, START)
    wishes: dict[str, AlarmRequest] = {
        "shelve": ShelveAlarm(
            asked=asked(0.0),
            alarm_id=left.alarm_id,
            until=START + timedelta(hours=1),
            reason="noise",
        ),
        "out": TakeOutOfService(
            asked=asked(0.0), alarm_id=left.alarm_id, reason="noise", work_order="W-1"
        ),
    }

    (answer,) = AlarmDesk(book).asked(wishes[step]).answers

    assert answer.code == "never_put_aside"


def test_acknowledging_says_why_it_cannot() -> None:
    book = AlarmBook()

    def acknowledged() -> str:
        event = book.acknowledge(HUMID.alarm_id, START, "zhao", "")
        return event if isinstance(event, str) else "accepted"

    assert acknowledged() == "no_such_alarm"
    book.condition_on(HUMID, START)
    assert [acknowledged(), acknowledged()] == ["accepted", "already_acknowledged"]
    tell(book, "shelve")
    assert acknowledged() == "is_shelved"
    tell(book, "unshelve")
    tell(book, "ack")
    book.condition_off(HUMID.alarm_id, START, "gone")
    assert acknowledged() == "not_active"


def test_the_book_does_not_grow_with_alarms_that_came_and_went() -> None:
    book = AlarmBook()
    for number in range(3 * REMEMBERED):
        exit_alarm = Condition(
            kind=AlarmKind.UNAUTHORISED_EXIT,
            source="door-north",
            key=f"holding-{number}",
            holding_id=f"holding-{number}",
            priority=Priority.HIGH,
        )
        book.condition_on(exit_alarm, START)
        book.condition_off(exit_alarm.alarm_id, START, "came back")
        book.acknowledge(exit_alarm.alarm_id, START, "zhao", "")

    assert book.all_standing() == []
    assert book._of_holding == {}
    assert len(book._gone) == REMEMBERED


def test_an_acknowledgement_of_nothing_is_refused_with_a_reason() -> None:
    decision = Room().tell(AcknowledgeAlarm(asked=asked(1.0), alarm_id="what:ever", note=""))

    (answer,) = decision.answers
    assert (answer.accepted, answer.code) == (False, "no_such_alarm")
    assert decision.events == ()


def test_an_alarm_of_a_sensor_that_left_the_site_file_does_not_stay_out_of_service() -> None:
    book = opened()
    tell(book, "on")
    tell(book, "out")
    alarm = book.get(HUMID.alarm_id)
    assert alarm is not None

    events = Room(sensors=[], active_alarms=[alarm]).tick(0.0).events

    assert isinstance(events[-1], AlarmReturnedToService)
    assert not [e for e in events if isinstance(e, AlarmRaised | AlarmSuppressed)]


def test_a_shelved_alarm_of_a_room_is_told_of_again_when_its_time_is_up() -> None:
    room = Room(sensors=[replace(SENSOR, stale_after_s=9000.0)])
    room.tick(0.0)
    alarm_id = "climate_high:th-01:relative_humidity_percent"
    message = ShelveAlarm(
        asked=asked(1.0),
        alarm_id=alarm_id,
        until=moment(3601.0).utc,
        reason="painting",
    )
    assert [a.code for a in room.tell(message).answers] == ["accepted"]
    room.tick(2.0)

    assert room.tick(3600.5).events == ()
    (over,) = room.tick(3601.5).events
    assert isinstance(over, AlarmUnshelved)
    assert (over.by, over.reason) == ("", "expired")
