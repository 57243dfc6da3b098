"""A passage that does not stand by itself: asked about, confirmed, contradicted, overtaken."""

from dataclasses import replace

from controller.domain.decision import Decision
from controller.domain.events import AlarmRaised, AlarmReturnedToNormal, PassageDetected
from controller.domain.events_passages import (
    GroupPassed,
    PassageConfirmed,
    PassageQuestioned,
    PassageSuperseded,
    QuestionKind,
)
from controller.domain.model import OUTSIDE, Direction
from controller.domain.plans import DoorRule
from controller.domain.requests import ConfirmPassage
from drivers.observations import TagRead
from tests.domain.rooms import DOOR, Room, asked, epc, events_of, report, straight_walk

CAUTIOUS = replace(DOOR, rule=DoorRule())


def carried(room: Room, *, out: bool = True, start: float = 0.0) -> PassageQuestioned:
    events = events_of(room.walk(straight_walk(out=out, start=start), epc(1), start + 9.0))
    (question,) = [each for each in events if isinstance(each, PassageQuestioned)]
    return question


def word(room: Room, question: PassageQuestioned, direction: Direction) -> Decision:
    return room.tell(
        ConfirmPassage(
            asked=asked(20.0), passage_id=question.passage_id, group_id="", direction=direction
        )
    )


def test_a_door_that_has_not_passed_commissioning_asks_about_every_passage() -> None:
    room = Room(doors=[CAUTIOUS])
    room.registry.add(1)

    question = carried(room)

    assert (question.direction, question.needs) == (Direction.OUT, QuestionKind.CONFIRM)


def test_a_sure_passage_at_a_commissioned_door_asks_nobody() -> None:
    room = Room()
    room.registry.add(1)

    events = events_of(room.walk(straight_walk(), epc(1), 9.0))

    assert [each for each in events if isinstance(each, PassageQuestioned)] == []


def test_one_tap_confirms_what_was_taken_as_true_and_nothing_else_follows() -> None:
    room = Room(doors=[CAUTIOUS])
    room.registry.add(1)
    question = carried(room)

    decision = word(room, question, Direction.OUT)

    (confirmed,) = decision.events
    assert isinstance(confirmed, PassageConfirmed)
    assert (confirmed.place, confirmed.by) == (OUTSIDE, "lin")
    assert decision.answers[0].accepted
    assert word(room, question, Direction.OUT).answers[0].code == "no_such_passage"


def test_who_says_it_turned_back_ends_the_alarm_about_its_exit() -> None:
    room = Room(doors=[CAUTIOUS])
    room.registry.add(1)
    question = carried(room)

    decision = word(room, question, Direction.TURNED_BACK)

    confirmed, over = decision.events
    assert isinstance(confirmed, PassageConfirmed)
    assert confirmed.place == "room-1"
    assert isinstance(over, AlarmReturnedToNormal)


def test_who_says_out_where_in_was_taken_raises_the_alarm() -> None:
    room = Room(doors=[CAUTIOUS])
    room.registry.add(1)
    question = carried(room, out=False)

    decision = word(room, question, Direction.OUT)

    assert [type(each) for each in decision.events] == [PassageConfirmed, AlarmRaised]


def test_unknown_is_no_answer() -> None:
    room = Room(doors=[CAUTIOUS])
    room.registry.add(1)
    question = carried(room)

    assert word(room, question, Direction.UNKNOWN).answers[0].code == "bad_direction"


def test_a_newer_passage_makes_the_older_question_idle() -> None:
    room = Room(doors=[CAUTIOUS])
    room.registry.add(1)
    question = carried(room)

    events = events_of(room.walk(straight_walk(out=False, start=20.0), epc(1), 30.0))

    (idle,) = [each for each in events if isinstance(each, PassageSuperseded)]
    assert idle.passage_id == question.passage_id
    assert word(room, question, Direction.OUT).answers[0].code == "no_such_passage"


def trolley(room: Room, files: int) -> list[Decision]:
    decisions = []
    for step in range(150):
        now = step * 0.1
        reads = [
            TagRead(epc(number), antenna, dbm, None, 1)
            for number in range(1, files + 1)
            for seconds, antenna, dbm in straight_walk()
            if now - 0.1 <= seconds < now
        ]
        decisions.append(room.tell(report(now, reads)))
        decisions.append(room.tick(now))
    return decisions


def test_a_trolley_is_one_event_with_its_members_and_who_was_missing() -> None:
    room = Room(doors=[CAUTIOUS])
    for number in range(1, 11):
        room.registry.add(number, parent_id="box-1" if number > 5 else None)

    events = events_of(trolley(room, files=8))

    (group,) = [each for each in events if isinstance(each, GroupPassed)]
    assert set(group.members) == {epc(number) for number in range(1, 9)}
    assert set(group.missing) == {"holding-9", "holding-10"}
    passages = {each.passage_id for each in events if isinstance(each, PassageDetected)}
    assert set(group.members.values()) <= passages


def test_a_trolley_is_confirmed_with_one_tap() -> None:
    room = Room(doors=[CAUTIOUS])
    for number in range(1, 9):
        room.registry.add(number)
    events = events_of(trolley(room, files=8))
    (group,) = [each for each in events if isinstance(each, GroupPassed)]

    decision = room.tell(
        ConfirmPassage(
            asked=asked(20.0),
            passage_id="",
            group_id=group.group_id,
            direction=Direction.OUT,
        )
    )

    assert {type(each) for each in decision.events} == {PassageConfirmed}
    assert len(decision.events) == 8
    assert room.registry.questions == {}
