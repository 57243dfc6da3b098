"""Borrowing behind one door: asking, deciding, the desk, and what the calendar and reads add."""

from collections.abc import Callable
from typing import assert_never

from controller.domain.custody import Custody
from controller.domain.decision import Decision, together
from controller.domain.events import Event, LoanApproved
from controller.domain.events_lending import LoanTurnCame
from controller.domain.lending.deciding import Loans
from controller.domain.lending.desk import LoanDesk
from controller.domain.lending.rules import LoanRules
from controller.domain.model import Registry
from controller.domain.places import Places
from controller.domain.requests import ApproveLoan, RejectLoan, RequestLoan, ReturnLoan
from controller.domain.requests_lending import (
    CancelLoan,
    HoldLoan,
    IssueLoan,
    RecallLoan,
    RenewLoan,
    ReturnPart,
)
from drivers.observations import Moment

LoanRequest = (
    RequestLoan
    | ApproveLoan
    | RejectLoan
    | ReturnLoan
    | CancelLoan
    | HoldLoan
    | IssueLoan
    | RenewLoan
    | RecallLoan
    | ReturnPart
)


class Lending:
    """Everything about loans; what a door concludes stays with ``Custody``."""

    def __init__(
        self,
        *,
        registry: Registry,
        places: Places,
        custody: Custody,
        rules: LoanRules,
        new_id: Callable[[], str],
    ) -> None:
        self._registry = registry
        self._custody = custody
        self._loans = Loans(registry, rules, new_id)
        self._desk = LoanDesk(registry, self._loans, places, rules, new_id)

    def asked(self, message: LoanRequest) -> Decision:
        """Each request gets exactly one answer."""
        decision = self._decided(message)
        return self._answering(decision, message.asked.at)

    def tick(self, at: Moment) -> Decision:
        """Time passed."""
        return self._answering(Decision(events=self._desk.tick(at)), at)

    def followed(self, decision: Decision) -> Decision:
        """``decision``, and what it means for what was returned."""
        noticed = self._desk.noticed(decision.events)
        return together([decision, Decision(events=noticed)]) if noticed else decision

    def _decided(self, message: LoanRequest) -> Decision:
        match message:
            case RequestLoan():
                return self._loans.request(message)
            case ApproveLoan():
                return self._loans.approve(message)
            case RejectLoan():
                return self._loans.reject(message)
            case CancelLoan():
                return self._loans.cancel(message)
            case (
                ReturnLoan() | HoldLoan() | IssueLoan() | RenewLoan() | RecallLoan() | ReturnPart()
            ):
                return self._desk.asked(message)
            case _:
                assert_never(message)

    def _answering(self, decision: Decision, at: Moment) -> Decision:
        """Exits that a loan covers now are answered."""
        answered: list[Event] = []
        for event in decision.events:
            if isinstance(event, LoanApproved | LoanTurnCame):
                loan = self._registry.loan(event.loan_id)
                answered += () if loan is None else self._custody.approved(loan, at)
        return together([decision, Decision(events=tuple(answered))]) if answered else decision
