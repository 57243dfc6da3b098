"""Loans: requested by one person, decided by another, in the order of asking.

Of one holding one loan has the turn; approved ones after it wait in a queue until it is over.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events import Event, LoanApproved, LoanRejected, LoanRequested
from controller.domain.events_lending import LoanCancelled, LoanLapsed, LoanQueued, LoanTurnCame
from controller.domain.lending.rules import LoanRules
from controller.domain.lending.states import Step, objection
from controller.domain.model import Holding, Loan, LoanState, Registry
from controller.domain.model_lending import HAS_TURN
from controller.domain.requests import ApproveLoan, Asked, RejectLoan, RequestLoan
from controller.domain.requests_lending import CancelLoan

_DEEPEST = 8
"""A file in a box in a crate …: so far up a loan of the whole is looked for."""
BORROWER = "borrower"
"""The borrower among ``RequestLoan.persons``; all others are relatives."""


class Loans:
    """Decides on loan requests; each gets exactly one answer."""

    def __init__(self, registry: Registry, rules: LoanRules, new_id: Callable[[], str]) -> None:
        self._registry = registry
        self._rules = rules
        self._new_id = new_id

    def request(self, message: RequestLoan) -> Decision:
        """Note that a holding is wanted.

        Refused with ``no_such_holding``, ``loan_open`` (that borrower has asked for it already),
        ``borrower_missing``, ``due_in_past``, ``not_lent`` (its class never leaves the house),
        ``identity_missing`` or ``own_file`` (it is about the borrower, or a relative of theirs).
        """
        asked, borrower = message.asked, message.borrower.strip()
        if not borrower:
            return refused(asked, "borrower_missing")
        if message.due <= asked.at.utc:
            return refused(asked, "due_in_past", due=message.due.isoformat())
        holding = self._registry.holding(message.holding_id)
        if holding is None:
            return refused(asked, "no_such_holding", holding_id=message.holding_id)
        code = self._forbidden(message, holding)
        if code is not None:
            return refused(asked, code, holding_id=holding.id)
        for loan in self._registry.open_loans(holding.id):
            if loan.borrower == borrower:
                return refused(
                    asked, "loan_open", loan_id=loan.id, state=loan.state, borrower=borrower
                )
        event = LoanRequested(
            at=asked.at.utc,
            loan_id=self._new_id(),
            holding_id=holding.id,
            borrower=borrower,
            purpose=message.purpose,
            due=message.due,
            by=asked.by,
        )
        answer = accepted(asked, loan_id=event.loan_id)
        return Decision(events=(event,), answers=(answer,))

    def approve(self, message: ApproveLoan) -> Decision:
        """Let it leave, or get in line for it.

        Refused with ``no_such_loan``, ``not_requested``, ``same_person``, ``due_in_past``,
        ``not_lent``, ``too_long``.
        """
        asked = message.asked
        loan = self._registry.loan(message.loan_id)
        if loan is None or (code := objection(loan, Step.APPROVE)) is not None:
            return wrong_state(asked, message.loan_id, loan, Step.APPROVE)
        if loan.requested_by == asked.by:
            return refused(asked, "same_person", requested_by=loan.requested_by)
        if loan.due <= asked.at.utc:
            return refused(asked, "due_in_past", due=loan.due.isoformat())
        holding = self._registry.holding(loan.holding_id)
        code = None if holding is None else self._against(holding, loan.due, asked.at.utc)
        if code is not None:
            return refused(asked, code, loan_id=loan.id)
        before = self._before(loan, holding)
        kind: type[LoanApproved | LoanQueued] = LoanApproved if before is None else LoanQueued
        event = kind(at=asked.at.utc, loan_id=loan.id, holding_id=loan.holding_id, by=asked.by)
        more = {} if before is None else {"waits_for": before.id}
        return Decision(events=(event,), answers=(accepted(asked, loan_id=loan.id, **more),))

    def reject(self, message: RejectLoan) -> Decision:
        """Say no. Refused with ``no_such_loan``, ``not_requested``."""
        loan = self._registry.loan(message.loan_id)
        if loan is None or objection(loan, Step.REJECT) is not None:
            return wrong_state(message.asked, message.loan_id, loan, Step.REJECT)
        event = LoanRejected(
            at=message.asked.at.utc,
            loan_id=loan.id,
            holding_id=loan.holding_id,
            by=message.asked.by,
            reason=message.reason,
        )
        return Decision(events=(event,), answers=(accepted(message.asked, loan_id=loan.id),))

    def cancel(self, message: CancelLoan) -> Decision:
        """Nobody wants it. Refused with ``no_such_loan``, ``not_approved``, ``is_out``."""
        asked = message.asked
        loan = self._registry.loan(message.loan_id)
        if loan is None or objection(loan, Step.CANCEL) is not None:
            return wrong_state(asked, message.loan_id, loan, Step.CANCEL)
        event = LoanCancelled(
            at=asked.at.utc, loan_id=loan.id, holding_id=loan.holding_id, by=asked.by
        )
        events = (event, *self.after(loan, asked.at.utc))
        return Decision(events=events, answers=(accepted(asked, loan_id=loan.id),))

    def after(self, over: Loan, at: datetime) -> Iterator[Event]:
        """``over`` is over: the next in line for it, or for what lies in it, has the turn."""
        if over.state in HAS_TURN:
            yield from self._pass_on(over.holding_id, over.id, at, _DEEPEST)

    def _pass_on(self, holding_id: str, over: str, at: datetime, depth: int) -> Iterator[Event]:
        """To the next in line for the whole; only where there is none, for each thing in it."""
        for whole in self._wholes(self._registry.holding(holding_id)):
            if any(one.state in HAS_TURN for one in self._others(whole.id, over)):
                return
        for loan in self._others(holding_id, over):
            if loan.state is not LoanState.QUEUED:
                continue
            if loan.due > at:
                yield LoanTurnCame(at=at, loan_id=loan.id, holding_id=holding_id)
                return
            yield LoanLapsed(at=at, loan_id=loan.id, holding_id=holding_id, reason="due_in_past")
        for inner in self._registry.contents(holding_id) if depth else ():
            yield from self._pass_on(inner.id, over, at, depth - 1)

    def _wholes(self, holding: Holding | None) -> Iterator[Holding]:
        """The thing itself, the box it lies in, the crate around that."""
        for _ in range(_DEEPEST):
            if holding is None:
                return
            yield holding
            holding = (
                None if holding.parent_id is None else self._registry.holding(holding.parent_id)
            )

    def _others(self, holding_id: str, but: str) -> Iterator[Loan]:
        """Open loans of that holding, in the order of asking, without one."""
        return (loan for loan in self._registry.open_loans(holding_id) if loan.id != but)

    def _forbidden(self, message: RequestLoan, holding: Holding) -> str | None:
        rule = self._rules.of(holding.reference_code)
        if not rule.lends:
            return "not_lent"
        if rule.identity and BORROWER not in message.persons:
            return "identity_missing"
        about = set(self._registry.key_digests(holding.id))
        return "own_file" if about & set(message.persons.values()) else None

    def _against(self, holding: Holding, due: datetime, at: datetime) -> str | None:
        if self._registry.destroyed(holding.id):
            return "destroyed"
        rule = self._rules.of(holding.reference_code)
        if not rule.lends:
            return "not_lent"
        longest = rule.longest_days
        return "too_long" if longest is not None and due > at + timedelta(days=longest) else None

    def _before(self, loan: Loan, holding: Holding | None) -> Loan | None:
        """The loan that has the turn for it, or for what it lies in, or that waits before it."""
        for whole in self._wholes(holding):
            for other in self._others(whole.id, loan.id):
                queued = other.state is LoanState.QUEUED and whole.id == loan.holding_id
                if other.state in HAS_TURN or queued:
                    return other
        return None


def wrong_state(asked: Asked, loan_id: str, loan: Loan | None, step: Step) -> Decision:
    """The refusal of a step that the loan, if there is one, does not allow."""
    if loan is None:
        return refused(asked, "no_such_loan", loan_id=loan_id)
    return refused(asked, objection(loan, step) or "", loan_id=loan_id, state=loan.state)
