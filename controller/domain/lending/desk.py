"""The loan desk: hold, hand over, renew, recall, take back, count, and see it on its shelf again.

A read proposes; a person confirms. Being seen on its shelf ends no loan either: it only says
that what a person took back has arrived where it belongs.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, assert_never

from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events import Event, LoanReturned
from controller.domain.events_lending import (
    LoanHeld,
    LoanIssued,
    LoanLapsed,
    LoanPartlyReturned,
    LoanRecalled,
    LoanRenewed,
    LoanReshelved,
)
from controller.domain.events_presence import TagArrived, TagSwept
from controller.domain.events_shelving import ErrandEnded
from controller.domain.lending.deciding import Loans, wrong_state
from controller.domain.lending.reminders import AHEAD, digests
from controller.domain.lending.rules import ClassRule, LoanRules
from controller.domain.lending.shelved import at_home
from controller.domain.lending.states import Step, objection
from controller.domain.model import Loan, LoanState, Registry
from controller.domain.model_shelving import ErrandEnd, ErrandTask
from controller.domain.places import Places
from controller.domain.plans_presence import ListenerKind
from controller.domain.requests import ReturnLoan
from controller.domain.requests_lending import (
    HoldLoan,
    IssueLoan,
    RecallLoan,
    RenewLoan,
    ReturnPart,
)
from drivers.observations import Moment

DeskStep = HoldLoan | IssueLoan | RenewLoan | RecallLoan | ReturnLoan | ReturnPart
ROUND_S = 600.0
"""How often the calendar of loans is looked at."""


class LoanDesk:
    """Decides what happens to a loan after its approval."""

    def __init__(
        self,
        registry: Registry,
        loans: Loans,
        places: Places,
        rules: LoanRules,
        new_id: Callable[[], str],
    ) -> None:
        self._registry = registry
        self._loans = loans
        self._places = places
        self._rules = rules
        self._new_id = new_id
        self._looked: float | None = None

    def asked(self, message: DeskStep) -> Decision:
        """Each request gets exactly one answer.

        Refused with ``no_such_loan``, ``not_approved``, ``is_out``, ``not_out``, and with what
        the steps below say.
        """
        step = _STEPS[type(message)]
        loan = self._registry.loan(message.loan_id)
        if loan is None or objection(loan, step) is not None:
            return wrong_state(message.asked, message.loan_id, loan, step)
        events = self._done(message, loan)
        if isinstance(events, str):
            return refused(message.asked, events, loan_id=loan.id, state=loan.state)
        return Decision(events=events, answers=(accepted(message.asked, loan_id=loan.id),))

    def tick(self, at: Moment) -> tuple[Event, ...]:
        """What the calendar says: reminders, and things that nobody came for."""
        if self._looked is not None and 0 <= at.monotonic_s - self._looked < ROUND_S:
            return ()
        self._looked = at.monotonic_s
        watched = self._registry.loans_to_watch(at.utc + AHEAD, at.utc - timedelta(days=1))
        events = digests(watched, at.utc, self._rules, self._new_id)
        for loan in watched:
            if self._uncollected(loan, at.utc):
                events += self._lapse(loan, at.utc)
        return tuple(events)

    def noticed(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Of what was returned: what is back where it belongs."""
        return tuple(seen for event in events for seen in self._reshelved(event))

    def _done(self, message: DeskStep, loan: Loan) -> tuple[Event, ...] | str:
        match message:
            case HoldLoan():
                until = message.asked.at.utc + timedelta(days=self._rule(loan).hold_days)
                return (LoanHeld(**_about(message, loan), until=until),)
            case IssueLoan():
                return self._issued(message, loan)
            case RenewLoan():
                return self._renewed(message, loan)
            case RecallLoan():
                return self._recalled(message, loan)
            case ReturnLoan():
                return self._returned(message, loan)
            case ReturnPart():
                return self._part(message, loan)
            case _:
                assert_never(message)

    def _issued(self, message: IssueLoan, loan: Loan) -> tuple[Event, ...] | str:
        """``due_in_past``; ``count_first``: what is counted on return is counted now."""
        if loan.due <= message.asked.at.utc:
            return "due_in_past"
        if message.pieces is None and self._rule(loan).counts:
            return "count_first"
        return (LoanIssued(**_about(message, loan), pieces=message.pieces),)

    def _renewed(self, message: RenewLoan, loan: Loan) -> tuple[Event, ...] | str:
        """``recalled``, ``somebody_waits``, ``renewed_enough``, ``not_later``, ``too_long``."""
        rule, at = self._rule(loan), message.asked.at.utc
        if loan.recalled:
            return "recalled"
        if self._waits(loan):
            return "somebody_waits"
        if loan.renewals >= rule.renewals:
            return "renewed_enough"
        if message.due <= max(loan.due, at):
            return "not_later"
        if rule.longest_days is not None and message.due > at + timedelta(days=rule.longest_days):
            return "too_long"
        return (LoanRenewed(**_about(message, loan), due=message.due),)

    def _recalled(self, message: RecallLoan, loan: Loan) -> tuple[Event, ...] | str:
        """``nobody_waits``, ``recalled`` (it is, already)."""
        if loan.recalled:
            return "recalled"
        if not self._waits(loan):
            return "nobody_waits"
        soon = message.asked.at.utc + timedelta(days=self._rule(loan).recall_days)
        return (LoanRecalled(**_about(message, loan), due=min(loan.due, soon)),)

    def _returned(self, message: ReturnLoan, loan: Loan) -> tuple[Event, ...] | str:
        """``count_first``; ``pieces_differ``: say what came back, it is a return in part."""
        if message.pieces is None and self._rule(loan).counts:
            return "count_first"
        expected = loan.pieces
        if message.pieces is not None and expected is not None and message.pieces != expected:
            return "pieces_differ"
        event = LoanReturned(**_about(message, loan))
        return (event, *self._loans.after(loan, event.at))

    def _part(self, message: ReturnPart, loan: Loan) -> tuple[Event, ...] | str:
        """``nothing_out`` (by this account all is back), ``not_in_it``, ``pieces_differ``."""
        inside = {holding.id for holding in self._registry.contents(loan.holding_id)}
        if not message.still_out.keys() <= inside:
            return "not_in_it"
        if not message.still_out and (message.pieces is None or loan.pieces is None):
            return "nothing_out"
        if message.pieces is not None and message.pieces < 1:
            return "pieces_differ"
        if message.pieces is not None and loan.pieces is not None and message.pieces >= loan.pieces:
            return "pieces_differ"
        return (
            LoanPartlyReturned(
                **_about(message, loan), pieces=message.pieces, still_out=message.still_out
            ),
        )

    def _rule(self, loan: Loan) -> ClassRule:
        holding = self._registry.holding(loan.holding_id)
        return self._rules.usual if holding is None else self._rules.of(holding.reference_code)

    def _waits(self, loan: Loan) -> bool:
        """Somebody was promised that holding, or something that lies in it."""
        inside = [holding.id for holding in self._registry.contents(loan.holding_id)]
        return any(
            other.state is LoanState.QUEUED
            for each in (loan.holding_id, *inside)
            for other in self._registry.open_loans(each)
        )

    def _uncollected(self, loan: Loan, at: datetime) -> bool:
        over = loan.held_until is not None and loan.held_until <= at
        return over and objection(loan, Step.LAPSE) is None

    def _lapse(self, loan: Loan, at: datetime) -> Iterator[Event]:
        yield LoanLapsed(at=at, loan_id=loan.id, holding_id=loan.holding_id, reason="not_collected")
        yield from self._loans.after(loan, at)

    def _reshelved(self, event: Event) -> Iterator[Event]:
        seen = self._seen(event)
        loan = None if seen is None else self._registry.unshelved_loan(seen[0])
        if seen is not None and loan is not None:
            yield LoanReshelved(
                at=event.at, loan_id=loan.id, holding_id=loan.holding_id, witness=seen[1]
            )

    def _seen(self, event: Event) -> tuple[str, str] | None:
        """The holding that is where it belongs, and who says so."""
        match event:
            case ErrandEnded(task=ErrandTask.PUT_AWAY, end=ErrandEnd.DONE):
                return event.holding_id, "put_away"
            case TagArrived(listener=ListenerKind.SHELF, holding_id=str() as holding_id):
                seen, witness = self._at_home(holding_id, event.spot, antenna=True), "shelf"
            case TagSwept(holding_id=str() as holding_id):
                seen, witness = self._at_home(holding_id, event.spot, antenna=False), "sweep"
            case _:
                return None
        return (holding_id, witness) if seen else None

    def _at_home(self, holding_id: str, spot: str, *, antenna: bool) -> bool:
        holding = self._registry.holding(holding_id)
        home = "" if holding is None else holding.home
        return at_home(self._places, home, spot, antenna=antenna)


_STEPS: dict[type[DeskStep], Step] = {
    HoldLoan: Step.HOLD,
    IssueLoan: Step.ISSUE,
    RenewLoan: Step.RENEW,
    RecallLoan: Step.RECALL,
    ReturnLoan: Step.RETURN,
    ReturnPart: Step.RETURN_PART,
}


def _about(message: DeskStep, loan: Loan) -> dict[str, Any]:
    asked = message.asked
    return {"at": asked.at.utc, "loan_id": loan.id, "holding_id": loan.holding_id, "by": asked.by}
