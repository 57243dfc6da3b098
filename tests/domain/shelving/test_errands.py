"""Errands: made from the catalogue's places, ended by whoever or whatever saw the thing."""

from dataclasses import replace

import pytest

from controller.domain.decision import Decision
from controller.domain.errands import Errands
from controller.domain.events_presence import TagArrived, TagSwept
from controller.domain.events_shelving import ErrandEnded, ErrandMade
from controller.domain.model_shelving import (
    Errand,
    ErrandEnd,
    ErrandTask,
    KnownShelving,
    Witness,
)
from controller.domain.places import Places
from controller.domain.plans import DeskPlan
from controller.domain.plans_presence import ListenerKind
from controller.domain.requests_shelving import EndErrand, MakeErrands
from drivers.observations import TagRead
from tests.domain.rooms import RACK, Room, asked, epc, events_of, moment, report, straight_walk


def room(**parts: object) -> Room:
    """Holding 1 at a place, 2 in box 3 which has one, 4 somewhere that is no place."""
    made = Room(desks=[DeskPlan(id="desk-1")], **parts)
    for number, home, parent in ((1, "rack-a/3/L/12/4", None), (2, "", "holding-3"),
                                 (3, "rack-a/2/R/1/1", None), (4, "库房 3 柜", None)):  # fmt: skip
        holding = replace(made.registry.add(number, parent), home=home, barcode=f"B{number}")
        made.registry.holdings[holding.id] = holding
    return made


def make(
    world: Room, *numbers: int, task: ErrandTask = ErrandTask.FETCH
) -> tuple[Decision, list[ErrandMade]]:
    holdings = {f"holding-{number}": "" for number in numbers}
    decision = world.tell(MakeErrands(asked=asked(0.0), task=task, holdings=holdings))
    return decision, [e for e in decision.events if isinstance(e, ErrandMade)]


def end(
    world: Room, errand_id: str, how: ErrandEnd = ErrandEnd.DONE, scanned: str = "", place: str = ""
) -> Decision:
    return world.tell(
        EndErrand(asked=asked(1.0), errand_id=errand_id, end=how, scanned=scanned, place=place)
    )


def code(decision: Decision) -> str:
    return decision.answers[0].code


def ends(decision: Decision) -> list[tuple[str, ErrandEnd, Witness]]:
    return [(e.holding_id, e.end, e.witness) for e in decision.events if isinstance(e, ErrandEnded)]


def test_an_errand_says_where_by_the_things_own_place_or_its_boxs() -> None:
    _, made = make(room(), 1, 2, 4)

    assert [(e.rack, e.aisle, e.shelf) for e in made] == [
        ("rack-a", 3, "rack-a/3/L/12/4"),
        ("rack-a", 2, "rack-a/2/R/1/1"),
        ("", None, "库房 3 柜"),
    ]
    assert len({e.list_id for e in made}) == 1


def test_what_cannot_be_listed_is_refused_and_what_is_listed_is_left_out() -> None:
    world = room()
    assert code(make(world)[0]) == "nothing_asked"
    assert code(make(world, 1, 99)[0]) == "no_such_holding"
    make(world, 1)

    again, made = make(world, 1, 2)

    assert [e.holding_id for e in made] == ["holding-2"]
    assert again.answers[0].detail["left_out"] == "1"
    assert code(make(world, 1)[0]) == "already_listed"
    assert code(make(world, 1, task=ErrandTask.PUT_AWAY)[0]) == "accepted"


def test_a_person_says_that_it_is_done_once() -> None:
    world = room()
    _, (made,) = make(world, 1)

    assert ends(end(world, made.errand_id, ErrandEnd.NOT_THERE)) == [
        ("holding-1", ErrandEnd.NOT_THERE, Witness.PERSON)
    ]
    assert code(end(world, made.errand_id)) == "no_such_errand"


@pytest.mark.parametrize("scanned", [epc(1), epc(1).lower(), "B1", "J001-WS·2020-0001"])
def test_the_scan_of_its_own_tag_barcode_or_code_ends_it(scanned: str) -> None:
    world = room()
    _, (made,) = make(world, 1)

    assert ends(end(world, made.errand_id, scanned=scanned)) == [
        ("holding-1", ErrandEnd.DONE, Witness.SCAN)
    ]


