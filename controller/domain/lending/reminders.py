"""When a borrower is reminded: a week before, on the day, a week after, a month after. No flood.

At most one digest a borrower and day, and of several reminders that have become due meanwhile
only the newest: who was away for a month is told once that it is a month.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from controller.domain.events import Event
from controller.domain.events_lending import LoanReminded, LoanReminderDue
from controller.domain.lending.rules import LoanRules
from controller.domain.model import Loan

STAGES: Final = (-7, 0, 7, 30)
"""Days since the due day."""
AHEAD: Final = timedelta(days=8)
"""Loans that are due later need not be looked at."""


def stage_of(due: date, today: date, begun: date | None) -> int | None:
    """The newest reminder that has become due; ``None``: none has.

    A loan that was given for no more than a week is not announced as due in a week.
    """
    passed = [stage for stage in STAGES if (today - due).days >= stage]
    if not passed or (passed[-1] == STAGES[0] and begun is not None and (due - begun).days <= 7):
        return None
    return passed[-1]


def digests(
    loans: Iterable[Loan], at: datetime, rules: LoanRules, new_id: Callable[[], str]
) -> list[Event]:
    """What is to be said to whom now, of ``loans`` that are out."""
    now = at.astimezone(rules.zone)
    if now.hour < rules.reminders_from_hour:
        return []
    today = now.date()
    told, due = set[str](), dict[str, list[tuple[Loan, int]]]()
    for loan in loans:
        if loan.reminded_at is not None and _day(loan.reminded_at, rules) >= today:
            told.add(loan.borrower)
        stage = _due(loan, today, rules) if loan.out else None
        if stage is not None:
            due.setdefault(loan.borrower, []).append((loan, stage))
    events: list[Event] = []
    for borrower, reminders in due.items():
        if borrower not in told:
            events += _digest(borrower, reminders, at, new_id())
    return events


def _due(loan: Loan, today: date, rules: LoanRules) -> int | None:
    begun = None if loan.decided_at is None else _day(loan.decided_at, rules)
    stage = stage_of(_day(loan.due, rules), today, begun)
    return None if stage is None or (loan.stage is not None and loan.stage >= stage) else stage


def _day(moment: datetime, rules: LoanRules) -> date:
    return moment.astimezone(rules.zone).date()


def _digest(
    borrower: str, reminders: list[tuple[Loan, int]], at: datetime, digest_id: str
) -> Iterable[Event]:
    for loan, stage in reminders:
        yield LoanReminded(
            at=at, loan_id=loan.id, holding_id=loan.holding_id, stage=stage, digest_id=digest_id
        )
    yield LoanReminderDue(
        at=at,
        digest_id=digest_id,
        borrower=borrower,
        loans={loan.id: str(stage) for loan, stage in reminders},
    )
