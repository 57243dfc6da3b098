"""Carries an accepted run out in slices so short that the door never waits for the catalogue.

Each slice is one transaction, and every holding is wholly old or wholly new in it. From its first
slice to its last the run is *applying*; a process that dies in between leaves it so, and the next
one carries it to its end before anything else: applying a slice twice changes nothing. Nothing is
ever applied of a run that was not accepted as a whole.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, literal, or_, select, update

from controller.store.catalogue_judging import Difference
from controller.store.catalogue_tables import code_aliases, import_withdrawals
from controller.store.rows import dialect_insert, fit_text
from controller.store.schema import holdings, import_runs, import_stage

SLICE_S = 0.03
"""How long a slice aims to hold the writers' lock, and how long the next one waits for others."""
_FEWEST, _FIRST, _MOST = 20, 200, 5_000
_REASON = 400

_CONTENT = [c.name for c in import_stage.columns if c.name not in ("run_id", "row_no")]
"""What a staged row and a holding have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRun:
    """A run as it was accepted: what is told of it when it is done."""

    id: str
    source: str
    file: str
    by: str
    computer: str
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRun:
    """A run that waits for a person."""

    run: AcceptedRun
    started_at: datetime
    reason: str


def hold(engine: Engine, run_id: str, difference: Difference, reason: str) -> None:
    """Keep the run, staged, until a person decides or a newer run of its source supersedes it."""
    with engine.begin() as connection:
        connection.execute(_SETTLE, _settled(run_id, "held", difference, reason))


def accept(engine: Engine, run_id: str, difference: Difference) -> None:
    """From here on the run is carried to its end, whatever happens."""
    with engine.begin() as connection:
        connection.execute(_SETTLE, _settled(run_id, "applying", difference, ""))


def held_runs(engine: Engine, source: str | None = None) -> list[HeldRun]:
    """What waits for a person, oldest first."""
    query = _RUNS.where(import_runs.c.state == "held").order_by(import_runs.c.id)
    if source is not None:
        query = query.where(import_runs.c.source == source)
    with engine.connect() as connection:
        return [
            HeldRun(run=_accepted(row), started_at=row["started_at"], reason=row["reason"] or "")
            for row in connection.execute(query).mappings()
        ]


def interrupted_runs(engine: Engine) -> list[AcceptedRun]:
    """Runs that somebody accepted and whose process died, oldest first."""
    query = _RUNS.where(import_runs.c.state == "applying").order_by(import_runs.c.id)
    with engine.connect() as connection:
        return [_accepted(row) for row in connection.execute(query).mappings()]


def apply_slices(engine: Engine, run: AcceptedRun, *, at: datetime) -> None:
    """Make the mirror say what the run says, a slice at a time; others write in between."""
    _slices(engine, _Rows(run, at).apply, 0, last=_last_row(engine, run.id))
    _slices(engine, _Gone(run, at).apply, "", last=None)


def finish(connection: Connection, run_id: str, *, at: datetime) -> None:
    """The run is done, in the caller's transaction: the one that tells of it."""
    connection.execute(
        update(import_runs).where(import_runs.c.id == run_id).values(state="done", finished_at=at)
    )


def _slices(
    engine: Engine, apply: Callable[[Connection, Any, int], Any], after: Any, *, last: int | None
) -> None:
    """Call ``apply`` for the next rows until it says that none are left."""
    size = _FIRST
    pause = threading.Event()
    while after is not None and (last is None or after < last):
        with engine.begin() as connection:
            began = time.monotonic()
            after = apply(connection, after, size)
        took = time.monotonic() - began
        size = min(max(int(size * min(SLICE_S / max(took, 0.001), 2)), _FEWEST), _MOST)
        pause.wait(min(took, SLICE_S))


