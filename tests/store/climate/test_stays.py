"""Where a holding stood and until when, from what doors, antennas and people said."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from controller.domain.decision import Decision
from controller.domain.events import Event, PassageDetected
from controller.domain.events_passages import PassageConfirmed
from controller.domain.events_presence import TagArrived, TagSwept
from controller.domain.model import OUTSIDE, Direction
from controller.domain.plans_presence import ListenerKind
from controller.store.climate.stays import fold_stay, told
from controller.store.climate.tables import stays
from controller.store.ledger import Ledger
from controller.store.rebuild import rebuild
from tests.store.events import NOON
from tests.store.plain import Unpublished, rows_of

HOUR = timedelta(hours=1)


def passed(
    at: datetime, place: str, direction: Direction, passage_id: str = "p", holding: str = "h"
) -> PassageDetected:
    return PassageDetected(
        at=at, passage_id=passage_id, door="door-1", epc="E2", holding_id=holding,
        direction=direction, place=place, confidence=0.9, evidence={},
    )  # fmt: skip


def confirmed(at: datetime, place: str, direction: Direction) -> PassageConfirmed:
    return PassageConfirmed(
        at=at, passage_id="p", group_id="", door="door-1", epc="E2", holding_id="h",
        direction=direction, place=place, confidence=1.0, by="li",
    )  # fmt: skip


def arrived(at: datetime, room: str) -> TagArrived:
    return TagArrived(
        at=at, reader="zone-1", listener=ListenerKind.ZONE, room=room, spot="", epc="E2",
        holding_id="h",
    )  # fmt: skip


def swept(at: datetime, heard_at: datetime, room: str) -> TagSwept:
    return TagSwept(
        at=at, part_id="s/1", handheld="hh", room=room, spot="", by="li", epc="E2",
        holding_id="h", heard_at=heard_at, nearer="",
    )  # fmt: skip


def written(engine: Engine, *events: Event) -> list[tuple[str, Any, Any, str]]:
    ledger = Ledger(engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=events))
    ledger.commit()
    ledger.close()
    return [
        (row["place"], row["since"], row["until"], row["basis"]) for row in rows_of(engine, stays)
    ]


def test_a_stay_ends_where_the_next_begins_and_turning_back_ends_none(
    store_engine: Engine,
) -> None:
    found = written(
        store_engine,
        passed(NOON, "room-1", Direction.IN),
        passed(NOON + HOUR, "room-1", Direction.TURNED_BACK),
        passed(NOON + 2 * HOUR, OUTSIDE, Direction.OUT),
        arrived(NOON + 3 * HOUR, "room-2"),
        arrived(NOON + 4 * HOUR, "room-2"),
    )
    assert found == [
        ("room-1", NOON, NOON + 2 * HOUR, "passage"),
        (OUTSIDE, NOON + 2 * HOUR, NOON + 3 * HOUR, "passage"),
        ("room-2", NOON + 3 * HOUR, None, "zone"),
    ]
    assert rebuild(store_engine) == []


def test_what_a_person_says_of_a_passage_holds_since_that_passage(store_engine: Engine) -> None:
    found = written(
        store_engine,
        passed(NOON, "room-1", Direction.IN, "before"),
        passed(NOON + HOUR, "", Direction.UNKNOWN),
        confirmed(NOON + 5 * HOUR, OUTSIDE, Direction.OUT),
    )
    assert found == [
        ("room-1", NOON, NOON + HOUR, "passage"),
        (OUTSIDE, NOON + HOUR, None, "passage"),
    ]
    assert rebuild(store_engine) == []


def test_a_sweep_handed_in_late_says_nothing_of_what_was_heard_since(
    store_engine: Engine,
) -> None:
    found = written(
        store_engine,
        passed(NOON, "room-1", Direction.IN),
        swept(NOON + 2 * HOUR, NOON - HOUR, "room-2"),
    )
    assert found == [("room-1", NOON, None, "passage")]


def test_after_the_clock_stepped_back_no_stay_ends_before_it_began(store_engine: Engine) -> None:
    found = written(
        store_engine,
        passed(NOON, "room-1", Direction.IN),
        passed(NOON - HOUR, OUTSIDE, Direction.OUT),
    )
    assert found == [("room-1", NOON, NOON, "passage"), (OUTSIDE, NOON - HOUR, None, "passage")]


moves = st.lists(
    st.tuples(
        st.sampled_from(["room-1", "room-2", OUTSIDE, ""]),
        st.integers(-3, 30),
        st.sampled_from(["passed", "arrived", "swept"]),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(moves)
def test_stays_never_overlap_in_the_journals_order_and_only_the_last_goes_on(
    moved: list[tuple[str, int, str]],
) -> None:
    rows: dict[int, dict[str, Any]] = {}
    newest: dict[str, Any] | None = None
    for seq, (place, hours, kind) in enumerate(moved, 1):
        at = NOON + hours * HOUR
        match kind:
            case "passed":
                direction = Direction.IN if place else Direction.UNKNOWN
                event: Event = passed(at, place, direction, f"p{seq}")
            case "arrived":
                event = arrived(at, place)
            case _:
                event = swept(at, at, place)
        stay = told(event)
        assert stay is not None
        for _ in range(2):  # applying one twice changes nothing
            for row in fold_stay(newest, stay, seq):
                rows[row["seq"]] = newest = row
    ordered = [rows[seq] for seq in sorted(rows)]
    assert [row["until"] is None for row in ordered] == [False] * (len(ordered) - 1) + [True] * (
        len(ordered) > 0
    )
    for before, after in pairwise(ordered):
        assert before["place"] != after["place"]
        assert before["since"] <= before["until"]
