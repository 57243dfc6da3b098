"""What a staged run would do to the mirror, found as a set before anything is done.

A record that vanished and one that is new under the same 档号 are one holding, published anew:
ids of many systems are drawn afresh at every export.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import (
    Engine,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from controller.domain.catalogue import holding_id
from controller.store.catalogue_tables import catalogue_identities, import_withdrawals
from controller.store.schema import holdings, import_stage

_ROWS_A_TRANSACTION = 1000
_TOLD_CHARACTERS = 40


class Complete(StrEnum):
    """What a run lists all of: whatever else is kept of that has vanished from the catalogue."""

    NOTHING = "nothing"
    FONDS = "fonds"
    """Every fonds that occurs in it."""
    SOURCE = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What applying a run does to the mirror, in rows."""

    created: int
    changed: int
    unchanged: int
    withdrawn: int = 0
    restored: int = 0


def settle_identities(engine: Engine, run_id: str) -> None:
    """Give records that were once published anew the holdings they are."""
    for name in ("id", "parent_id"):
        column = import_stage.c[name]
        with engine.connect() as connection:
            rows = connection.execute(
                select(import_stage.c.row_no, catalogue_identities.c.holding_id)
                .join(catalogue_identities, catalogue_identities.c.record_id == column)
                .where(import_stage.c.run_id == run_id, catalogue_identities.c.run_id != run_id)
            ).all()
        _set_staged(engine, run_id, name, [(row.row_no, row.holding_id) for row in rows])


def note_vanished(engine: Engine, run_id: str, source: str, complete: Complete) -> None:
    """Stage the withdrawal of what the run should have listed and did not."""
    if complete is Complete.NOTHING:
        return
    staged = exists().where(import_stage.c.run_id == run_id, import_stage.c.id == holdings.c.id)
    gone = select(holdings.c.id).where(
        holdings.c.source == source, holdings.c.withdrawn_at.is_(None), ~staged
    )
    if complete is Complete.FONDS:
        listed = select(import_stage.c.fonds).where(import_stage.c.run_id == run_id).distinct()
        gone = gone.where(holdings.c.fonds.in_(listed))
    with engine.connect() as connection:
        ids = connection.scalars(gone).all()
    _insert_all(engine, import_withdrawals, _withdrawals(run_id, ids))


def note_deleted(engine: Engine, run_id: str, source: str, external_ids: Iterable[str]) -> None:
    """Stage the withdrawal of records that the catalogue itself says are deleted."""
    ids = {holding_id(source, each) for each in external_ids}
    waiting = iter(sorted(ids))
    while lot := list(islice(waiting, _ROWS_A_TRANSACTION)):
        with engine.connect() as connection:
            renamed = connection.execute(
                select(catalogue_identities.c.record_id, catalogue_identities.c.holding_id).where(
                    catalogue_identities.c.record_id.in_(lot)
                )
            ).all()
            holding_of = {row.record_id: row.holding_id for row in renamed}
            meant = [holding_of.get(each, each) for each in lot]
            here = connection.scalars(
                select(holdings.c.id).where(
                    holdings.c.id.in_(meant),
                    ~exists().where(
                        import_withdrawals.c.run_id == run_id,
                        import_withdrawals.c.holding_id == holdings.c.id,
                    ),
                    ~exists().where(
                        import_stage.c.run_id == run_id, import_stage.c.id == holdings.c.id
                    ),
                )
            ).all()
        _insert_all(engine, import_withdrawals, _withdrawals(run_id, here))


def drop_contradicted(engine: Engine, run_id: str) -> None:
    """What a run lists after it said that it was deleted is there."""
    listed = select(import_stage.c.id).where(import_stage.c.run_id == run_id)
    with engine.begin() as connection:
        connection.execute(
            delete(import_withdrawals).where(
                import_withdrawals.c.run_id == run_id, import_withdrawals.c.holding_id.in_(listed)
            )
        )


def note_republished(engine: Engine, run_id: str, source: str) -> int:
    """Let new records take over the one vanished holding of their 档号; how many did."""
    with engine.connect() as connection:
        rows = connection.execute(_REPUBLISHED, {"run": run_id, "source": source}).all()
    pairs = [row for row in rows if row.claims == row.claimants == 1]
    identities = [
        {"record_id": row.record_id, "holding_id": row.holding_id, "run_id": run_id}
        for row in pairs
    ]
    _insert_all(engine, catalogue_identities, identities)
    _set_staged(engine, run_id, "id", [(row.row_no, row.holding_id) for row in pairs])
    with engine.connect() as connection:
        children = connection.execute(_CHILDREN, {"run": run_id}).all() if pairs else []
    _set_staged(engine, run_id, "parent_id", [(row.row_no, row.holding_id) for row in children])
    for row in pairs:
        with engine.begin() as connection:
            connection.execute(
                delete(import_withdrawals).where(
                    import_withdrawals.c.run_id == run_id,
                    import_withdrawals.c.holding_id == row.holding_id,
                )
            )
    return len(pairs)


def compare_run(engine: Engine, run_id: str) -> Difference:
    """What applying would do now."""
    with engine.connect() as connection:
        counts = connection.execute(_COUNTS, {"run": run_id}).one()
        withdrawn = connection.scalar(_WITHDRAWN, {"run": run_id}) or 0
    known, unchanged, restored = (value or 0 for value in counts[1:])
    return Difference(
        created=counts.staged - known,
        changed=known - unchanged - restored,
        unchanged=unchanged,
        withdrawn=withdrawn,
        restored=restored,
    )


