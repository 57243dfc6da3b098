"""Where a holding is: what was seen decides, the catalogue only says where it should be."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.domain.events import PassageDetected
from controller.domain.model import OUTSIDE, Direction
from tests.api.facts import given_back, lent, passage
from tests.api.world import NOW, World

HOUR = timedelta(hours=1)


@pytest.fixture
def shelved(each_world: World) -> World:
    """A file in a box in a crate, and a loose file."""
    each_world.shelve("crate", "C-1", kind="box")
    each_world.shelve("box", "B-1", "crate", kind="box")
    each_world.shelve("file", "F-1", "box")
    each_world.shelve("loose", "F-2")
    return each_world


def of(world: World, code: str) -> dict[str, Any]:
    answer = world.get("/v1/whereabouts", params={"code": code})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def at(world: World, holding: str, when: datetime) -> dict[str, Any]:
    answer = world.get(f"/v1/holdings/{holding}/whereabouts", params={"as_of": when.isoformat()})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_what_never_passed_a_door_is_where_the_catalogue_says_and_says_so(shelved: World) -> None:
    told = of(shelved, "F-2")
    assert told["state"] == "never_seen"
    assert told["basis"] == "catalogue"
    assert told["home"] == "room-1/A/01"
    assert (told["place"], told["since"], told["confidence"]) == (None, None, None)
    assert told["evidence"] == []


def test_a_passage_tells_place_time_door_confidence_and_the_event_it_rests_on(
    shelved: World,
) -> None:
    (event,) = shelved.record(passage("loose", Direction.IN))
    told = of(shelved, "F-2")
    assert told["state"] == "in_room"
    assert told["place"] == "room-1"
    assert told["since"] == "2026-11-20T08:00:00Z"
    assert told["door"] == "door-1"
    assert told["confidence"] == 0.97
    assert told["basis"] == "passage"
    assert told["seen_as"] == "loose"
    assert told["evidence"] == [event]


def test_an_unclear_passage_leaves_it_undecided_not_where_it_was(shelved: World) -> None:
    shelved.record(passage("loose", Direction.IN))
    shelved.record(passage("loose", Direction.UNKNOWN, NOW + HOUR))
    told = of(shelved, "F-2")
    assert told["state"] == "undecided"
    assert told["place"] is None


def test_what_left_on_loan_names_the_borrower_and_whether_it_is_overdue(shelved: World) -> None:
    shelved.record(*lent("loose", due=NOW + HOUR), passage("loose", Direction.OUT))
    authority = of(shelved, "F-2")["authority"]
    assert authority["holder"] == "Wang Fang"
    assert (authority["kind"], authority["id"]) == ("loan", "loan-1")
    assert authority["overdue"] is False
    shelved.clock.forward(2 * HOUR)
    assert of(shelved, "F-2")["authority"]["overdue"] is True


def test_what_left_without_a_loan_has_no_authority(shelved: World) -> None:
    shelved.record(passage("loose", Direction.OUT))
    assert of(shelved, "F-2")["authority"] is None


def test_a_loan_says_nothing_of_what_is_in_the_room(shelved: World) -> None:
    shelved.record(*lent("loose"), passage("loose", Direction.IN))
    assert of(shelved, "F-2")["authority"] is None


@pytest.mark.parametrize("carried", ["box", "crate"])
def test_a_file_is_where_its_box_or_crate_was_last_seen(shelved: World, carried: str) -> None:
    shelved.record(passage("file", Direction.IN))
    shelved.record(passage(carried, Direction.OUT, NOW + HOUR))
    shelved.record(*lent(carried))
    told = of(shelved, "F-1")
    assert told["state"] == "outside"
    assert told["seen_as"] == carried
    assert told["authority"]["holder"] == "Wang Fang"


def test_a_file_seen_after_its_box_is_where_it_was_seen_itself(shelved: World) -> None:
    shelved.record(passage("box", Direction.OUT))
    shelved.record(passage("file", Direction.IN, NOW + HOUR))
    told = of(shelved, "F-1")
    assert (told["state"], told["seen_as"]) == ("in_room", "file")


def test_a_catalogue_that_nests_in_a_circle_is_still_answered(each_world: World) -> None:
    each_world.shelve("a", "A", "b")
    each_world.shelve("b", "B", "a")
    each_world.record(passage("b", Direction.OUT))
    assert of(each_world, "A")["state"] == "outside"


def test_an_unknown_code_is_not_found(shelved: World) -> None:
    answer = shelved.get("/v1/whereabouts?code=nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "no_such_holding"


def test_a_code_borne_by_two_holdings_is_refused_with_both_ids(shelved: World) -> None:
    shelved.shelve("twin", "F-2")
    answer = shelved.get("/v1/whereabouts?code=F-2")
    assert answer.status_code == 409
    assert sorted(answer.json()["holding_ids"]) == ["loose", "twin"]


def test_many_codes_are_answered_in_their_order_with_the_unknown_apart(shelved: World) -> None:
    shelved.record(passage("crate", Direction.OUT))
    codes = ["F-2", "x", "F-1", "B-1", "x", "F-2"]
    told = shelved.post("/v1/whereabouts", {"codes": codes}).json()
    assert [one["reference_code"] for one in told["whereabouts"]] == ["F-2", "F-1", "B-1"]
    assert [one["state"] for one in told["whereabouts"]] == ["never_seen", "outside", "outside"]
    assert told["unknown"] == ["x"]


def test_five_hundred_codes_are_answered_and_one_more_is_refused(shelved: World) -> None:
    codes = ["F-1", *[f"x{n}" for n in range(499)]]
    assert len(shelved.post("/v1/whereabouts", {"codes": codes}).json()["unknown"]) == 499
    assert shelved.post("/v1/whereabouts", {"codes": [*codes, "y"]}).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"codes": ["\xff"]}', 400),
        (b'{"codes": "F-1"}', 422),
        (b'{"codes": []}', 422),
        (b'{"codes": ["a\\u0000b"]}', 422),
        (b'{"codes": ["a"], "more": 1}', 422),
    ],
)
def test_a_body_that_is_no_list_of_codes_is_refused(world: World, body: bytes, status: int) -> None:
    assert world.send("POST", "/v1/whereabouts", content=body).status_code == status


def test_as_of_is_the_controllers_last_sign_of_life(shelved: World) -> None:
    assert of(shelved, "F-2")["as_of"] is None
    shelved.beat()
    shelved.clock.forward(HOUR)  # the controller is down, the answer says since when
    assert of(shelved, "F-2")["as_of"] == "2026-11-20T08:00:00Z"


def test_the_past_is_answered_from_the_journal(shelved: World) -> None:
    shelved.record(passage("loose", Direction.IN, NOW - 4 * HOUR))
    shelved.record(*lent("loose", at=NOW - 3 * HOUR))
    (out,) = shelved.record(passage("loose", Direction.OUT, NOW - 2 * HOUR))
    shelved.record(passage("loose", Direction.IN, NOW - HOUR))
    shelved.record(given_back("loose", at=NOW - HOUR))
    assert at(shelved, "loose", NOW - 5 * HOUR)["state"] == "never_seen"
    assert at(shelved, "loose", NOW - 3 * HOUR)["state"] == "in_room"
    then = at(shelved, "loose", NOW - 2 * HOUR)
    assert then["state"] == "outside"
    assert then["authority"]["holder"] == "Wang Fang"
    assert then["evidence"] == [out]
    assert then["as_of"] == "2026-11-20T06:00:00Z"
    assert at(shelved, "loose", NOW)["state"] == "in_room"
    assert at(shelved, "file", NOW)["state"] == "never_seen"


def test_the_future_is_not_answered(world: World) -> None:
    answer = world.get("/v1/holdings/x/whereabouts", params={"as_of": (NOW + HOUR).isoformat()})
    assert answer.status_code == 422


def test_the_tag_changes_with_the_place_and_not_with_the_heartbeat(shelved: World) -> None:
    shelved.record(passage("loose", Direction.IN))
    first = shelved.get("/v1/whereabouts?code=F-2")
    tag = {"If-None-Match": first.headers["etag"]}
    assert first.headers["etag"].startswith('W/"')
    shelved.beat()
    assert shelved.get("/v1/whereabouts?code=F-2", headers=tag).status_code == 304
    shelved.record(passage("loose", Direction.OUT, NOW + HOUR))
    assert shelved.get("/v1/whereabouts?code=F-2", headers=tag).status_code == 200


MARKS = itertools.count()
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["crate", "box", "file"]),
        st.sampled_from([Direction.IN, Direction.OUT, Direction.UNKNOWN]),
    ),
    max_size=8,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_a_file_is_where_the_last_of_file_box_and_crate_went_at_any_moment(
    world: World, steps: list[tuple[str, Direction]]
) -> None:
    mark = f"m{next(MARKS)}"
    world.shelve(f"{mark}-crate", f"{mark}-C", kind="box")
    world.shelve(f"{mark}-box", f"{mark}-B", f"{mark}-crate", kind="box")
    world.shelve(f"{mark}-file", f"{mark}-F", f"{mark}-box")
    events: list[PassageDetected] = []
    for number, (what, direction) in enumerate(steps):
        when = NOW - timedelta(minutes=len(steps) - number)
        events.append(passage(f"{mark}-{what}", direction, when))
        world.record(events[-1])
    for upto in range(len(events) + 1):
        when = NOW - timedelta(minutes=len(steps) - upto) - timedelta(seconds=1)
        expected = _expected(events[:upto])
        assert at(world, f"{mark}-file", when)["state"] == expected
    assert of(world, f"{mark}-F")["state"] == _expected(events)


def _expected(events: list[PassageDetected]) -> str:
    if not events:
        return "never_seen"
    place = events[-1].place
    return {"": "undecided", OUTSIDE: "outside"}.get(place, "in_room")
