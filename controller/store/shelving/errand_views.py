"""Errands as people read them: by list, in words of the catalogue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from controller.domain.model import LoanState
from controller.domain.model_shelving import Errand, ErrandTask
from controller.store.schema import holdings, loans
from controller.store.shelving.errand_folds import OPEN
from controller.store.shelving.tables import errands


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandView:
    """One errand as it stands, with the holding in words."""

    id: str
    list_id: str
    task: ErrandTask
    holding_id: str
    reference_code: str | None
    title: str | None
    loan_id: str
    rack: str
    """Empty when no rack could be made out of the catalogue's place."""
    aisle: int | None
    shelf: str
    """The place by its code, else as the catalogue writes it."""
    state: str
    """``open``, ``done``, ``not_there``, ``called_off``."""
    witness: str
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """One list of errands in numbers."""

    list_id: str
    task: ErrandTask
    made_at: datetime
    made_by: str
    count: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lendable:
    """An approved loan whose holding nobody has been sent for."""

    loan_id: str
    holding_id: str
    reference_code: str | None
    title: str | None
    borrower: str
    due: datetime


def errands_of(
    connection: Connection, *, list_id: str | None = None, open_only: bool = False, limit: int
) -> list[ErrandView]:
    """Errands in the order of their making."""
    query = _ERRANDS.order_by(errands.c.id).limit(limit)
    if list_id is not None:
        query = query.where(errands.c.list_id == list_id)
    if open_only:
        query = query.where(errands.c.state == OPEN)
    return [_view(row) for row in connection.execute(query).mappings()]


def errand(connection: Connection, errand_id: str) -> ErrandView | None:
    """The errand of that id."""
    row = connection.execute(_ERRANDS.where(errands.c.id == errand_id)).mappings().one_or_none()
    return None if row is None else _view(row)


def lists(connection: Connection, *, limit: int) -> list[ListView]:
    """The newest lists, those with open errands first."""
    open_ones = func.sum((errands.c.state == OPEN).cast(errands.c.seq.type))
    query = (
        select(
            errands.c.list_id,
            func.min(errands.c.task),
            func.min(errands.c.made_at),
            func.min(errands.c.made_by),
            func.count(),
            open_ones,
        )
        .group_by(errands.c.list_id)
        .order_by((open_ones > 0).desc(), func.min(errands.c.id).desc())
        .limit(limit)
    )
    return [
        ListView(
            list_id=list_id,
            task=ErrandTask(task),
            made_at=made_at,
            made_by=made_by,
            count=count,
            open=int(still),
        )
        for list_id, task, made_at, made_by, count, still in connection.execute(query)
    ]


def lendable(connection: Connection, *, limit: int) -> list[Lendable]:
    """Approved loans that have not left and that nobody was sent for, the earliest due first."""
    sent = select(errands.c.id).where(errands.c.loan_id == loans.c.id).exists()
    query = (
        select(
            loans.c.id,
            loans.c.holding_id,
            holdings.c.reference_code,
            holdings.c.title,
            loans.c.borrower,
            loans.c.due,
        )
        .outerjoin(holdings, holdings.c.id == loans.c.holding_id)
        .where(loans.c.state == LoanState.APPROVED.value, loans.c.left_at.is_(None), ~sent)
        .order_by(loans.c.due)
        .limit(limit)
    )
    return [
        Lendable(
            loan_id=loan_id,
            holding_id=holding_id,
            reference_code=code,
            title=title,
            borrower=borrower,
            due=due,
        )
        for loan_id, holding_id, code, title, borrower, due in connection.execute(query)
    ]


def open_errands(connection: Connection) -> tuple[Errand, ...]:
    """What a controller that starts takes over."""
    query = select(errands).where(errands.c.state == OPEN).order_by(errands.c.id)
    return tuple(
        Errand(
            id=row.id,
            task=ErrandTask(row.task),
            holding_id=row.holding_id,
            rack=row.rack,
            aisle=row.aisle,
            place=row.shelf,
        )
        for row in connection.execute(query)
    )


_ERRANDS = select(
    *[column for column in errands.c if column.name != "seq"],
    holdings.c.reference_code,
    holdings.c.title,
).outerjoin(holdings, holdings.c.id == errands.c.holding_id)


def _view(row: Any) -> ErrandView:
    return ErrandView(**{**row, "task": ErrandTask(row["task"])})
