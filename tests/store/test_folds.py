"""What each event does to the derived tables, stated again and independently."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from controller.domain.decision import Decision
from controller.domain.events import (
    AisleOpened,
    AisleOpening,
    AisleRefused,
    AlarmAcknowledged,
    AlarmRaised,
    AlarmReturnedToNormal,
    DeviceFailed,
    DeviceRecovered,
    Event,
    ExitAuthorised,
    LoanApproved,
    LoanRequested,
    LoanReturned,
    RackChanged,
    ReturnProposed,
    TagBound,
    TagUnbound,
)
from controller.domain.model import AlarmKind, AuthorityKind, Direction, Priority
from controller.store import journal, projections
from controller.store.alarms.tables import alarms
from controller.store.ledger import Ledger
from controller.store.schema import devices, loans, racks, tag_bindings, whereabouts
from drivers.observations import RackMode
from tests.store.events import NOON, any_events, passage
from tests.store.plain import Unpublished, rows_of

RAISED = AlarmRaised(
    at=NOON,
    alarm_id="a1",
    kind=AlarmKind.UNAUTHORISED_EXIT,
    source="door-1",
    subject="J001",
    holding_id="h1",
    priority=Priority.HIGH,
    detail={},
)
SEEN = AlarmAcknowledged(at=NOON, alarm_id="a1", by="li", note="looking")
GONE = AlarmReturnedToNormal(at=NOON, alarm_id="a1", reason="back inside")
REQUESTED = LoanRequested(
    at=NOON,
    loan_id="l1",
    holding_id="h1",
    borrower="Zhao",
    purpose="study",
    due=NOON + timedelta(days=7),
    by="li",
)
APPROVED = LoanApproved(at=NOON, loan_id="l1", holding_id="h1", by="wang")
RETURNED = LoanReturned(at=NOON, loan_id="l1", holding_id="h1", by="li")


def tell(engine: Engine, *events: Event) -> None:
    ledger = Ledger(engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=events))
    ledger.commit()
    ledger.close()


def only(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("events", "state", "occurrences"),
    [
        ((RAISED,), "unacknowledged", 1),
        ((RAISED, RAISED), "unacknowledged", 2),
        ((RAISED, SEEN), "acknowledged", 1),
        ((RAISED, SEEN, SEEN), "acknowledged", 1),
        ((RAISED, SEEN, GONE), "normal", 1),
        ((RAISED, GONE), "returned_unacknowledged", 1),
        ((RAISED, GONE, GONE), "returned_unacknowledged", 1),
        ((RAISED, GONE, SEEN), "normal", 1),
        ((RAISED, GONE, SEEN, SEEN, GONE), "normal", 1),
        ((RAISED, SEEN, RAISED), "unacknowledged", 2),
        ((RAISED, SEEN, GONE, RAISED), "unacknowledged", 2),
        ((RAISED, GONE, RAISED), "unacknowledged", 2),
    ],
)
def test_an_alarm_goes_through_the_states_of_isa_18_2(
    sqlite_engine: Engine, events: tuple[Event, ...], state: str, occurrences: int
) -> None:
    tell(sqlite_engine, *events)
    alarm = only(rows_of(sqlite_engine, alarms))
    assert (alarm["state"], alarm["occurrences"]) == (state, occurrences)


def test_a_new_occurrence_forgets_who_acknowledged_the_last_one(sqlite_engine: Engine) -> None:
    tell(sqlite_engine, RAISED, SEEN, GONE, RAISED)
    alarm = only(rows_of(sqlite_engine, alarms))
    forgotten = ("acknowledged_at", "acknowledged_by", "returned_at")
    assert [alarm[name] for name in forgotten] == [None, None, None]
    assert (alarm["note"], alarm["return_reason"]) == ("", "")


def test_acknowledging_an_alarm_that_never_was_makes_none(sqlite_engine: Engine) -> None:
    tell(sqlite_engine, SEEN, GONE)
    assert rows_of(sqlite_engine, alarms) == []


def test_the_last_decided_passage_says_where_a_holding_is(sqlite_engine: Engine) -> None:
    tell(sqlite_engine, passage(1), passage(2, direction=Direction.IN))
    row = only(rows_of(sqlite_engine, whereabouts))
    assert (row["place"], row["direction"], row["passage_id"]) == ("room-1", "in", "p2")
    assert row["since"] == NOON + timedelta(seconds=2)


def test_turning_back_moves_nothing_and_makes_nothing(sqlite_engine: Engine) -> None:
    tell(sqlite_engine, passage(1, direction=Direction.TURNED_BACK))
    assert rows_of(sqlite_engine, whereabouts) == []
    tell(sqlite_engine, passage(2), passage(3, direction=Direction.TURNED_BACK))
    assert only(rows_of(sqlite_engine, whereabouts))["passage_id"] == "p2"


def test_an_undecided_passage_leaves_the_place_open(sqlite_engine: Engine) -> None:
    tell(sqlite_engine, passage(1), passage(2, direction=Direction.UNKNOWN))
    row = only(rows_of(sqlite_engine, whereabouts))
    assert (row["place"], row["direction"]) == ("", "unknown")


def test_a_tag_that_stands_for_nothing_has_no_whereabouts(sqlite_engine: Engine) -> None:
    tell(sqlite_engine, passage(1, holding_id=None))
    assert rows_of(sqlite_engine, whereabouts) == []


def test_a_loan_is_moved_on_by_people_and_only_noted_by_the_door(sqlite_engine: Engine) -> None:
    left = ExitAuthorised(
        at=NOON + timedelta(hours=1), passage_id="p1", door="door-1", holding_id="h1",
        reference_code="J001", authority=AuthorityKind.LOAN, authority_id="l1", holder="Zhao",
    )  # fmt: skip
    back = ReturnProposed(
        at=NOON + timedelta(hours=2), passage_id="p2", door="door-1", holding_id="h1",
        reference_code="J001", loan_id="l1",
    )  # fmt: skip
    tell(sqlite_engine, REQUESTED, APPROVED, left, back)
    loan = only(rows_of(sqlite_engine, loans))
    assert (loan["state"], loan["requested_by"], loan["decided_by"]) == ("approved", "li", "wang")
    assert (loan["left_at"], loan["return_proposed_at"]) == (left.at, back.at)
    tell(sqlite_engine, RETURNED)
    loan = only(rows_of(sqlite_engine, loans))
    assert (loan["state"], loan["returned_by"]) == ("returned", "li")


def test_a_tag_stands_for_one_holding_and_a_holding_may_have_several_tags(
    sqlite_engine: Engine,
) -> None:
    def bound(epc: str, holding: str) -> TagBound:
        return TagBound(at=NOON, epc=epc, holding_id=holding, by="li")

    tell(sqlite_engine, bound("E1", "h1"), bound("E2", "h1"), bound("E1", "h2"))
    active = {
        (row["epc"], row["holding_id"])
        for row in rows_of(sqlite_engine, tag_bindings)
        if row["unbound_at"] is None
    }
    assert active == {("E2", "h1"), ("E1", "h2")}
    tell(sqlite_engine, TagUnbound(at=NOON, epc="E1", holding_id="h1", by="li"))  # no longer so
    tell(sqlite_engine, TagUnbound(at=NOON, epc="E2", holding_id="h1", by="li"))
    rows = rows_of(sqlite_engine, tag_bindings)
    assert [row["epc"] for row in rows if row["unbound_at"] is None] == ["E1"]
    assert len(rows) == 3


def test_a_rack_keeps_its_last_motion_beside_its_own_account(sqlite_engine: Engine) -> None:
    opening = AisleOpening(at=NOON, rack="rack-1", aisle=3, command_id="c1", by="li")
    tell(sqlite_engine, opening)
    assert only(rows_of(sqlite_engine, racks))["mode"] == "unknown"
    changed = RackChanged(
        at=NOON, rack="rack-1", mode=RackMode.MOVING, open_aisle=None, occupied="", fault_code=0
    )
    tell(sqlite_engine, changed)
    rack = only(rows_of(sqlite_engine, racks))
    assert (rack["mode"], rack["last_result"]) == ("moving", "opening:3")
    tell(sqlite_engine, AisleOpened(at=NOON, rack="rack-1", aisle=3, command_id="c1"))
    refused = AisleRefused(at=NOON, rack="rack-1", aisle=2, by="li", reason="aisle_occupied:3")
    assert only(rows_of(sqlite_engine, racks))["last_result"] == "opened:3"
    tell(sqlite_engine, refused)
    assert only(rows_of(sqlite_engine, racks))["last_result"] == "refused:2:aisle_occupied:3"


def test_a_device_is_lost_or_online(sqlite_engine: Engine) -> None:
    tell(sqlite_engine, DeviceFailed(at=NOON, device="door-1", reason="no answer"))
    assert only(rows_of(sqlite_engine, devices))["state"] == "lost"
    tell(sqlite_engine, DeviceRecovered(at=NOON, device="door-1", detail="R700"))
    device = only(rows_of(sqlite_engine, devices))
    assert (device["state"], device["detail"]) == ("online", "R700")


def test_texts_too_long_or_unstorable_are_cut_instead_of_stopping_us(store_engine: Engine) -> None:
    worst = AlarmAcknowledged(at=NOON, alarm_id="a1", by="li" * 99, note="x\x00\ud800" + "长" * 600)
    tell(store_engine, RAISED, worst)
    alarm = only(rows_of(store_engine, alarms))
    assert alarm["note"] == "x?" + "长" * 498
    assert len(alarm["acknowledged_by"]) == 64


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=any_events, cut=st.integers(0, 40))
def test_applying_events_again_changes_nothing(
    store_engine: Engine, events: list[Event], cut: int
) -> None:
    tell(store_engine, *events)
    before = {table.name: rows_of(store_engine, table) for table in projections.DERIVED}
    with store_engine.begin() as connection:
        recorded = journal.read(connection, after=0, limit=10_000)
        projections.apply(connection, recorded[:cut])
        projections.apply(connection, recorded)
    after = {table.name: rows_of(store_engine, table) for table in projections.DERIVED}
    assert after == before
