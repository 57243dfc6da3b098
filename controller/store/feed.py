"""The journal as others follow it: in the order of its numbers, none left out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from controller.store.schema import journal, store_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One event as it was written; (source, epoch, seq) and id name it for all time."""

    seq: int
    id: str
    source: str
    epoch: str
    at: datetime
    kind: str
    """The event's class name in ``controller.domain.events``."""
    holding_id: str | None
    data: dict[str, Any]
    """The event's own fields."""


def newest_seq() -> Select[Any]:
    """The query for the number of the newest event, 0 in an empty journal."""
    return select(func.coalesce(func.max(journal.c.seq), 0))


def entries_after(
    connection: Connection,
    after: int,
    *,
    upto: int | None = None,
    kinds: Collection[str] = (),
    limit: int = 500,
) -> list[JournalEntry]:
    """The next events after number ``after``, at most ``limit``; of these ``kinds``, if given."""
    query = _entries().where(journal.c.seq > after).order_by(journal.c.seq).limit(limit)
    if upto is not None:
        query = query.where(journal.c.seq <= upto)
    if kinds:
        query = query.where(journal.c.kind.in_(kinds))
    return [JournalEntry(**row) for row in connection.execute(query).mappings()]


def events_of(
    connection: Connection, holding_id: str, *, before: int | None, limit: int
) -> list[JournalEntry]:
    """What happened to one holding, newest first; ``before`` is the number to go on from."""
    query = _entries().where(journal.c.holding_id == holding_id)
    if before is not None:
        query = query.where(journal.c.seq < before)
    query = query.order_by(journal.c.seq.desc()).limit(limit)
    return [JournalEntry(**row) for row in connection.execute(query).mappings()]


def _entries() -> Select[Any]:
    epoch = select(store_identity.c.epoch).scalar_subquery()
    return select(
        journal.c.seq,
        journal.c.id,
        journal.c.source,
        epoch.label("epoch"),
        journal.c.at,
        journal.c.kind,
        journal.c.holding_id,
        journal.c.body.label("data"),
    )
