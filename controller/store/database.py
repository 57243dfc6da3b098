"""Opens the store and says in its own words what went wrong with it.

Every engine made here turns a full disk into ``StoreFull`` and a locked or absent database into
``StoreBusy``, wherever the statement stands: nobody else reads a driver's error codes.

SQLite (WAL, ``synchronous=FULL``): a write takes the writers' lock *before* it reads, so that it
never fails half-way because somebody else wrote; a read outside a write holds nothing. Both
databases thus behave as "read committed".
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, ExceptionContext, make_url

BUSY_TIMEOUT_S = 5.0
"""How long a writer waits for another one before it says ``StoreBusy``."""

WAL_CHECKPOINT_PAGES = 2000
WAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024
READ_MMAP_BYTES = 1024 * 1024 * 1024

WRITERS_LOCK = 0x736D6172_7472_0001
"""PostgreSQL advisory lock: who holds it may append to journal and audit."""

VERSION = "0015"
"""The newest migration: what a store's tables must be at."""

_READS = frozenset({"SELECT", "PRAGMA", "EXPLAIN", "VALUES", "BEGIN", "COMMIT", "ROLLBACK"})
_FULL_IO = frozenset({sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
"""What a full disk or a file-size limit looks like where SQLite does not see ``ENOSPC``."""

_UNUSABLE = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)

_PG_DISK_FULL = "53100"
_PG_BUSY = frozenset({"40001", "40P01", "55P03", "57P03"})
"""Serialization failure, deadlock, lock not available, server starting (PostgreSQL appendix A)."""


class StoreError(Exception):
    """The store cannot do what was asked."""


class StoreFull(StoreError):
    """No room on the disk. Nothing was written; free some and try again."""


class StoreBusy(StoreError):
    """Locked by another writer, or the server does not answer; try again."""


class WrongVersion(StoreError):
    """The tables are older or newer than this program; the text says what to run."""


def open_engine(url: str, *, password: str | None = None, read_only: bool = False) -> Engine:
    """The engine of the store at ``url``; it connects at first use.

    Raises:
        StoreError: neither SQLite nor PostgreSQL, or the folder of the SQLite file is missing.
    """
    parsed = make_url(url)
    if password is not None:
        parsed = parsed.set(password=password)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = _open_sqlite(parsed, read_only)
    elif backend == "postgresql":
        engine = _open_postgresql(parsed, read_only)
    else:
        raise StoreError(f"{backend}: not supported; use sqlite:/// or postgresql+psycopg://")
    event.listen(engine, "handle_error", _translate)
    return engine


def sqlite_file(engine: Engine) -> Path | None:
    """The file of a SQLite store; ``None`` for PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return None
    return Path(str(engine.url.database)).absolute()


def begin_write(connection: Connection) -> None:
    """Take the writers' lock for the rest of this transaction.

    Raises:
        StoreBusy: another writer held it for longer than ``BUSY_TIMEOUT_S``.
    """
    if connection.dialect.name == "sqlite":
        if not _in_transaction(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS_LOCK})


def begin_snapshot(connection: Connection) -> None:
    """Read one state of the store until the transaction ends, and keep no writer waiting.

    Only temporary tables may be written meanwhile.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def upgrade(engine: Engine) -> None:
    """Run every migration that is missing, all in one transaction; harmless when none is.

    Raises:
        WrongVersion: the store was written by a newer program.
        StoreFull, StoreBusy: nothing was changed.
    """
    with engine.begin() as connection:
        begin_write(connection)  # two daemons starting together take turns
        present = _present(connection)
        if present != VERSION:
            _refuse_unknown(present)
            from controller.store.migrations import running  # alembic: slow, and seldom needed

            running.to_head(connection)


def require_current(engine: Engine) -> None:
    """Return if the tables are those of this program.

    Raises:
        WrongVersion: older, newer or no tables at all; the text says what to run.
    """
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        raise WrongVersion(f"{file}: no store yet; run `python -m controller upgrade SITE.toml`")
    with engine.connect() as connection:
        present = _present(connection)
    if present != VERSION:
        _refuse_unknown(present)
        raise WrongVersion(
            f"the store is at version {present or 'none'}, this program needs {VERSION}; "
            "make a backup and run `python -m controller upgrade SITE.toml`"
        )


def _present(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _refuse_unknown(present: str | None) -> None:
    if present is None:
        return
    from controller.store.migrations import running

    if present not in running.known():
        raise WrongVersion(
            f"the store is at version {present}, which this program does not know: "
            "it is older than the store; install the newer one"
        )


def _open_sqlite(url: URL, read_only: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("the store needs a file: sqlite:///relative or sqlite:////absolute")
    file = Path(url.database).absolute()
    if not file.parent.is_dir():
        raise StoreError(f"{file.parent}: no such folder; create it or correct the database URL")
    uri = f"{file.as_uri()}?mode={'ro' if read_only else 'rwc'}"

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(
            uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        for pragma in _READ_PRAGMAS if read_only else _WRITE_PRAGMAS:
            raw.execute(f"PRAGMA {pragma}").close()
        return raw

    engine = create_engine(url, creator=connect, json_serializer=_dump)
    if not read_only:
        event.listen(engine, "before_cursor_execute", _lock_before_writing)
    return engine


_WRITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL loses acknowledged commits in a power cut
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE would slip past the append-only triggers
    f"wal_autocheckpoint={WAL_CHECKPOINT_PAGES}",
    f"journal_size_limit={WAL_SIZE_LIMIT_BYTES}",
)
_READ_PRAGMAS = ("query_only=ON", f"mmap_size={READ_MMAP_BYTES}")


def _open_postgresql(url: URL, read_only: bool) -> Engine:
    options = f"-c lock_timeout={int(BUSY_TIMEOUT_S * 1000)} -c timezone=UTC"
    if read_only:
        options += " -c default_transaction_read_only=on"
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        json_serializer=_dump,
        connect_args={"options": options, "connect_timeout": int(BUSY_TIMEOUT_S)},
    )


_dump = json.JSONEncoder(separators=(",", ":")).encode
"""ASCII only: half a surrogate pair or a NUL, which no text column takes, survives as an escape."""


def _lock_before_writing(
    connection: Connection, _cursor: Any, statement: str, *_rest: object
) -> None:
    words = statement.split(None, 1)
    if words and words[0].upper() not in _READS and not _in_transaction(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _in_transaction(connection: Connection) -> bool:
    raw = connection.connection.driver_connection
    return bool(raw is not None and raw.in_transaction)


def _translate(context: ExceptionContext) -> None:
    error = context.original_exception
    if isinstance(error, sqlite3.Error):
        meaning = _sqlite_meaning(getattr(error, "sqlite_errorcode", 0))
    else:
        absent = context.is_disconnect or context.connection is None
        meaning = _postgresql_meaning(getattr(error, "sqlstate", None), absent)
    if meaning is not None:
        raise meaning(f"{context.engine and context.engine.url}: {error}".strip()) from error


def _sqlite_meaning(code: int) -> type[StoreError] | None:
    primary = code & 0xFF  # an extended code carries the primary one in its low byte
    if primary == sqlite3.SQLITE_FULL or code in _FULL_IO:
        return StoreFull
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy
    return StoreError if primary in _UNUSABLE else None


def _postgresql_meaning(state: str | None, absent: bool) -> type[StoreError] | None:
    if state == _PG_DISK_FULL:
        return StoreFull
    return StoreBusy if absent or state in _PG_BUSY else None
