"""What people ask for: each request gets exactly one answer, and no one approves their own."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.events import LoanApproved, LoanRejected, LoanRequested, LoanReturned
from controller.domain.model import LoanState
from controller.domain.requests import (
    AcknowledgeAlarm,
    ApproveLoan,
    Asked,
    RejectLoan,
    Request,
    RequestAisle,
    RequestLoan,
    RequestStop,
    ReturnLoan,
)
from drivers.observations import DeviceLost, Presence, RackMode, RackStatus
from tests.domain.rooms import RACK, START, Room, asked, epc, moment, straight_walk

TOMORROW = START + timedelta(days=1)


@pytest.fixture
def room() -> Room:
    made = Room()
    made.registry.add(1)
    return made


def ask_loan(**parts: object) -> RequestLoan:
    fields: dict[str, object] = {
        "asked": asked(0.0, by="lin"),
        "holding_id": "holding-1",
        "borrower": "王芳",
        "purpose": "查档",
        "due": TOMORROW,
    }
    return RequestLoan(**(fields | parts))  # type: ignore[arg-type]


def test_a_loan_goes_from_hand_to_hand(room: Room) -> None:
    requested = room.tell(ask_loan())
    (event,) = requested.events
    assert isinstance(event, LoanRequested)
    assert requested.answers[0].detail == {"loan_id": event.loan_id}

    approved = room.tell(ApproveLoan(asked=asked(1.0, by="zhao"), loan_id=event.loan_id))
    returned = room.tell(ReturnLoan(asked=asked(2.0, by="lin"), loan_id=event.loan_id))

    assert [type(e) for e in approved.events] == [LoanApproved]
    assert [type(e) for e in returned.events] == [LoanReturned]
    assert room.registry.loans[event.loan_id].state is LoanState.RETURNED


def test_nobody_approves_what_they_asked_for(room: Room) -> None:
    room.registry.lend(1, LoanState.REQUESTED)

    decision = room.tell(ApproveLoan(asked=asked(0.0, by="lin"), loan_id="loan-1"))

    assert decision.answers[0].code == "same_person"
    assert decision.events == ()


def test_a_rejected_loan_keeps_its_reason(room: Room) -> None:
    room.registry.lend(1, LoanState.REQUESTED)

    message = RejectLoan(asked=asked(0.0, by="zhao"), loan_id="loan-1", reason="涉密")
    (event,) = room.tell(message).events

    assert isinstance(event, LoanRejected)
    assert event.reason == "涉密"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"holding_id": "holding-9"}, "no_such_holding"),
        ({"borrower": "  "}, "borrower_missing"),
        ({"due": START - timedelta(seconds=1)}, "due_in_past"),
        ({"due": START}, "due_in_past"),
    ],
)
def test_a_loan_that_makes_no_sense_is_refused(
    room: Room, parts: dict[str, object], code: str
) -> None:
    decision = room.tell(ask_loan(**parts))

    assert (decision.answers[0].accepted, decision.answers[0].code) == (False, code)
    assert decision.events == ()


@pytest.mark.parametrize("state", [LoanState.REQUESTED, LoanState.APPROVED])
def test_one_borrower_asks_for_a_holding_once(room: Room, state: LoanState) -> None:
    room.registry.lend(1, state)

    assert room.tell(ask_loan()).answers[0].code == "loan_open"


@pytest.mark.parametrize("state", [LoanState.REJECTED, LoanState.RETURNED])
def test_a_loan_that_is_over_stands_in_nobodys_way(room: Room, state: LoanState) -> None:
    room.registry.lend(1, state)

    assert room.tell(ask_loan()).answers[0].accepted


@pytest.mark.parametrize(
    ("state", "approve", "reject", "give_back"),
    [
        (LoanState.REQUESTED, "accepted", "accepted", "not_approved"),
        (LoanState.QUEUED, "not_requested", "not_requested", "not_approved"),
        (LoanState.APPROVED, "not_requested", "not_requested", "accepted"),
        (LoanState.RESERVED, "not_requested", "not_requested", "accepted"),
        (LoanState.ISSUED, "not_requested", "not_requested", "accepted"),
        (LoanState.PARTLY_RETURNED, "not_requested", "not_requested", "accepted"),
        (LoanState.CANCELLED, "not_requested", "not_requested", "not_approved"),
        (LoanState.LAPSED, "not_requested", "not_requested", "not_approved"),
        (LoanState.REJECTED, "not_requested", "not_requested", "not_approved"),
        (LoanState.RETURNED, "not_requested", "not_requested", "not_approved"),
        (None, "no_such_loan", "no_such_loan", "no_such_loan"),
    ],
)
def test_every_step_needs_its_state(
    state: LoanState | None, approve: str, reject: str, give_back: str
) -> None:
    by = asked(0.0, by="zhao")
    messages: list[tuple[Request, str]] = [
        (ApproveLoan(asked=by, loan_id="loan-1"), approve),
        (RejectLoan(asked=by, loan_id="loan-1", reason=""), reject),
        (ReturnLoan(asked=by, loan_id="loan-1"), give_back),
    ]
    for message, code in messages:
        room = Room()
        room.registry.add(1)
        if state is not None:
            room.registry.lend(1, state)
        decision = room.tell(message)
        assert decision.answers[0].code == code
        assert bool(decision.events) is (code == "accepted")


def test_a_loan_whose_time_is_over_is_not_approved_any_more(room: Room) -> None:
    loan = room.registry.lend(1, LoanState.REQUESTED)
    late = (loan.due - START).total_seconds() + 1.0

    decision = room.tell(ApproveLoan(asked=asked(late, by="zhao"), loan_id="loan-1"))

    assert decision.answers[0].code == "due_in_past"


people = st.sampled_from(["lin", "zhao"])
whos = st.builds(asked, st.floats(0.0, 100_000.0), people, st.uuids().map(str))
loan_ids = st.sampled_from(["loan-1", "loan-2", "loan-3", "loan-9"])
REQUESTS: st.SearchStrategy[Request] = st.one_of(
    st.builds(
        RequestLoan,
        asked=whos,
        holding_id=st.sampled_from(["holding-1", "holding-2", "holding-9"]),
        borrower=st.sampled_from(["王芳", "", " "]),
        purpose=st.just(""),
        due=st.datetimes().map(lambda naive: naive.replace(tzinfo=START.tzinfo)),
    ),
    st.builds(ApproveLoan, asked=whos, loan_id=loan_ids),
    st.builds(RejectLoan, asked=whos, loan_id=loan_ids, reason=st.text(max_size=5)),
    st.builds(ReturnLoan, asked=whos, loan_id=loan_ids),
    st.builds(
        AcknowledgeAlarm,
        asked=whos,
        alarm_id=st.sampled_from(
            ["unauthorised_exit:door-north:holding-1", "device_lost:rack-a", "x"]
        ),
        note=st.just(""),
    ),
    st.builds(
        RequestAisle,
        asked=whos,
        rack=st.sampled_from(["rack-a", "rack-z"]),
        aisle=st.integers(-1, 6),
    ),
    st.builds(RequestStop, asked=whos, rack=st.sampled_from(["rack-a", "rack-z"])),
)


@given(
    states=st.lists(st.sampled_from([*LoanState]), max_size=3),
    stolen=st.booleans(),
    lost=st.booleans(),
    requests=st.lists(REQUESTS, min_size=1, max_size=12),
)
def test_each_request_gets_exactly_one_answer_whatever_the_state(
    states: list[LoanState], stolen: bool, lost: bool, requests: list[Request]
) -> None:
    room = Room()
    for number, state in enumerate(states, start=1):
        room.registry.add(number)
        room.registry.lend(number, state)
    room.tell(
        RackStatus(
            at=moment(0.0),
            rack="rack-a",
            mode=RackMode.IDLE,
            open_aisle=None,
            presence=(Presence.CLEAR,) * RACK.aisles,
            fault_code=0,
        )
    )
    if stolen:
        room.walk(straight_walk(), epc(1), 6.0)
    if lost:
        room.tell(DeviceLost(at=moment(6.0), device="rack-a", reason="no answer"))
    for request in requests:
        (answer,) = room.tell(request).answers
        who: Asked = request.asked
        assert answer.request_id == who.request_id
        assert answer.accepted is (answer.code == "accepted")