class _Rows:
    """The staged rows, in the order of the file: a box is there before what lies in it."""

    def __init__(self, run: AcceptedRun, at: datetime) -> None:
        self._run = run
        self._at = at

    def apply(self, connection: Connection, after: int, size: int) -> int | None:
        numbers = (
            select(import_stage.c.row_no)
            .where(import_stage.c.run_id == self._run.id, import_stage.c.row_no > after)
            .order_by(import_stage.c.row_no)
            .limit(size)
        ).subquery()
        upto: int | None = connection.scalar(select(func.max(numbers.c.row_no)))
        if upto is None:
            return None
        slice_ = (
            import_stage.c.run_id == self._run.id,
            import_stage.c.row_no > after,
            import_stage.c.row_no <= upto,
        )
        aliases = dialect_insert(connection, code_aliases).from_select(
            ["holding_id", "code", "until"],
            select(holdings.c.id, holdings.c.reference_code, literal(self._at, _UTC))
            .join(import_stage, import_stage.c.id == holdings.c.id)
            .where(*slice_, holdings.c.reference_code != import_stage.c.reference_code),
        )
        connection.execute(aliases.on_conflict_do_nothing())
        connection.execute(self._upsert(connection, slice_))
        return upto

    def _upsert(self, connection: Connection, slice_: Any) -> Any:
        columns: list[Any] = [import_stage.c[name] for name in _CONTENT]
        statement = dialect_insert(connection, holdings).from_select(
            [*_CONTENT, "source", "run_id"],
            select(*columns, literal(self._run.source), import_stage.c.run_id).where(*slice_),
        )
        new = statement.excluded
        replaced: dict[str, Any] = {n: new[n] for n in (*_CONTENT, "run_id") if n != "id"}
        return statement.on_conflict_do_update(
            index_elements=["id"],
            set_=replaced | {"withdrawn_at": None},
            where=or_(holdings.c.digest != new.digest, holdings.c.withdrawn_at.is_not(None)),
        )


class _Gone:
    """The holdings that vanished: marked, never deleted."""

    def __init__(self, run: AcceptedRun, at: datetime) -> None:
        self._run = run
        self._at = at

    def apply(self, connection: Connection, after: str, size: int) -> str | None:
        of_run = import_withdrawals.c.run_id == self._run.id
        ids = connection.scalars(
            select(import_withdrawals.c.holding_id)
            .where(of_run, import_withdrawals.c.holding_id > after)
            .order_by(import_withdrawals.c.holding_id)
            .limit(min(size, 500))
        ).all()
        if not ids:
            return None
        connection.execute(
            update(holdings)
            .where(holdings.c.id.in_(ids), holdings.c.withdrawn_at.is_(None))
            .values(withdrawn_at=self._at, run_id=self._run.id)
        )
        return str(ids[-1])


def _last_row(engine: Engine, run_id: str) -> int:
    query = select(func.max(import_stage.c.row_no)).where(import_stage.c.run_id == run_id)
    with engine.connect() as connection:
        return connection.scalar(query) or 0


def _accepted(row: Any) -> AcceptedRun:
    counts = ("created", "changed", "unchanged", "withdrawn", "restored")
    return AcceptedRun(
        id=row["id"],
        source=row["source"],
        file=row["file"],
        by=row["by"] or "",
        computer=row["computer"] or "",
        difference=Difference(**{name: row[name] or 0 for name in counts}),
    )


def _settled(run_id: str, state: str, difference: Difference, reason: str) -> dict[str, object]:
    return {
        "run": run_id,
        "new_state": state,
        "new_reason": fit_text(reason, _REASON),
        "new_created": difference.created,
        "new_changed": difference.changed,
        "new_unchanged": difference.unchanged,
        "new_withdrawn": difference.withdrawn,
        "new_restored": difference.restored,
    }


_UTC = holdings.c.withdrawn_at.type
_RUNS = select(import_runs)
_NAMES = ("state", "reason", "created", "changed", "unchanged", "withdrawn", "restored")
_SETTLE = (
    update(import_runs)
    .where(import_runs.c.id == bindparam("run"))
    .values({name: bindparam(f"new_{name}") for name in _NAMES})
)
