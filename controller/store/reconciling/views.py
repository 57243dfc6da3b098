"""The register of discrepancies as people and programs read it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from controller.domain.model_reconciling import DiscrepancyClass, DiscrepancyState, Severity
from controller.store.reconciling_tables import discrepancies, reconciliation_runs
from controller.store.schema import holdings


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyView:
    """One discrepancy as it stands, with the holding in words."""

    id: str
    code: DiscrepancyClass
    subject: str
    """A holding's id, a tag's EPC, a key of the catalogue, or a source."""
    holding_id: str | None
    reference_code: str | None
    title: str | None
    source: str
    fonds: str
    severity: Severity
    state: DiscrepancyState
    owner: str
    matched_by: int
    """The number of the matching rule, 1 (same id) to 5 (only a suggestion)."""
    evidence: dict[str, str]
    """What each party says; names begin with the party."""
    note: str
    explanation: str
    explained_by: str
    waiting_reason: str
    opened_at: datetime
    """Of this occurrence: its age counts from here."""
    found_at: datetime
    occurrences: int
    closed_at: datetime | None
    witness: str
    """The event that says that the parties agree; empty when the catalogue's word ended it."""
    seq: int
    """Number of the newest event about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One comparison that was counted."""

    id: str
    full: bool
    began_at: datetime
    finished_at: datetime
    upto_seq: int
    judged: int
    opened: int
    closed: int
    standing: int
    figures: dict[str, str]
    """``location_accuracy``, ``existence_accuracy``, ``standing_C1``, ``oldest_days_C1`` …"""
    seq: int


def list_discrepancies(
    connection: Connection,
    *,
    codes: Collection[DiscrepancyClass] = (),
    states: Collection[DiscrepancyState] = (),
    owner: str | None = None,
    fonds: str | None = None,
    holding_id: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[DiscrepancyView]:
    """The last changed first; ``before`` is the number to go on from."""
    query = _ALL.order_by(discrepancies.c.seq.desc()).limit(limit)
    for column, wanted in ((discrepancies.c.code, codes), (discrepancies.c.state, states)):
        if wanted:
            query = query.where(column.in_(wanted))
    for column, only in (
        (discrepancies.c.owner, owner),
        (discrepancies.c.fonds, fonds),
        (discrepancies.c.holding_id, holding_id),
    ):
        if only is not None:
            query = query.where(column == only)
    if before is not None:
        query = query.where(discrepancies.c.seq < before)
    return [_view(row) for row in connection.execute(query).mappings()]


def discrepancy(connection: Connection, discrepancy_id: str) -> DiscrepancyView | None:
    """The one of that id."""
    query = _ALL.where(discrepancies.c.id == discrepancy_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _view(row)


def count_by_class(connection: Connection) -> dict[DiscrepancyClass, int]:
    """How many of each class are not closed."""
    query = (
        select(discrepancies.c.code, func.count())
        .where(discrepancies.c.state != DiscrepancyState.CLOSED.value)
        .group_by(discrepancies.c.code)
        .order_by(discrepancies.c.code)
    )
    return {DiscrepancyClass(code): count for code, count in connection.execute(query)}


def count_unassigned(connection: Connection) -> int:
    """How many nobody looks after yet, but for those that are only told."""
    query = (
        select(func.count())
        .select_from(discrepancies)
        .where(
            discrepancies.c.state == DiscrepancyState.OPEN.value,
            discrepancies.c.severity != Severity.INFO.value,
        )
    )
    return connection.scalar(query) or 0


def list_runs(connection: Connection, *, before: int | None = None, limit: int) -> list[RunView]:
    """Counted comparisons, newest first; ``before`` is the number to go on from."""
    query = select(reconciliation_runs).order_by(reconciliation_runs.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(reconciliation_runs.c.seq < before)
    return [RunView(**row) for row in connection.execute(query).mappings()]


_ALL = select(discrepancies, holdings.c.reference_code, holdings.c.title).outerjoin(
    holdings, holdings.c.id == discrepancies.c.holding_id
)


def _view(row: Any) -> DiscrepancyView:
    return DiscrepancyView(
        **{
            **row,
            "code": DiscrepancyClass(row["code"]),
            "severity": Severity(row["severity"]),
            "state": DiscrepancyState(row["state"]),
        }
    )
