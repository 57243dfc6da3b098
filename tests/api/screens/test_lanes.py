"""What waits for a person on the doors page: answered with one tap or one key, never dropped."""

from datetime import timedelta

from controller.domain.events import Event, PassageDetected
from controller.domain.events_passages import GroupPassed, PassageQuestioned, QuestionKind
from controller.domain.model import Direction
from controller.store.accounts import Role
from tests.api.screens.stage import THINGS, Stage, Thing, served, signed_in


def asked(
    stage: Stage,
    thing: Thing,
    needs: QuestionKind,
    *,
    group_id: str = "",
    direction: Direction = Direction.OUT,
) -> tuple[PassageDetected, PassageQuestioned]:
    """A doubtful passage with its question."""
    taken = needs is QuestionKind.CONFIRM
    at = stage.now() - timedelta(seconds=20)
    passage = stage.passes(thing, direction if taken else Direction.UNKNOWN, at=at)
    question = PassageQuestioned(
        at=at,
        passage_id=passage.passage_id,
        group_id=group_id,
        door=passage.door,
        epc=thing.epc,
        holding_id=thing.id,
        direction=direction,
        confidence=0.91 if taken else 0.63,
        needs=needs,
    )
    return passage, question


def trolley(stage: Stage, things: tuple[Thing, ...], missing: tuple[Thing, ...]) -> list[Event]:
    """A trolley that probably came in, with some that were expected and not heard."""
    pairs = [
        asked(stage, thing, QuestionKind.CONFIRM, group_id="group-1", direction=Direction.IN)
        for thing in things
    ]
    whole = GroupPassed(
        at=pairs[0][0].at,
        group_id="group-1",
        door="door-north",
        direction=Direction.IN,
        place="room-1",
        confidence=0.91,
        members={passage.epc: passage.passage_id for passage, _ in pairs},
        missing={thing.id: thing.code for thing in missing},
    )
    return [*(event for pair in pairs for event in pair), whole]


def fill(stage: Stage) -> None:
    """Two files nobody knows about, one likely one, one trolley."""
    stage.quiet_day()
    stage.record(
        *asked(stage, THINGS[20], QuestionKind.DIRECTION),
        *asked(stage, THINGS[21], QuestionKind.DIRECTION, direction=Direction.IN),
        *asked(stage, THINGS[22], QuestionKind.CONFIRM),
        *trolley(stage, THINGS[11:18], THINGS[18:20]),
    )


def test_every_open_question_stands_on_the_page_and_in_the_count_until_it_is_answered(
    stage: Stage,
) -> None:
    fill(stage)
    with served(stage) as address, signed_in(address, Role.STAFF) as client, stage.deciding():
        page = client.get("/").text
        assert page.count('class="card question') == 4
        assert '4<span class="out-of-sight"> waiting for an answer' in page
        for thing in (*THINGS[11:18], *THINGS[18:23]):
            assert thing.code in page
        question = asked(stage, THINGS[23], QuestionKind.DIRECTION)
        stage.record(*question)
        form = {"passage": question[1].passage_id, "group": "", "direction": "in", "back": "/"}
        answered = client.post("/passages/confirm", data=form, follow_redirects=True).text
        assert "Your answer is recorded." in answered
        assert answered.count('class="card question') == 4
        assert "came in, says a-staff" in answered


def test_a_trolley_is_one_question_with_its_files_and_those_not_heard(stage: Stage) -> None:
    fill(stage)
    with served(stage) as address, signed_in(address, Role.STAFF) as client, stage.deciding():
        page = client.get("/").text
        assert "Trolley with 7 files" in page
        assert "Expected with it and not heard:" in page
        assert "Yes, all came in" in page
        form = {"passage": "", "group": "group-1", "direction": "in", "back": "/"}
        answered = client.post("/passages/confirm", data=form, follow_redirects=True).text
        assert "Trolley with" not in answered
        again = client.post("/passages/confirm", data=form, follow_redirects=True).text
        assert "That is answered already" in again


def test_those_who_may_not_answer_see_what_waits_and_no_button(stage: Stage) -> None:
    fill(stage)
    with served(stage) as address, signed_in(address, Role.READER) as client:
        page = client.get("/").text
        assert page.count('class="card question') == 4
        assert "/passages/confirm" not in page
        form = {"passage": "p", "direction": "in"}
        assert client.post("/passages/confirm", data=form).status_code == 403


def test_the_log_is_narrowed_to_one_verdict(stage: Stage) -> None:
    fill(stage)
    with served(stage) as address, signed_in(address, Role.STAFF) as client:
        log = client.get("/?show=turned_back").text.split('id="passages"')[1]
        assert log.count('class="passage ') == 1
        assert THINGS[9].code in log
        assert client.get("/?show=sideways").status_code == 422
