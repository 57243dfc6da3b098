"""Staged rows that do not go with each other or with the mirror, found as a set in the store."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Select,
    bindparam,
    except_,
    exists,
    func,
    literal,
    select,
    text,
)

from controller.store.schema import holdings, import_stage

_DEEPEST = 4
"""A file in a volume in a bag in a box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A staged row that does not go with the others."""

    row_no: int
    kind: str
    """``repeated`` (its 档号), ``same`` (its identity), ``orphan`` or ``nested``."""
    reference_code: str
    other_row_no: int | None
    """The earlier row it repeats."""


def misfits(engine: Engine, run_id: str, *, limit: int) -> list[Misfit]:
    """Rows that repeat an earlier one, lie in nothing known, or too deep in each other.

    At most ``limit`` of each kind; one misfit a row, in the order of the file.
    """
    found: dict[int, Misfit] = {}
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # It takes what was staged a moment ago for one row, and walks the run for every row.
            connection.execute(text("ANALYZE import_stage"))
        for kind, query in _QUERIES.items():
            for row in connection.execute(query.limit(limit), {"run": run_id}):
                misfit = Misfit(
                    row_no=row.row_no,
                    kind=kind,
                    reference_code=row.reference_code,
                    other_row_no=row.other_row_no,
                )
                found.setdefault(row.row_no, misfit)
    return [found[row_no] for row_no in sorted(found)]


_staged = import_stage.c
_of_run = _staged.run_id == bindparam("run")
_alone = literal(None).label("other_row_no")

# Each query looks at the run as a set, once. A join of the run with itself would walk the whole
# run for every row of it: SQLite takes the key's first column, the run, for selective.


def _repeating(column: Column[Any]) -> Select[Any]:
    first = func.min(_staged.row_no).over(partition_by=column).label("first")
    rows = select(_staged.row_no, _staged.reference_code, first).where(_of_run).subquery()
    return (
        select(rows.c.row_no, rows.c.reference_code, rows.c.first.label("other_row_no"))
        .where(rows.c.row_no > rows.c.first)
        .order_by(rows.c.row_no)
    )


def _orphans() -> Select[Any]:
    wanted = select(_staged.parent_id).where(_of_run, _staged.parent_id.is_not(None))
    absent = except_(wanted, select(_staged.id).where(_of_run)).subquery()
    unknown = select(absent.c.parent_id).where(~exists().where(holdings.c.id == absent.c.parent_id))
    return _rows_in(unknown)


def _too_deep() -> Select[Any]:
    """Also what lies in itself by way of others: its chain of parents never ends."""
    inside: Select[Any] = select(_staged.id).where(_of_run, _staged.parent_id.is_not(None))
    for _ in range(_DEEPEST - 1):
        inside = select(_staged.id).where(_of_run, _staged.parent_id.in_(inside))
    return _rows_in(inside)


def _rows_in(parents: Select[Any]) -> Select[Any]:
    return (
        select(_staged.row_no, _staged.reference_code, _alone)
        .where(_of_run, _staged.parent_id.in_(parents))
        .order_by(_staged.row_no)
    )


_QUERIES = {
    "repeated": _repeating(_staged.reference_code),
    "same": _repeating(_staged.id),
    "orphan": _orphans(),
    "nested": _too_deep(),
}
