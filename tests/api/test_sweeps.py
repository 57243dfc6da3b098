"""A handheld hands in what it heard: at a stated place, once, whatever its clock says."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from controller.domain.events import TagBound
from controller.store.accounts import Role
from controller.store.audit import verify
from controller.store.presence_tables import sightings
from tests.api.world import LOOSE, NOW, World
from tests.store.plain import rows_of

URL = "/v1/sweeps/walk-7/parts/1"
EPC = "E28011600000000000000001"


def part(
    *,
    spot: Mapping[str, object] | None = None,
    clock: timedelta = timedelta(0),
    ago: timedelta = timedelta(minutes=2),
    epcs: tuple[str, ...] = (EPC, "E28011600000000000000002"),
) -> dict[str, Any]:
    """One part, by a handheld whose clock is so far off."""
    sent = NOW + clock
    heard = (sent - ago).isoformat()
    return {
        "handheld": "handheld-1",
        "place": {"room": "room-1", "rack": "rack-a", "bay": 3} if spot is None else spot,
        "sent_at": sent.isoformat(),
        "tags": [{"epc": epc, "heard_at": heard} for epc in epcs],
    }


def put(world: World, body: object, url: str = URL, role: Role | None = Role.STAFF) -> Any:
    return world.send("PUT", url, role, json=body)


def seen(world: World) -> Any:
    return rows_of(world.engine, sightings)


def tagged(world: World) -> World:
    world.shelve(LOOSE, "J001-0001")
    world.record(TagBound(at=NOW, epc=EPC, holding_id=LOOSE, by="li"))
    return world


def test_a_part_is_written_down_once_with_place_time_and_person(world: World) -> None:
    tagged(world)
    with world.deciding():
        first = put(world, part())
        again = put(world, part(ago=timedelta(minutes=3)))
    assert first.json()["detail"] == {"part_id": "walk-7/1", "tags": "2", "unknown": "1"}
    assert again.json()["detail"] == {"part_id": "walk-7/1", "repeated": "yes"}
    [row] = seen(world)
    assert (row["holding_id"], row["room"], row["spot"]) == (LOOSE, "room-1", "rack-a/3")
    assert (row["told_by"], row["person"]) == ("handheld-1", "staff-key")
    with world.engine.connect() as connection:
        assert verify(connection) is None


def test_a_handheld_whose_clock_stands_in_another_year_tells_the_right_time(world: World) -> None:
    tagged(world)
    wrong = datetime(2000, 1, 1, tzinfo=NOW.tzinfo) - NOW
    with world.deciding():
        assert put(world, part(clock=wrong)).status_code == 200
    assert seen(world)[0]["heard_at"] == NOW - timedelta(minutes=2)


def test_other_tags_under_the_same_number_are_refused(world: World) -> None:
    with world.deciding():
        put(world, part())
        other = put(world, part(epcs=(EPC,)))
    assert (other.status_code, other.json()["code"]) == (409, "sweep_part_differs")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (part(spot={"room": "room-9"}), 404, "no_such_room"),
        (part(spot={"room": "room-1", "bay": 3}), 422, "place_has_a_gap"),
        (part(spot={"room": "room-1", "rack": "rack-a", "level": 3}), 422, "place_has_a_gap"),
        (part(ago=timedelta(seconds=-1)), 422, "heard_after_sent"),
        (part(ago=timedelta(days=31)), 422, "heard_too_long_ago"),
        (part(epcs=(EPC, EPC)), 422, "tag_named_twice"),
        (part(epcs=()), 422, "not_valid"),
        (part(epcs=("e280",)), 422, "not_valid"),
        (part(epcs=tuple(f"{n:024X}" for n in range(501))), 422, "not_valid"),
    ],
)
def test_a_part_that_makes_no_sense_is_refused_with_the_reason(
    world: World, body: object, status: int, code: str
) -> None:
    answer = put(world, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_only_those_at_the_desk_hand_in_sweeps(world: World) -> None:
    for role in (Role.READER, Role.FACILITIES):
        assert put(world, part(), role=role).status_code == 403
    assert put(world, part(), role=None).status_code == 401
