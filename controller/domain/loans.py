"""Loans: requested by one person, decided by another, closed by whoever has the thing in hand."""

from collections.abc import Callable

from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events import LoanApproved, LoanRejected, LoanRequested, LoanReturned
from controller.domain.model import Loan, LoanState, Registry
from controller.domain.requests import ApproveLoan, Asked, RejectLoan, RequestLoan, ReturnLoan


class Loans:
    """Decides on loan requests; each gets exactly one answer."""

    def __init__(self, registry: Registry, new_id: Callable[[], str]) -> None:
        self._registry = registry
        self._new_id = new_id

    def request(self, message: RequestLoan) -> Decision:
        """Note that a holding is wanted.

        Refused with ``no_such_holding``, ``loan_open``, ``borrower_missing``, ``due_in_past``.
        """
        at = message.asked.at.utc
        if not message.borrower.strip():
            return refused(message.asked, "borrower_missing")
        if message.due <= at:
            return refused(message.asked, "due_in_past", due=message.due.isoformat())
        if self._registry.holding(message.holding_id) is None:
            return refused(message.asked, "no_such_holding", holding_id=message.holding_id)
        open_loan = self._registry.open_loan(message.holding_id)
        if open_loan is not None:
            return refused(
                message.asked,
                "loan_open",
                loan_id=open_loan.id,
                state=open_loan.state,
                borrower=open_loan.borrower,
            )
        event = LoanRequested(
            at=at,
            loan_id=self._new_id(),
            holding_id=message.holding_id,
            borrower=message.borrower.strip(),
            purpose=message.purpose,
            due=message.due,
            by=message.asked.by,
        )
        return Decision(events=(event,), answers=(accepted(message.asked, loan_id=event.loan_id),))

    def approve(self, message: ApproveLoan) -> tuple[Decision, Loan | None]:
        """Let it leave; the loan if it was approved.

        Refused with ``no_such_loan``, ``not_requested``, ``same_person``, ``due_in_past``.
        """
        loan = self._registry.loan(message.loan_id)
        if loan is None or loan.state is not LoanState.REQUESTED:
            return _wrong_state(message.asked, message.loan_id, loan, "not_requested"), None
        if loan.requested_by == message.asked.by:
            return refused(message.asked, "same_person", requested_by=loan.requested_by), None
        if loan.due <= message.asked.at.utc:
            return refused(message.asked, "due_in_past", due=loan.due.isoformat()), None
        event = LoanApproved(
            at=message.asked.at.utc,
            loan_id=loan.id,
            holding_id=loan.holding_id,
            by=message.asked.by,
        )
        answers = (accepted(message.asked, loan_id=loan.id),)
        return Decision(events=(event,), answers=answers), loan

    def reject(self, message: RejectLoan) -> Decision:
        """Say no. Refused with ``no_such_loan``, ``not_requested``."""
        loan = self._registry.loan(message.loan_id)
        if loan is None or loan.state is not LoanState.REQUESTED:
            return _wrong_state(message.asked, message.loan_id, loan, "not_requested")
        event = LoanRejected(
            at=message.asked.at.utc,
            loan_id=loan.id,
            holding_id=loan.holding_id,
            by=message.asked.by,
            reason=message.reason,
        )
        return Decision(events=(event,), answers=(accepted(message.asked, loan_id=loan.id),))

    def give_back(self, message: ReturnLoan) -> Decision:
        """Close it. Refused with ``no_such_loan``, ``not_approved``."""
        loan = self._registry.loan(message.loan_id)
        if loan is None or loan.state is not LoanState.APPROVED:
            return _wrong_state(message.asked, message.loan_id, loan, "not_approved")
        event = LoanReturned(
            at=message.asked.at.utc,
            loan_id=loan.id,
            holding_id=loan.holding_id,
            by=message.asked.by,
        )
        return Decision(events=(event,), answers=(accepted(message.asked, loan_id=loan.id),))


def _wrong_state(asked: Asked, loan_id: str, loan: Loan | None, code: str) -> Decision:
    if loan is None:
        return refused(asked, "no_such_loan", loan_id=loan_id)
    return refused(asked, code, loan_id=loan_id, state=loan.state)
