"""Doubtful passages by API: listed until somebody answers, answered once, by those who may."""

import pytest

from controller.domain.events import Event, PassageDetected
from controller.domain.events_passages import GroupPassed, PassageQuestioned, QuestionKind
from controller.domain.model import Direction
from controller.store.accounts import Role
from tests.api.world import BOX, FILE, LOOSE, NOW, World

SURENESS = {QuestionKind.CONFIRM: 0.91, QuestionKind.DIRECTION: 0.63}


def doubtful(
    holding_id: str,
    needs: QuestionKind,
    *,
    group_id: str = "",
    direction: Direction = Direction.OUT,
) -> tuple[Event, ...]:
    """A passage with its question; its id is the holding's with a p."""
    taken = needs is QuestionKind.CONFIRM
    passage = PassageDetected(
        at=NOW, passage_id=f"p-{holding_id}", door="door-1", epc=f"E-{holding_id}",
        holding_id=holding_id, direction=direction if taken else Direction.UNKNOWN,
        place="outside" if taken else "", confidence=SURENESS[needs], evidence={},
    )  # fmt: skip
    question = PassageQuestioned(
        at=NOW, passage_id=passage.passage_id, group_id=group_id, door="door-1",
        epc=passage.epc, holding_id=holding_id, direction=direction,
        confidence=SURENESS[needs], needs=needs,
    )  # fmt: skip
    return passage, question


@pytest.fixture
def asking(world: World) -> World:
    """One file nobody knows about, and a trolley of two with one expected and not heard."""
    for number, holding_id in enumerate((LOOSE, FILE, BOX)):
        world.shelve(holding_id, f"J001-000{number}")
    world.record(
        *doubtful(LOOSE, QuestionKind.DIRECTION),
        *doubtful(FILE, QuestionKind.CONFIRM, group_id="g-1"),
        *doubtful(BOX, QuestionKind.CONFIRM, group_id="g-1"),
        GroupPassed(
            at=NOW, group_id="g-1", door="door-1", direction=Direction.OUT, place="outside",
            confidence=0.91, members={f"E-{FILE}": f"p-{FILE}", f"E-{BOX}": f"p-{BOX}"},
            missing={"holding-3": "J001-0003"},
        ),
    )  # fmt: skip
    return world


def open_ids(world: World, query: str = "") -> list[str]:
    """What still waits, newest first."""
    found = world.get(f"/v1/passages?state=open{query}").json()
    return [each["passage_id"] for each in found["passages"]]


def test_open_passages_say_what_is_asked_and_which_trolley_they_came_with(asking: World) -> None:
    page = asking.get("/v1/passages").json()
    assert page["open"] == 2
    assert [each["needs"] for each in page["passages"]] == ["confirm", "confirm", "direction"]
    assert page["passages"][0]["group_id"] == "g-1"
    assert page["trolleys"] == [
        {
            "group_id": "g-1",
            "door": "door-1",
            "direction": "out",
            "confidence": 0.91,
            "members": 2,
            "missing": ["J001-0003"],
        }
    ]


def test_the_list_goes_on_where_its_page_ends_and_knows_doors(asking: World) -> None:
    first = asking.get("/v1/passages?limit=2").json()
    rest = asking.get(first["next"]).json()
    assert len(first["passages"]) == 2
    assert [each["passage_id"] for each in rest["passages"]] == [f"p-{LOOSE}"]
    assert rest["next"] is None
    assert open_ids(asking, "&door=door-9") == []


def test_an_answer_closes_the_question_places_the_file_and_names_who_gave_it(
    asking: World,
) -> None:
    with asking.deciding():
        done = asking.post(f"/v1/passages/p-{LOOSE}/confirm", {"direction": "in"})
        assert done.status_code == 200
        again = asking.post(f"/v1/passages/p-{LOOSE}/confirm", {"direction": "out"})
    assert (again.status_code, again.json()["code"]) == (404, "no_such_passage")
    assert f"p-{LOOSE}" not in open_ids(asking)
    [answered] = asking.get("/v1/passages?state=answered").json()["passages"]
    assert (answered["answer"], answered["answered_by"]) == ("in", "administrator-key")
    assert asking.get(f"/v1/holdings/{LOOSE}/whereabouts").json()["place"] == "room-1"


def test_a_trolley_is_confirmed_as_a_whole(asking: World) -> None:
    with asking.deciding():
        done = asking.post("/v1/trolleys/g-1/confirm", {"direction": "out"}, Role.STAFF)
        assert done.status_code == 200
    assert open_ids(asking) == [f"p-{LOOSE}"]


def test_readers_and_facilities_see_the_questions_and_may_not_answer(asking: World) -> None:
    for role in (Role.READER, Role.FACILITIES):
        assert asking.get("/v1/passages", role).status_code == 200
        for path in (f"/v1/passages/p-{LOOSE}", "/v1/trolleys/g-1"):
            answer = asking.post(f"{path}/confirm", {"direction": "in"}, role)
            assert answer.status_code == 403


@pytest.mark.parametrize("body", [{}, {"direction": "unknown"}, {"direction": "in", "by": "me"}])
def test_an_answer_that_is_none_is_refused(asking: World, body: object) -> None:
    assert asking.post(f"/v1/passages/p-{LOOSE}/confirm", body).status_code == 422
