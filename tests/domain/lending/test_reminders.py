"""Reminders: 7 days before, on the day, 7 and 30 after; one digest a day; never after return."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.events_lending import LoanReminded, LoanReminderDue
from controller.domain.lending.reminders import digests, stage_of
from controller.domain.lending.rules import LoanRules
from controller.domain.model import Loan, LoanState

ZONE = ZoneInfo("Asia/Shanghai")
RULES = LoanRules(zone=ZONE)
DUE = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("days", "stage"),
    [(-8, None), (-7, -7), (-1, -7), (0, 0), (6, 0), (7, 7), (29, 7), (30, 30), (400, 30)],
)
def test_the_newest_reminder_that_has_become_due_counts(days: int, stage: int | None) -> None:
    assert stage_of(DUE, DUE + timedelta(days=days), None) == stage


def test_a_loan_of_a_week_is_not_announced_a_week_before() -> None:
    begun = DUE - timedelta(days=7)
    assert stage_of(DUE, DUE - timedelta(days=6), begun) is None
    assert stage_of(DUE, DUE, begun) == 0


def loan(number: int, due: datetime, *, borrower: str = "王芳", **more: object) -> Loan:
    fields: dict[str, object] = {
        "id": f"loan-{number}",
        "holding_id": f"holding-{number}",
        "borrower": borrower,
        "purpose": "",
        "due": due,
        "state": LoanState.ISSUED,
        "requested_by": "lin",
        "decided_by": "zhao",
    }
    return Loan(**(fields | more))  # type: ignore[arg-type]


def noon(day: int) -> datetime:
    return datetime(2026, 3, day, 12, tzinfo=ZONE).astimezone(UTC)


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"digest-{next(numbers)}"


def test_one_borrower_gets_one_digest_of_everything() -> None:
    lent = [loan(1, noon(10)), loan(2, noon(3)), loan(3, noon(10), borrower="李娜")]

    events = digests(lent, noon(10), RULES, ids())

    told = {e.borrower: e.loans for e in events if isinstance(e, LoanReminderDue)}
    assert told == {"王芳": {"loan-1": "0", "loan-2": "7"}, "李娜": {"loan-3": "0"}}


def test_nobody_is_reminded_before_the_hour_nor_twice_a_day_nor_after_the_return() -> None:
    early = datetime(2026, 3, 10, 7, 59, tzinfo=ZONE)
    assert digests([loan(1, noon(10))], early, RULES, ids()) == []
    told = loan(1, noon(9), stage=0, reminded_at=noon(10))
    assert digests([told, loan(2, noon(10))], noon(10), RULES, ids()) == []
    back = loan(1, noon(10), state=LoanState.RETURNED)
    assert digests([back], noon(10), RULES, ids()) == []


@given(
    looks=st.lists(st.integers(0, 24 * 90), max_size=60).map(sorted),
    dues=st.lists(st.integers(0, 60), min_size=1, max_size=4),
    returned=st.integers(0, 90),
)
def test_however_often_one_looks_there_are_four_reminders_a_loan_and_one_digest_a_day(
    looks: list[int], dues: list[int], returned: int
) -> None:
    start = datetime(2026, 1, 1, tzinfo=ZONE)
    lent = {f"loan-{n}": loan(n, start + timedelta(days=due)) for n, due in enumerate(dues)}
    stages: dict[str, list[int]] = {each: [] for each in lent}
    days: list[date] = []
    new_id = ids()
    for hour in looks:
        at = start + timedelta(hours=hour)
        if at >= start + timedelta(days=returned):
            lent = {k: _with(each, state=LoanState.RETURNED) for k, each in lent.items()}
        for event in digests(lent.values(), at, RULES, new_id):
            assert at < start + timedelta(days=returned)
            if isinstance(event, LoanReminded):
                stages[event.loan_id].append(event.stage)
                known = lent[event.loan_id]
                lent[event.loan_id] = _with(known, stage=event.stage, reminded_at=event.at)
            elif isinstance(event, LoanReminderDue):
                days.append(event.at.astimezone(ZONE).date())
    assert len(days) == len(set(days))
    for told in stages.values():
        assert told == sorted(set(told))
        assert len(told) <= 4


def _with(known: Loan, **changed: object) -> Loan:
    return replace(known, **changed)  # type: ignore[arg-type]
