"""The alarm machine against a transition table written down independently of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.alarms import REMEMBERED, AlarmBook, Condition, Step, next_state
from controller.domain.events import AlarmAcknowledged, AlarmRaised, AlarmReturnedToNormal
from controller.domain.model import AlarmKind, AlarmState, Priority
from controller.domain.requests import AcknowledgeAlarm
from tests.domain.rooms import START, Room, asked

HUMID = Condition(
    kind=AlarmKind.CLIMATE_HIGH,
    source="th-01",
    key="relative_humidity_percent",
    subject="relative_humidity_percent",
    priority=Priority.MEDIUM,
)

# ISA-18.2 letters, by hand: state, then what follows "on", "off" and "ack"; "." stays.
TABLE = """
A B . .
B . D C
C . A .
D B . A
"""
LETTERS = {
    "A": AlarmState.NORMAL,
    "B": AlarmState.UNACKNOWLEDGED,
    "C": AlarmState.ACKNOWLEDGED,
    "D": AlarmState.RETURNED_UNACKNOWLEDGED,
}
STEPS = {"on": Step.CONDITION_ON, "off": Step.CONDITION_OFF, "ack": Step.ACKNOWLEDGE}


def expected(letter: str, step: str) -> str:
    row = next(line.split() for line in TABLE.split("\n") if line.startswith(letter))
    return row[1 + list(STEPS).index(step)]


@pytest.mark.parametrize("letter", list(LETTERS))
@pytest.mark.parametrize("step", list(STEPS))
def test_every_step_from_every_state_leads_where_the_table_says(letter: str, step: str) -> None:
    after = expected(letter, step)

    assert next_state(LETTERS[letter], STEPS[step]) is (None if after == "." else LETTERS[after])


@given(st.lists(st.sampled_from(list(STEPS)), max_size=30))
def test_the_book_follows_the_table_and_tells_of_every_move_once(steps: list[str]) -> None:
    book, letter = AlarmBook(), "A"
    for step in steps:
        after = expected(letter, step)
        told = tell(book, step)
        assert told is (after != ".")
        letter = letter if after == "." else after
        alarm = book.get(HUMID.alarm_id)
        assert (AlarmState.NORMAL if alarm is None else alarm.state) is LETTERS[letter]
        assert book.condition_holds(HUMID.alarm_id) is (letter in "BC")


def tell(book: AlarmBook, step: str) -> bool:
    """Do the step; whether the book told of it with the right event."""
    if step == "ack":
        event = book.acknowledge(HUMID.alarm_id, START, "zhao", "")
        return isinstance(event, AlarmAcknowledged)
    if step == "on":
        events: tuple[object, ...] = book.condition_on(HUMID, START)
        assert all(isinstance(event, AlarmRaised) for event in events)
    else:
        events = book.condition_off(HUMID.alarm_id, START, "gone")
        assert all(isinstance(event, AlarmReturnedToNormal) for event in events)
    return len(events) == 1


def test_vector_v6_states_a_to_d() -> None:
    book = AlarmBook()
    letters = {state: letter for letter, state in LETTERS.items()}
    seen = []
    for step in ("on", "off", "on", "ack", "off", "on", "off", "ack"):
        tell(book, step)
        alarm = book.get(HUMID.alarm_id)
        seen.append("A" if alarm is None else letters[alarm.state])

    assert seen == ["B", "D", "B", "C", "A", "B", "D", "A"]


def test_acknowledging_says_why_it_cannot() -> None:
    book = AlarmBook()
    assert book.acknowledge("climate_high:nowhere", START, "zhao", "") == "no_such_alarm"
    book.condition_on(HUMID, START)
    book.acknowledge(HUMID.alarm_id, START, "zhao", "")
    assert book.acknowledge(HUMID.alarm_id, START, "zhao", "") == "already_acknowledged"
    book.condition_off(HUMID.alarm_id, START, "gone")
    assert book.acknowledge(HUMID.alarm_id, START, "zhao", "") == "not_active"


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