@pytest.mark.parametrize("scanned", [epc(2), "B2", "nothing"])
def test_the_scan_of_something_else_is_told_and_ends_nothing(scanned: str) -> None:
    world = room()
    _, (made,) = make(world, 1)

    assert code(end(world, made.errand_id, scanned=scanned)) == "another_holding"
    assert code(end(world, made.errand_id)) == "accepted"


def test_a_thing_is_put_away_only_where_it_belongs() -> None:
    world = room()
    _, (made,) = make(world, 1, task=ErrandTask.PUT_AWAY)

    assert code(end(world, made.errand_id, place="rack-a/3/L/12/5")) == "another_place"
    assert code(end(world, made.errand_id, place="rack-a/03/左/12/4")) == "accepted"


def test_what_leaves_through_a_door_was_fetched() -> None:
    world = room()
    make(world, 1)
    make(world, 1, task=ErrandTask.PUT_AWAY)

    decisions = world.walk(straight_walk(), epc(1), 9.0)

    seen = [e for e in events_of(decisions) if isinstance(e, ErrandEnded)]
    assert [(e.task, e.witness, e.by) for e in seen] == [
        (ErrandTask.FETCH, Witness.DOOR, "door-north")
    ]


def test_what_lies_on_a_desk_was_fetched() -> None:
    world = room()
    make(world, 1)
    decisions = []
    for step in range(25):
        read = TagRead(epc(1), 1, -40.0, None, 1)
        decisions.append(world.tell(report(step * 0.1, [read], reader="desk-1")))

    seen = [e for e in events_of(decisions) if isinstance(e, ErrandEnded)]
    assert [(e.witness, e.by) for e in seen] == [(Witness.DESK, "desk-1")]


def test_open_errands_outlive_the_controller() -> None:
    errand = Errand(
        id="e-1", task=ErrandTask.FETCH, holding_id="holding-1", rack="rack-a", aisle=3,
        place="rack-a/3/L/12/4",
    )  # fmt: skip
    world = room(shelving=KnownShelving(errands=(errand,)))

    assert ends(end(world, "e-1")) == [("holding-1", ErrandEnd.DONE, Witness.PERSON)]


def errands_of(task: ErrandTask) -> Errands:
    """One errand open, for holding-1, whose place is rack-a/3/L/12/4."""
    errand = Errand(
        id="e-1", task=task, holding_id="holding-1", rack="rack-a", aisle=3,
        place="rack-a/3/L/12/4",
    )  # fmt: skip
    return Errands(room().registry, Places([RACK]), lambda: "x", [errand])


def arrived(spot: str, listener: ListenerKind = ListenerKind.SHELF) -> TagArrived:
    return TagArrived(
        at=moment(1.0).utc, reader="shelf-1", listener=listener, room="room-1", spot=spot,
        epc=epc(1), holding_id="holding-1",
    )  # fmt: skip


def swept(spot: str) -> TagSwept:
    return TagSwept(
        at=moment(1.0).utc, part_id="w/1", handheld="h", room="room-1", spot=spot, by="lin",
        epc=epc(1), holding_id="holding-1", heard_at=moment(0.5).utc, nearer="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "witness"),
    [
        (arrived("rack-a"), Witness.SHELF),
        (arrived("rack-a/12"), Witness.SHELF),
        (arrived("rack-a/12/4"), Witness.SHELF),
        (swept("rack-a/12/4"), Witness.HANDHELD),
        (arrived("rack-a/11"), None),
        (arrived("rack-a/12/3"), None),
        (arrived("rack-b/12/4"), None),
        (swept("rack-b"), None),
        (arrived("zone-1", ListenerKind.ZONE), None),
    ],
)
def test_what_is_put_away_is_done_when_it_is_heard_in_its_own_shelf_and_no_other(
    event: TagArrived | TagSwept, witness: Witness | None
) -> None:
    done = errands_of(ErrandTask.PUT_AWAY).noticed([event])

    assert [e.witness for e in done if isinstance(e, ErrandEnded)] == ([witness] if witness else [])


def test_what_is_to_be_fetched_is_not_fetched_because_it_is_heard_in_its_shelf() -> None:
    assert errands_of(ErrandTask.FETCH).noticed([arrived("rack-a/12/4")]) == ()
