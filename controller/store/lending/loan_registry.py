"""What deciding about loans asks of the store: the newest commit, and what is not committed yet."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select

from controller.domain.events import Event
from controller.domain.model import Loan, LoanState
from controller.domain.model_lending import HAS_TURN, OPEN
from controller.store.folds import Row
from controller.store.lending.loan_folds import LOAN_KEYS, fold_loan
from controller.store.schema import loans

Ask = Callable[[Select[Any], Mapping[str, Any]], list[Row]]

_OPEN = frozenset(state.value for state in OPEN)
_TURN = frozenset(state.value for state in HAS_TURN)


class OpenLoans:
    """The loans as they will stand once the batch is committed."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._pending: dict[str, Row] = {}

    def loan(self, loan_id: str) -> Loan | None:
        """The loan of that id."""
        row = self._row(loan_id)
        return None if row is None else loan_of(row)

    def of_holding(self, holding_id: str) -> list[Loan]:
        """Those that are not over, in the order of asking."""
        rows = self._together(_OF_HOLDING, {"key": holding_id})
        mine = [r for r in rows if r["holding_id"] == holding_id and r["state"] in _OPEN]
        return [loan_of(row) for row in sorted(mine, key=_asked)]

    def with_turn(self, holding_id: str) -> Loan | None:
        """The one that has the turn, else the first that waits."""
        found = self.of_holding(holding_id)
        return min(found, key=lambda loan: loan.state not in HAS_TURN, default=None)

    def to_watch(self, before: datetime, reminded_since: datetime) -> list[Loan]:
        """Those that the calendar may have something to say about, in the order of asking."""
        rows = self._together(_TO_WATCH, {"before": before, "since": reminded_since})
        return [
            loan_of(row)
            for row in sorted(rows, key=_asked)
            if _watched(row, before) or _after(row["reminded_at"], reminded_since)
        ]

    def unshelved(self, holding_id: str) -> Loan | None:
        """The newest of that holding, if it was returned and not seen on its shelf since."""
        rows = self._together(_UNSHELVED, {"key": holding_id})
        back = [r for r in rows if r["holding_id"] == holding_id and _back(r)]
        newest = max(back, key=lambda row: row["returned_at"], default=None)
        if newest is None or newest["reshelved_at"] is not None:
            return None
        return loan_of(newest)

    def note(self, event: Event, seq: int) -> None:
        """Answer from now on as if ``event`` were committed."""
        key = getattr(event, LOAN_KEYS[type(event)])
        row = fold_loan(self._row(key), event, seq)
        if row is not None:
            self._pending[key] = row

    def settle(self) -> None:
        """What was pending is committed: the table knows it."""
        self._pending.clear()

    def _row(self, loan_id: str) -> Row | None:
        if loan_id in self._pending:
            return self._pending[loan_id]
        rows = self._ask(_BY_ID, {"key": loan_id})
        return rows[0] if rows else None

    def _together(self, query: Select[Any], values: Mapping[str, Any]) -> list[Row]:
        stored = [row for row in self._ask(query, values) if row["id"] not in self._pending]
        return [*stored, *self._pending.values()]


_BY_ID = select(loans).where(loans.c.id == bindparam("key"))
_OF_HOLDING = select(loans).where(
    loans.c.holding_id == bindparam("key"), loans.c.state.in_(sorted(_OPEN))
)
_TO_WATCH = select(loans).where(
    or_(
        and_(loans.c.state.in_(sorted(_TURN)), loans.c.due < bindparam("before")),
        and_(loans.c.state.in_(sorted(_TURN)), loans.c.held_until < bindparam("before")),
        loans.c.reminded_at >= bindparam("since"),
    )
)
_UNSHELVED = (
    select(loans)
    .where(loans.c.holding_id == bindparam("key"), loans.c.state == LoanState.RETURNED.value)
    .order_by(loans.c.returned_at.desc())
    .limit(1)
)


def _asked(row: Row) -> tuple[datetime, str]:
    return row["requested_at"], row["id"]


def _back(row: Row) -> bool:
    return bool(row["state"] == LoanState.RETURNED.value)


def _watched(row: Row, before: datetime) -> bool:
    held = row["held_until"] is not None and row["held_until"] < before
    return row["state"] in _TURN and (row["due"] < before or held)


def _after(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment >= since


def loan_of(row: Row) -> Loan:
    """A row of the table, as the domain has it."""
    return Loan(
        id=row["id"],
        holding_id=row["holding_id"],
        borrower=row["borrower"],
        purpose=row["purpose"],
        due=row["due"],
        state=LoanState(row["state"]),
        requested_by=row["requested_by"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        left_at=row["left_at"],
        held_until=row["held_until"],
        renewals=row["renewals"],
        recalled=row["recalled_at"] is not None,
        pieces=row["pieces"],
        stage=row["stage"],
        reminded_at=row["reminded_at"],
    )
