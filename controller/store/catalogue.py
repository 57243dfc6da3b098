"""The catalogue's mirror: rows are staged unseen, judged as a set, and applied in one transaction.

Staging takes many short transactions, so that nobody waits for a big file; only ``apply_run``
holds the writers' lock, and only for the rows that differ. Whatever is interrupted leaves staged
rows at most, which no reader sees and the next run removes.
"""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from controller.domain.catalogue import CatalogueRow, holding_id
from controller.store.database import StoreBusy, StoreError, sqlite_file
from controller.store.ids import new_id
from controller.store.rows import dialect_insert, fit_text
from controller.store.schema import holdings, import_runs, import_stage

_FILE_NAME = 400
"""Characters kept of a file's name."""
ROWS_A_TRANSACTION = 1000
_APPLYING_CACHE_KIB = 64 * 1024
"""SQLite's default of 2 MiB writes pages out and reads them back under the writers' lock: half
of its time (measured, 110,000 rows)."""
_FORGOTTEN_A_TRANSACTION = 10_000
_TURN_LOCK = 0x736D6172_7472_0002
"""PostgreSQL advisory lock: who holds it may bring a catalogue or tags in."""

_CONTENT = [c.name for c in import_stage.columns if c.name not in ("run_id", "row_no")]
"""What a staged row and a holding have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What applying a run does to the mirror, in rows."""

    created: int
    changed: int
    unchanged: int


@contextmanager
def sole_turn(engine: Engine) -> Iterator[None]:
    """One process at a time brings a catalogue or tags in; a killed one gives its turn back.

    Raises:
        StoreBusy: another one is at it.
        StoreError: the store's folder cannot be written to.
    """
    file = sqlite_file(engine)
    busy = StoreBusy("another import or bind is running; wait until it has ended")
    if file is not None:
        with _turn_file(file) as turn:
            try:
                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise busy from None
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _TURN_LOCK}):
            raise busy
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _TURN_LOCK})


def _turn_file(store: Path) -> IO[str]:
    path = store.with_name(f"{store.name}.turn")
    try:
        return path.open("w")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error


def begin_run(engine: Engine, *, source: str, file: str, digest: str, at: datetime) -> str:
    """The id of a new run; what killed runs have left is removed. The caller has the turn."""
    with engine.connect() as connection:
        dead = connection.scalars(select(import_stage.c.run_id).distinct()).all()
        dead = [*dead, *connection.scalars(_STILL_STAGING)]
    for run_id in set(dead):
        discard_run(engine, run_id, at=at)
    run_id = new_id()
    with engine.begin() as connection:
        connection.execute(
            insert(import_runs).values(
                id=run_id,
                source=source,
                file=fit_text(file, _FILE_NAME),
                file_sha256=digest,
                started_at=at,
                state="staging",
            )
        )
    return run_id


def stage(
    engine: Engine, run_id: str, *, source: str, first_row_no: int, rows: Sequence[CatalogueRow]
) -> None:
    """Put ``rows`` aside, unseen, numbered from ``first_row_no``; one short transaction."""
    staged = [
        _staged(run_id, source, row_no, row) for row_no, row in enumerate(rows, start=first_row_no)
    ]
    if staged:
        with engine.begin() as connection:
            connection.execute(insert(import_stage), staged)


def compare_run(engine: Engine, run_id: str) -> Difference:
    """What ``apply_run`` would do now."""
    with engine.connect() as connection:
        total = connection.scalar(_STAGED, {"run": run_id}) or 0
        known = connection.scalar(_KNOWN, {"run": run_id}) or 0
        unchanged = connection.scalar(_UNCHANGED, {"run": run_id}) or 0
    return Difference(created=total - known, changed=known - unchanged, unchanged=unchanged)


def forget_unchanged(engine: Engine, run_id: str) -> None:
    """Drop the staged rows that equal the mirror, so that ``apply_run`` is as short as can be."""
    equal = exists().where(
        holdings.c.id == import_stage.c.id, holdings.c.digest == import_stage.c.digest
    )
    _delete_staged(engine, run_id, equal)


def apply_run(
    connection: Connection, run_id: str, *, source: str, difference: Difference, at: datetime
) -> None:
    """Make the mirror say what the run says, and the run done, in the caller's transaction."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_APPLYING_CACHE_KIB}")
    columns: list[Any] = [import_stage.c[name] for name in _CONTENT]
    statement = dialect_insert(connection, holdings).from_select(
        [*_CONTENT, "source", "run_id"],
        select(*columns, literal(source), import_stage.c.run_id).where(
            import_stage.c.run_id == run_id
        ),
    )
    replaced = {name: statement.excluded[name] for name in (*_CONTENT, "run_id") if name != "id"}
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_=replaced,
            where=holdings.c.digest != statement.excluded.digest,
        )
    )
    connection.execute(
        update(import_runs)
        .where(import_runs.c.id == run_id)
        .values(
            state="done",
            finished_at=at,
            created=difference.created,
            changed=difference.changed,
            unchanged=difference.unchanged,
        )
    )


def discard_run(engine: Engine, run_id: str, *, at: datetime) -> None:
    """Remove what is staged; a run that was not applied is marked refused."""
    _delete_staged(engine, run_id, literal(True))
    with engine.begin() as connection:
        connection.execute(
            update(import_runs)
            .where(import_runs.c.id == run_id, import_runs.c.state == "staging")
            .values(state="refused", finished_at=at)
        )


def forget_run(engine: Engine, run_id: str) -> None:
    """Remove a run that was only a plan."""
    _delete_staged(engine, run_id, literal(True))
    with engine.begin() as connection:
        connection.execute(delete(import_runs).where(import_runs.c.id == run_id))


def _delete_staged(engine: Engine, run_id: str, which: ColumnElement[bool]) -> None:
    with engine.connect() as connection:
        last = connection.scalar(_LAST, {"run": run_id}) or 0
    for first in range(0, last + 1, _FORGOTTEN_A_TRANSACTION):
        numbers = import_stage.c.row_no.between(first, first + _FORGOTTEN_A_TRANSACTION - 1)
        with engine.begin() as connection:
            connection.execute(
                delete(import_stage).where(import_stage.c.run_id == run_id, numbers, which)
            )


def _staged(run_id: str, source: str, row_no: int, row: CatalogueRow) -> dict[str, object]:
    parent = row.parent_external_id
    content: dict[str, object] = {
        "external_id": row.external_id,
        "reference_code": row.reference_code,
        "title": row.title,
        "kind": row.kind.value,
        "fonds": row.fonds,
        "home": row.home,
        "parent_id": None if parent is None else holding_id(source, parent),
        "barcode": row.barcode,
        "retention": row.retention,
        "year": row.year,
        "pages": row.pages,
    }
    return content | {
        "run_id": run_id,
        "row_no": row_no,
        "id": holding_id(source, row.external_id),
        "digest": sha256(json.dumps(list(content.values())).encode()).hexdigest(),
    }


_STILL_STAGING = select(import_runs.c.id).where(import_runs.c.state == "staging")

_OF_RUN = import_stage.c.run_id == bindparam("run")
_LAST = select(func.max(import_stage.c.row_no)).where(_OF_RUN)
_STAGED = select(func.count()).select_from(import_stage).where(_OF_RUN)
_KNOWN = (
    select(func.count())
    .select_from(import_stage.join(holdings, holdings.c.id == import_stage.c.id))
    .where(_OF_RUN)
)
_UNCHANGED = _KNOWN.where(holdings.c.digest == import_stage.c.digest)