def kept_of(engine: Engine, source: str) -> int:
    """Holdings that the catalogue has, as far as is known."""
    query = select(func.count()).where(
        holdings.c.source == source, holdings.c.withdrawn_at.is_(None)
    )
    with engine.connect() as connection:
        return connection.scalar(query) or 0


def first_differences(engine: Engine, run_id: str, *, limit: int) -> list[str]:
    """The first differences of each sort, one line each, for a person who decides."""
    told: list[str] = []
    with engine.connect() as connection:
        for query, tell in _TOLD:
            rows = connection.execute(query.limit(limit), {"run": run_id}).mappings()
            told += [tell(dict(row)) for row in rows]
    return told


def _withdrawals(run_id: str, ids: Iterable[str]) -> list[dict[str, str]]:
    return [{"run_id": run_id, "holding_id": each} for each in ids]


def _set_staged(engine: Engine, run_id: str, column: str, rows: Iterable[tuple[int, str]]) -> None:
    statement = (
        update(import_stage)
        .where(import_stage.c.run_id == run_id, import_stage.c.row_no == bindparam("no"))
        .values({column: bindparam("value")})
    )
    waiting = iter(rows)
    while lot := list(islice(waiting, _ROWS_A_TRANSACTION)):
        with engine.begin() as connection:
            connection.execute(statement, [{"no": no, "value": to} for no, to in lot])


def _insert_all(engine: Engine, table: Table, rows: Iterable[dict[str, str]]) -> None:
    waiting = iter(rows)
    while lot := list(islice(waiting, _ROWS_A_TRANSACTION)):
        with engine.begin() as connection:
            connection.execute(insert(table), lot)


_s, _h = import_stage.c, holdings.c
_of_run = _s.run_id == bindparam("run")
_known = import_stage.join(holdings, _h.id == _s.id)
_same = and_(_h.digest == _s.digest, _h.withdrawn_at.is_(None))

_COUNTS = (
    select(
        func.count().label("staged"),
        func.count(_h.id),
        func.count(_h.id).filter(_same),
        func.count(_h.id).filter(_h.withdrawn_at.is_not(None)),
    )
    .select_from(import_stage.outerjoin(holdings, _h.id == _s.id))
    .where(_of_run)
)
_gone = import_withdrawals.join(holdings, _h.id == import_withdrawals.c.holding_id)
_going = and_(import_withdrawals.c.run_id == bindparam("run"), _h.withdrawn_at.is_(None))
_WITHDRAWN = select(func.count()).select_from(_gone).where(_going)

_vanished = or_(
    _h.withdrawn_at.is_not(None),
    exists().where(
        import_withdrawals.c.run_id == bindparam("run"), import_withdrawals.c.holding_id == _h.id
    ),
)
_already = holdings.alias("already")
_REPUBLISHED = (
    select(
        _s.row_no,
        _s.id.label("record_id"),
        _h.id.label("holding_id"),
        func.count().over(partition_by=_s.id).label("claims"),
        func.count().over(partition_by=_h.id).label("claimants"),
    )
    .join(holdings, and_(_h.reference_code == _s.reference_code, _h.kind == _s.kind))
    .where(
        _of_run,
        _h.source == bindparam("source"),
        _h.id != _s.id,
        _vanished,
        ~exists().where(_already.c.id == _s.id),
    )
)
_CHILDREN = (
    select(_s.row_no, catalogue_identities.c.holding_id)
    .join(catalogue_identities, catalogue_identities.c.record_id == _s.parent_id)
    .where(_of_run, catalogue_identities.c.run_id == bindparam("run"))
)

_SHOWN = ("reference_code", "title", "kind", "fonds", "home", "barcode", "retention", "year")
"""Fields told of a change; key fields never."""


def _changed() -> Select[Any]:
    columns = [c for name in _SHOWN for c in (_h[name].label(f"old_{name}"), _s[name])]
    return (
        select(*columns)
        .select_from(_known)
        .where(_of_run, _h.digest != _s.digest)
        .order_by(_s.row_no)
    )


def _tell_change(row: dict[str, Any]) -> str:
    pairs = [(name, row[f"old_{name}"], row[name]) for name in _SHOWN]
    told = ", ".join(
        f"{name} {_short(old)} → {_short(new)}" for name, old, new in pairs if old != new
    )
    return f"changed {row['old_reference_code']}: {told or 'a field not shown'}"


def _short(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= _TOLD_CHARACTERS else f"{text[:_TOLD_CHARACTERS]}…")


_TOLD: tuple[Any, ...] = (
    (_changed(), _tell_change),
    (
        select(_s.reference_code, _s.title)
        .where(_of_run, ~exists().where(_h.id == _s.id))
        .order_by(_s.row_no),
        lambda row: f"new {row['reference_code']}: {_short(row['title'])}",
    ),
    (
        select(_h.reference_code, _h.title)
        .select_from(_gone)
        .where(_going)
        .order_by(_h.reference_code),
        lambda row: f"vanished {row['reference_code']}: {_short(row['title'])}",
    ),
    (
        select(_h.reference_code, _h.title)
        .select_from(_known)
        .where(_of_run, _h.withdrawn_at.is_not(None))
        .order_by(_s.row_no),
        lambda row: f"back {row['reference_code']}: {_short(row['title'])}",
    ),
)
