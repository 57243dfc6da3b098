"""Runs of the catalogue's mirror: rows are staged unseen, in many short transactions.

``catalogue_judging`` judges a run as a set, ``catalogue_applying`` carries it out. A run that is
interrupted while it is staged leaves rows that no reader sees and the next run removes; once it
is accepted it is always carried to its end.
"""

import fcntl
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

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
from controller.domain.numbers.key_fields import KeyField
from controller.store.catalogue_tables import (
    catalogue_cursors,
    catalogue_identities,
    import_withdrawals,
)
from controller.store.database import StoreBusy, StoreError, sqlite_file
from controller.store.ids import new_id
from controller.store.rows import fit_text
from controller.store.schema import holdings, import_runs, import_stage

Seal = Callable[[str, str], KeyField]
"""What is kept of a key field, by its name and text."""

_FILE_NAME = 400
"""Characters kept of a file's name."""
ROWS_A_TRANSACTION = 1000
_FORGOTTEN_A_TRANSACTION = 2_000
_TURN_LOCK = 0x736D6172_7472_0002
"""PostgreSQL advisory lock: who holds it may bring a catalogue or tags in."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBy:
    """Who starts a run of which source, and of what."""

    source: str
    file: str
    digest: str
    """SHA-256 of the file; empty for a harvest."""
    by: str
    computer: str


def begin_run(engine: Engine, run: RunBy, *, at: datetime) -> str:
    """The id of a new run; what killed runs have left is removed. The caller has the turn."""
    with engine.connect() as connection:
        dead = set(connection.scalars(_STILL_STAGING)) - set(connection.scalars(_RESUMABLE))
    for run_id in dead:
        discard_run(engine, run_id, at=at)
    run_id = new_id()
    with engine.begin() as connection:
        connection.execute(
            insert(import_runs).values(
                id=run_id,
                source=run.source,
                file=fit_text(run.file, _FILE_NAME),
                file_sha256=run.digest,
                started_at=at,
                state="staging",
                by=run.by,
                computer=run.computer,
            )
        )
    return run_id


def stage(
    engine: Engine,
    run_id: str,
    *,
    source: str,
    first_row_no: int,
    rows: Sequence[CatalogueRow],
    also: Callable[[Connection], None] | None = None,
    seal: Seal | None = None,
    replace: bool = False,
) -> None:
    """Put ``rows`` aside, unseen, numbered from ``first_row_no``; one short transaction.

    ``also`` does what belongs to them (how far the source is read), in the same transaction.
    ``replace``: a record that the run has staged before is replaced.
    ``seal`` makes what is kept of key fields; without it none are kept.
    """
    staged = [
        _staged(run_id, source, row_no, row, seal) for row_no, row in enumerate(rows, first_row_no)
    ]
    if not staged and also is None:
        return
    with engine.begin() as connection:
        if staged and replace:
            ids = [row["id"] for row in staged]
            connection.execute(
                delete(import_stage).where(
                    import_stage.c.run_id == run_id, import_stage.c.id.in_(ids)
                )
            )
        if staged:
            connection.execute(insert(import_stage), staged)
        if also is not None:
            also(connection)


def discard_run(engine: Engine, run_id: str, *, at: datetime) -> None:
    """Remove what is staged; a run that was not applied is marked refused."""
    _delete_staged(engine, run_id, literal(True))
    with engine.begin() as connection:
        connection.execute(delete(import_withdrawals).where(import_withdrawals.c.run_id == run_id))
        connection.execute(_UNDONE_IDENTITIES, {"run": run_id})
        connection.execute(
            update(import_runs)
            .where(import_runs.c.id == run_id, import_runs.c.state.in_(("staging", "held")))
            .values(state="refused", finished_at=at)
        )


def forget_run(engine: Engine, run_id: str, *, at: datetime) -> None:
    """Remove a run that was only a plan."""
    discard_run(engine, run_id, at=at)
    with engine.begin() as connection:
        connection.execute(delete(import_runs).where(import_runs.c.id == run_id))


def forget_unchanged(engine: Engine, run_id: str) -> None:
    """Drop the staged rows that equal the mirror: only what differs is left to apply."""
    equal = exists().where(
        holdings.c.id == import_stage.c.id,
        holdings.c.digest == import_stage.c.digest,
        holdings.c.withdrawn_at.is_(None),
    )
    _delete_staged(engine, run_id, equal)


def _delete_staged(engine: Engine, run_id: str, which: ColumnElement[bool]) -> None:
    with engine.connect() as connection:
        last = connection.scalar(_LAST, {"run": run_id}) or 0
    for first in range(0, last + 1, _FORGOTTEN_A_TRANSACTION):
        numbers = import_stage.c.row_no.between(first, first + _FORGOTTEN_A_TRANSACTION - 1)
        with engine.begin() as connection:
            connection.execute(
                delete(import_stage).where(import_stage.c.run_id == run_id, numbers, which)
            )


def _staged(
    run_id: str, source: str, row_no: int, row: CatalogueRow, seal: Seal | None
) -> dict[str, object]:
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
    if row.archive_class:
        content["archive_class"] = row.archive_class
    if row.key_fields and seal is not None:
        kept = {field: asdict(seal(field, text)) for field, text in row.key_fields}
        content["key_fields"] = kept
    return (
        {"archive_class": None, "key_fields": None}
        | content
        | {
            "run_id": run_id,
            "row_no": row_no,
            "id": holding_id(source, row.external_id),
            "digest": sha256(json.dumps(list(content.values())).encode()).hexdigest(),
        }
    )


_STILL_STAGING = select(import_runs.c.id).where(import_runs.c.state == "staging")

_RESUMABLE = select(catalogue_cursors.c.run_id).where(catalogue_cursors.c.run_id.is_not(None))

_OF_RUN = import_stage.c.run_id == bindparam("run")
_LAST = select(func.max(import_stage.c.row_no)).where(_OF_RUN)
_UNDONE_IDENTITIES = delete(catalogue_identities).where(
    catalogue_identities.c.run_id == bindparam("run"),
    exists().where(import_runs.c.id == bindparam("run"), import_runs.c.state != "done"),
)
