"""How far each source has been read, and where a harvest that was interrupted goes on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from controller.store.catalogue_tables import catalogue_cursors
from controller.store.rows import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """One source's. Both texts are the connector's own."""

    since: str = ""
    """What the next harvest asks for changes since; empty: it was never harvested wholly."""
    run_id: str | None = None
    """The harvest under way; what it has staged is kept over a crash."""
    resume: str | None = None
    """After which page that one goes on."""
    row_no: int = 0
    """Rows that it has staged."""


def read_cursor(engine: Engine, source: str) -> Cursor:
    """How far ``source`` has been read."""
    query = select(catalogue_cursors).where(catalogue_cursors.c.source == source)
    with engine.connect() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return Cursor()
    return Cursor(
        since=row["cursor"],
        run_id=row["run_id"],
        resume=row["open_cursor"],
        row_no=row["row_no"] or 0,
    )


def write_cursor(connection: Connection, source: str, cursor: Cursor, *, at: datetime) -> None:
    """Note it, in the caller's transaction: the one that keeps what was read."""
    row = {
        "source": source,
        "cursor": cursor.since,
        "run_id": cursor.run_id,
        "open_cursor": cursor.resume,
        "row_no": cursor.row_no,
        "at": at,
    }
    upsert(connection, catalogue_cursors, [row])
