"""The desk over HTTP: what lies there, what was asked, and how it ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.domain.events import (
    ControllerStarted,
    TagBound,
    TagPresented,
    TagWritingBegan,
    TagWritingFailed,
)
from controller.store import recovery
from controller.store.accounts import Role
from tests.api.world import NOW, World

DESK = "/v1/desks/desk-1/tags"
NEW = "2C14257BF42EF800000004D2"
BLANK = "E28011704000021D35AE4008"
STARTED = ControllerStarted(at=NOW, version="1")
PRESENTED = TagPresented(at=NOW, desk="desk-1", epc=BLANK)
BEGAN = TagWritingBegan(
    at=NOW, writing_id="w1", desk="desk-1", holding_id="file", old_epc=BLANK, epc=NEW, by="li"
)
FAILED = TagWritingFailed(
    at=NOW, writing_id="w1", desk="desk-1", holding_id="file", old_epc=BLANK, epc=NEW,
    carries="", reason="interrupted", by="li",
)  # fmt: skip
BOUND = TagBound(at=NOW, epc=NEW, holding_id="file", by="li")


def lies(world: World) -> object:
    return world.get(DESK, Role.STAFF).json()["epc"]


def writing(world: World) -> object:
    return world.get(DESK, Role.STAFF).json()["writing"]


def unfinished(world: World) -> list[str]:
    with world.engine.connect() as connection:
        return [began.writing_id for began in recovery.load(connection).writings]


def test_an_empty_desk_says_so(each_world: World) -> None:
    assert each_world.get(DESK, Role.STAFF).json() == {
        "desk": "desk-1",
        "epc": None,
        "since": None,
        "proposal": None,
        "writing": None,
    }


def test_the_tag_held_still_there_is_told_until_it_leaves(each_world: World) -> None:
    each_world.record(STARTED, TagPresented(at=NOW, desk="desk-2", epc=NEW), PRESENTED)
    assert lies(each_world) == BLANK
    each_world.record(TagPresented(at=NOW + timedelta(seconds=2), desk="desk-1", epc=""))
    assert lies(each_world) is None


GDTI = "2C14257BF42EF800000004D2"
"""urn:epc:id:gdti:0614141.06012.1234, whose serial is a reference code here."""


def proposed(world: World) -> dict[str, object] | None:
    found = world.get(DESK, Role.STAFF).json()["proposal"]
    assert found is None or isinstance(found, dict)
    return found


def test_an_unbound_tag_proposes_what_its_number_says_and_binds_nothing(each_world: World) -> None:
    world = each_world
    world.record(STARTED, TagPresented(at=NOW, desk="desk-1", epc=GDTI, pc=0x3000))
    assert proposed(world) == {
        "scheme": "gdti-96",
        "reference_code": "1234",
        "urn": "urn:epc:id:gdti:0614141.06012.1234",
        "holding_id": None,
        "title": None,
    }
    world.shelve("numbered", "1234")
    one = proposed(world)
    assert one is not None
    assert (one["holding_id"], one["reference_code"]) == ("numbered", "1234")
    world.record(TagBound(at=NOW, epc=GDTI, holding_id="numbered", by="li"))
    assert proposed(world) is None


@pytest.mark.parametrize(
    ("epc", "pc"),
    [
        (BLANK, 0x3000),  # a maker's own number
        (GDTI, 0x31C2),  # the same bits, but its control word says that it is no GS1 number
        (GDTI, 0x3800),  # announces another length
    ],
)
def test_a_number_that_does_not_say_what_it_is_proposes_nothing(
    world: World, epc: str, pc: int
) -> None:
    world.record(STARTED, TagPresented(at=NOW, desk="desk-1", epc=epc, pc=pc))
    found = proposed(world)
    assert found is None or found["scheme"] != "gdti-96"


def test_what_an_earlier_controller_saw_is_not_told_as_now(world: World) -> None:
    world.record(STARTED, PRESENTED, STARTED)
    assert lies(world) is None


def test_the_newest_writing_is_under_way_then_bound_or_failed(each_world: World) -> None:
    each_world.record(STARTED, BEGAN)
    under_way = writing(each_world)
    assert isinstance(under_way, dict)
    assert (under_way["state"], under_way["epc"]) == ("under_way", NEW)
    each_world.record(FAILED)
    failed = writing(each_world)
    assert isinstance(failed, dict)
    assert (failed["state"], failed["carries"], failed["reason"]) == ("failed", "", "interrupted")
    again = replace(BEGAN, writing_id="w2")
    each_world.record(again, BOUND)
    bound = writing(each_world)
    assert isinstance(bound, dict)
    assert (bound["writing_id"], bound["state"]) == ("w2", "bound")


def test_a_wish_is_decided_by_the_controller(world: World) -> None:
    world.shelve("file", "F-1")
    with world.deciding():
        answer = world.post(DESK, {"holding_id": "file", "epc": NEW}, Role.STAFF)
        unknown = world.post(DESK, {"holding_id": "none", "epc": NEW}, Role.STAFF)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_steady_tag")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_holding")


def test_a_desk_or_a_number_that_is_none_is_refused_at_once(world: World) -> None:
    wish = {"holding_id": "file", "epc": NEW}
    assert world.post("/v1/desks/desk-9/tags", wish, Role.STAFF).status_code == 404
    assert world.get("/v1/desks/desk-9/tags", Role.STAFF).status_code == 404
    assert world.post(DESK, wish | {"epc": "abc"}, Role.STAFF).status_code == 422


def test_a_writing_that_nobody_saw_the_end_of_is_found_once(each_world: World) -> None:
    each_world.record(STARTED, BEGAN)
    assert unfinished(each_world) == ["w1"]
    each_world.record(STARTED, FAILED)
    assert unfinished(each_world) == []


def test_a_writing_that_ended_is_not_found(each_world: World) -> None:
    each_world.record(STARTED, BEGAN, BOUND)
    assert unfinished(each_world) == []
    each_world.record(BEGAN, FAILED)
    assert unfinished(each_world) == []
