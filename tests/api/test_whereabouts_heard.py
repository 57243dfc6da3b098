"""Where things are when zones, shelves and handhelds speak beside the doors: who knows better."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from controller.domain.events import PassageDetected
from controller.domain.events_presence import TagArrived, TagDeparted, TagSwept
from controller.domain.model import Direction
from controller.domain.plans_presence import ListenerKind
from tests.api.world import BOX, FILE, NOW, World

PLACES = {Direction.IN: "room-1", Direction.OUT: "outside", Direction.UNKNOWN: ""}


def minute(number: int) -> datetime:
    return NOW - timedelta(minutes=60 - number)


def passed(number: int, direction: Direction) -> PassageDetected:
    """At the door, in that minute."""
    return PassageDetected(
        at=minute(number), passage_id=f"p{number}", door="door-1", epc="E1", holding_id=FILE,
        direction=direction, place=PLACES[direction], confidence=0.9, evidence={},
    )  # fmt: skip


def arrived(number: int, listener: ListenerKind, holding_id: str = FILE) -> TagArrived:
    """Heard beside the door, from that minute on."""
    spot = "rack-a/3/2" if listener is ListenerKind.SHELF else "zone-east"
    return TagArrived(
        at=minute(number), reader=f"{listener}-1", listener=listener, room="room-1",
        spot=spot, epc="E1", holding_id=holding_id,
    )  # fmt: skip


def departed(number: int) -> TagDeparted:
    """No longer heard on its shelf."""
    return TagDeparted(
        at=minute(number), reader="shelf-1", listener=ListenerKind.SHELF, room="room-1",
        spot="rack-a/3/2", epc="E1", holding_id=FILE, last_heard=minute(number - 1),
    )  # fmt: skip


def swept(heard: int) -> TagSwept:
    """Found with a handheld in that minute, handed in now."""
    return TagSwept(
        at=NOW, part_id="walk/1", handheld="handheld-1", room="room-1", spot="rack-b/1", by="li",
        epc="E1", holding_id=FILE, heard_at=minute(heard), nearer="",
    )  # fmt: skip


OUT, IN, UNKNOWN = Direction.OUT, Direction.IN, Direction.UNKNOWN
ZONE, SHELF = ListenerKind.ZONE, ListenerKind.SHELF


@pytest.mark.parametrize(
    ("events", "state", "spot", "basis"),
    [
        ([arrived(1, SHELF)], "in_room", "rack-a/3/2", "shelf"),
        ([passed(1, IN), arrived(2, SHELF)], "in_room", "rack-a/3/2", "shelf"),
        ([arrived(1, SHELF), passed(2, OUT)], "outside", None, "passage"),
        ([passed(1, OUT), arrived(2, SHELF)], "in_room", "rack-a/3/2", "shelf"),
        ([passed(1, OUT), arrived(2, ZONE)], "outside", None, "passage"),
        ([passed(1, UNKNOWN), arrived(2, ZONE)], "in_room", "zone-east", "zone"),
        ([arrived(1, ZONE), passed(2, UNKNOWN)], "undecided", None, "passage"),
        ([passed(5, OUT), swept(4)], "outside", None, "passage"),
        ([passed(5, OUT), swept(6)], "in_room", "rack-b/1", "sweep"),
    ],
)
def test_what_is_newer_wins_and_a_zone_brings_nothing_back(
    world: World, events: list[Any], state: str, spot: str | None, basis: str
) -> None:
    world.shelve(FILE, "F-1")
    world.record(*events)
    found = world.get(f"/v1/holdings/{FILE}/whereabouts").json()
    assert (found["state"], found["spot"], found["basis"]) == (state, spot, basis)


def test_a_file_is_where_its_box_is_heard(world: World) -> None:
    world.shelve(BOX, "B-1", kind="box")
    world.shelve(FILE, "F-1", parent=BOX)
    world.record(arrived(1, SHELF, BOX))
    found = world.get(f"/v1/holdings/{FILE}/whereabouts").json()
    assert (found["spot"], found["seen_as"], found["told_by"]) == ("rack-a/3/2", BOX, "shelf-1")


def test_leaving_a_shelf_leaves_the_place_and_says_since_when_it_is_not_heard(
    world: World,
) -> None:
    world.shelve(FILE, "F-1")
    [event_id, _] = world.record(arrived(1, SHELF), departed(9))
    found = world.get(f"/v1/holdings/{FILE}/whereabouts").json()
    assert (found["state"], found["spot"]) == ("in_room", "rack-a/3/2")
    assert found["left_at"] == minute(9).isoformat().replace("+00:00", "Z")
    assert found["evidence"] == [event_id]


def test_a_past_moment_is_answered_from_what_was_known_then(world: World) -> None:
    world.shelve(FILE, "F-1")
    world.record(passed(1, IN), arrived(3, SHELF), departed(6), passed(7, OUT))
    said = {}
    for number in (2, 4, 8):
        url = f"/v1/holdings/{FILE}/whereabouts"
        found = world.get(url, params={"as_of": minute(number).isoformat()}).json()
        said[number] = (found["state"], found["spot"])
    assert said == {2: ("in_room", None), 4: ("in_room", "rack-a/3/2"), 8: ("outside", None)}
