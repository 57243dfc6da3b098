"""What each event does to the row of a loan: only people and the calendar move it on."""

from controller.domain.events import (
    Event,
    ExitAuthorised,
    LoanApproved,
    LoanRejected,
    LoanRequested,
    LoanReturned,
    ReturnProposed,
)
from controller.domain.events_lending import (
    LoanCancelled,
    LoanHeld,
    LoanIssued,
    LoanLapsed,
    LoanPartlyReturned,
    LoanQueued,
    LoanRecalled,
    LoanReminded,
    LoanRenewed,
    LoanReshelved,
    LoanTurnCame,
)
from controller.domain.model import AuthorityKind, LoanState
from controller.store.folds import Keys, Row

LOAN_KEYS: Keys = {
    LoanRequested: "loan_id",
    LoanApproved: "loan_id",
    LoanRejected: "loan_id",
    LoanReturned: "loan_id",
    LoanQueued: "loan_id",
    LoanTurnCame: "loan_id",
    LoanHeld: "loan_id",
    LoanIssued: "loan_id",
    LoanRenewed: "loan_id",
    LoanRecalled: "loan_id",
    LoanCancelled: "loan_id",
    LoanLapsed: "loan_id",
    LoanPartlyReturned: "loan_id",
    LoanReshelved: "loan_id",
    LoanReminded: "loan_id",
    ExitAuthorised: "authority_id",
    ReturnProposed: "loan_id",
}


def fold_loan(row: Row | None, event: Event, seq: int) -> Row | None:
    """The row after ``event``; the door writes down only what it saw."""
    if isinstance(event, LoanRequested):
        return _requested(event, seq)
    if row is None:
        return None
    changed = _decided(event)
    if changed is None:
        changed = _handled(row, event)
    if changed is None:
        changed = _noted(event)
    return None if changed is None else row | changed | {"seq": seq}


def _requested(event: LoanRequested, seq: int) -> Row:
    return {
        "id": event.loan_id,
        "holding_id": event.holding_id,
        "borrower": event.borrower,
        "purpose": event.purpose,
        "due": event.due,
        "state": LoanState.REQUESTED.value,
        "requested_by": event.by,
        "requested_at": event.at,
        "decided_by": None,
        "decided_at": None,
        "reason": "",
        "left_at": None,
        "return_proposed_at": None,
        "returned_at": None,
        "returned_by": None,
        "seq": seq,
        "turn_at": None,
        "held_until": None,
        "issued_at": None,
        "issued_by": None,
        "renewals": 0,
        "recalled_at": None,
        "pieces": None,
        "still_out": None,
        "stage": None,
        "reminded_at": None,
        "reshelved_at": None,
    }


def _decided(event: Event) -> Row | None:
    """Yes, no, and whose turn it is."""
    match event:
        case LoanApproved():
            return _by(LoanState.APPROVED, event) | {"turn_at": event.at}
        case LoanQueued():
            return _by(LoanState.QUEUED, event)
        case LoanRejected():
            return _by(LoanState.REJECTED, event) | {"reason": event.reason}
        case LoanTurnCame():
            return {"state": LoanState.APPROVED.value, "turn_at": event.at}
        case LoanCancelled():
            return {"state": LoanState.CANCELLED.value}
        case LoanLapsed():
            return {"state": LoanState.LAPSED.value, "reason": event.reason}
        case _:
            return None


def _handled(row: Row, event: Event) -> Row | None:
    """What happens at the desk."""
    match event:
        case LoanHeld():
            return {"state": LoanState.RESERVED.value, "held_until": event.until}
        case LoanIssued():
            handed = {"issued_at": event.at, "issued_by": event.by, "pieces": event.pieces}
            return handed | {"state": LoanState.ISSUED.value, "held_until": None}
        case LoanRenewed():
            return {"due": event.due, "renewals": row["renewals"] + 1, "stage": None}
        case LoanRecalled():
            return {"due": event.due, "recalled_at": event.at, "stage": None}
        case LoanPartlyReturned():
            left = row["pieces"]
            if left is not None and event.pieces is not None:
                left -= event.pieces
            out = {"state": LoanState.PARTLY_RETURNED.value, "still_out": event.still_out}
            return out | {"pieces": left, "return_proposed_at": None}
        case LoanReturned():
            returned = {"returned_at": event.at, "returned_by": event.by}
            return returned | {"state": LoanState.RETURNED.value}
        case _:
            return None


def _noted(event: Event) -> Row | None:
    """What was seen or said, which moves nothing on."""
    match event:
        case ExitAuthorised(authority=AuthorityKind.LOAN):
            return {"left_at": event.at}
        case ReturnProposed():
            return {"return_proposed_at": event.at}
        case LoanReshelved():
            return {"reshelved_at": event.at}
        case LoanReminded():
            return {"stage": event.stage, "reminded_at": event.at}
        case _:
            return None


def _by(state: LoanState, event: LoanApproved | LoanQueued | LoanRejected) -> Row:
    return {"state": state.value, "decided_by": event.by, "decided_at": event.at}
