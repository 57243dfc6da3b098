"""Orders: a second person, a list that covers exactly what it names, and nothing after the fire."""

from datetime import datetime, timedelta

import pytest

from controller.domain.events import AlarmRaised, ExitAuthorised, PassageDetected
from controller.domain.events_orders import (
    HoldingDestroyed,
    OrderCarriedOut,
    OrderClosed,
    OrderLineSeen,
    OrderLineUnexpected,
)
from controller.domain.model import AuthorityKind
from controller.domain.model_orders import OrderKind
from controller.domain.model_shelving import ErrandTask
from controller.domain.requests import Request, RequestLoan
from controller.domain.requests_orders import ApproveOrder, CarryOutOrder, CloseOrder, DraftOrder
from controller.domain.requests_shelving import MakeErrands
from tests.domain.rooms import START, Room, asked, epc, events_of, straight_walk


def draft(
    *numbers: int,
    kind: OrderKind = OrderKind.TRANSFER,
    ends: datetime = START + timedelta(days=1),
) -> DraftOrder:
    return DraftOrder(
        asked=asked(0.0, by="lin"),
        order_kind=kind,
        title="2026-3",
        destination="市档案馆",
        door="door-north",
        begins=START,
        ends=ends,
        holdings={f"holding-{number}": "" for number in numbers},
    )


@pytest.fixture
def room() -> Room:
    made = Room()
    for number in (1, 2, 3):
        made.registry.add(number)
    return made


def code(room: Room, request: Request) -> str:
    return room.tell(request).answers[0].code


def approved(room: Room, message: DraftOrder, *people: str) -> str:
    order_id = room.tell(message).answers[0].detail["order_id"]
    for by in people or ("zhao",):
        assert code(room, ApproveOrder(asked=asked(1.0, by=by), order_id=order_id)) == "accepted"
    return order_id


def test_nobody_approves_what_they_wrote(room: Room) -> None:
    order = room.tell(draft(1)).answers[0].detail["order_id"]
    assert code(room, ApproveOrder(asked=asked(1.0, by="lin"), order_id=order)) == "same_person"
    assert code(room, ApproveOrder(asked=asked(1.0, by="zhao"), order_id=order)) == "accepted"
    assert code(room, ApproveOrder(asked=asked(1.0, by="sun"), order_id=order)) == "wrong_state"


def test_what_is_listed_may_leave_and_is_counted_and_what_is_not_is_an_alarm(room: Room) -> None:
    approved(room, draft(1, 2))

    listed = events_of(room.walk(straight_walk(), epc(1), until=12.0))
    stranger = events_of(room.walk(straight_walk(), epc(3), until=12.0))

    (left,) = [event for event in listed if isinstance(event, ExitAuthorised)]
    assert (left.authority, left.holder) == (AuthorityKind.TRANSFER, "市档案馆")
    assert [e.holding_id for e in listed if isinstance(e, OrderLineSeen)] == ["holding-1"]
    assert [e.holding_id for e in stranger if isinstance(e, AlarmRaised)] == ["holding-3"]
    assert [e.holding_id for e in stranger if isinstance(e, OrderLineUnexpected)] == ["holding-3"]


@pytest.mark.parametrize("state", ["draft", "late"])
def test_an_order_that_is_not_approved_or_over_lets_nothing_leave(room: Room, state: str) -> None:
    if state == "draft":
        room.tell(draft(1))
    else:
        approved(room, draft(1, ends=START + timedelta(seconds=1.5)))

    events = events_of(room.walk(straight_walk(), epc(1), until=12.0))

    assert [type(e) for e in events if isinstance(e, ExitAuthorised | AlarmRaised)] == [AlarmRaised]


def test_a_closed_order_reports_what_was_and_was_not_seen(room: Room) -> None:
    order = approved(room, draft(1, 2))
    room.walk(straight_walk(), epc(1), until=12.0)
    room.walk(straight_walk(), epc(3), until=12.0)
    assert code(room, CloseOrder(asked=asked(30.0), order_id=order)) == "wrong_state"
    room.tell(CarryOutOrder(asked=asked(30.0), order_id=order))

    (closed,) = room.tell(CloseOrder(asked=asked(31.0), order_id=order)).events

    assert isinstance(closed, OrderClosed)
    assert (closed.expected, closed.seen, closed.unexpected) == (2, 1, 1)


def test_what_must_be_kept_is_not_disposed_of(room: Room) -> None:
    room.registry.expired = {"holding-1"}
    assert code(room, draft(1, 2, kind=OrderKind.DISPOSAL)) == "must_be_kept"
    room.registry.lend(1)
    assert code(room, draft(1, kind=OrderKind.DISPOSAL)) == "lent"


def test_a_disposal_needs_two_who_approve_and_two_who_see_it_done(room: Room) -> None:
    room.registry.expired = {"holding-1"}
    order = room.tell(draft(1, kind=OrderKind.DISPOSAL)).answers[0].detail["order_id"]

    def step(kind: type[ApproveOrder] | type[CarryOutOrder], by: str) -> str:
        return code(room, kind(asked=asked(2.0, by=by), order_id=order))

    assert step(ApproveOrder, "zhao") == "accepted"
    assert step(CarryOutOrder, "lin") == "wrong_state"
    assert step(ApproveOrder, "zhao") == "same_person"
    assert step(ApproveOrder, "sun") == "accepted"
    assert step(CarryOutOrder, "lin") == "accepted"
    assert room.registry.gone == set()
    assert step(CarryOutOrder, "lin") == "same_person"

    events = room.tell(CarryOutOrder(asked=asked(3.0, by="zhao"), order_id=order)).events

    assert [type(event) for event in events] == [OrderCarriedOut, HoldingDestroyed]


def test_nothing_follows_destruction_but_an_alarm(room: Room) -> None:
    room.registry.gone = {"holding-1"}
    loan = RequestLoan(
        asked=asked(0.0),
        holding_id="holding-1",
        borrower="王芳",
        purpose="",
        due=START + timedelta(days=1),
    )
    errand = MakeErrands(asked=asked(0.0), task=ErrandTask.FETCH, holdings={"holding-1": ""})
    for request in (loan, errand, draft(1)):
        assert code(room, request) == "destroyed"

    for out in (True, False):
        start = 0.0 if out else 20.0
        events = events_of(
            room.walk(straight_walk(out=out, start=start), epc(1), until=start + 12.0)
        )
        assert {type(e) for e in events} <= {PassageDetected, AlarmRaised}
        assert any(isinstance(e, PassageDetected) for e in events)
    standing = room.stackroom._alarms.all_standing()
    assert [alarm.holding_id for alarm in standing] == ["holding-1"]
