"""Recordings of doors: written after the verdicts, found by passage, let go by age and by room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select

from controller.domain.events import PassageDetected
from controller.recording.values import Heard
from controller.store.codec import decode_event
from controller.store.database import begin_write
from controller.store.recording_tables import recorded_passages, recordings
from controller.store.recordings.packing import pack, unpack
from controller.store.rows import upsert
from controller.store.schema import journal

_AT_ONCE = 50
"""Deleted in one transaction: the deciding thread never waits long for the writers' lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All reads of one door over some seconds."""

    id: str
    door: str
    began_at: datetime
    ended_at: datetime
    reads: tuple[Heard, ...]
    """Their times count from ``began_at``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageOf:
    """A passage, and its number in the journal."""

    passage_id: str
    seq: int


def keep(connection: Connection, recording: Recording, passages: Sequence[PassageOf] = ()) -> int:
    """Write ``recording`` and which passages it shows, in the caller's transaction; its bytes.

    Raises:
        StoreFull, StoreBusy: not written.
    """
    begin_write(connection)
    body = pack(recording.reads, 0.0)
    row = {
        "id": recording.id,
        "door": recording.door,
        "began_at": recording.began_at,
        "ended_at": recording.ended_at,
        "reads": len(recording.reads),
        "tags": len({read.epc for read in recording.reads}),
        "size": len(body),
        "body": body,
    }
    connection.execute(insert(recordings), [row])
    upsert(
        connection,
        recorded_passages,
        [
            {"passage_id": one.passage_id, "recording_id": recording.id, "seq": one.seq}
            for one in passages
        ],
    )
    return len(body)


def recording_of(connection: Connection, passage_id: str) -> Recording | None:
    """The reads about that passage, while they are kept."""
    of_passage = select(recorded_passages.c.recording_id).where(
        recorded_passages.c.passage_id == passage_id
    )
    return _one(
        connection, select(recordings).where(recordings.c.id == of_passage.scalar_subquery())
    )


def passage(connection: Connection, passage_id: str) -> PassageDetected | None:
    """What was concluded of that passage, while its recording is kept."""
    query = (
        select(journal.c.kind, journal.c.body)
        .join(recorded_passages, recorded_passages.c.seq == journal.c.seq)
        .where(recorded_passages.c.passage_id == passage_id)
    )
    row = connection.execute(query).one_or_none()
    event = None if row is None else decode_event(row.kind, row.body)
    return event if isinstance(event, PassageDetected) else None


def recording(connection: Connection, recording_id: str) -> Recording | None:
    """The recording of that id: the request's that asked for it."""
    return _one(connection, select(recordings).where(recordings.c.id == recording_id))


def _one(connection: Connection, query: Select[tuple[object, ...]]) -> Recording | None:
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Recording(
        id=row.id,
        door=row.door,
        began_at=row.began_at,
        ended_at=row.ended_at,
        reads=tuple(unpack(row.body)),
    )


def bytes_kept(connection: Connection) -> int:
    """The room all recordings take."""
    return connection.scalar(select(func.coalesce(func.sum(recordings.c.size), 0))) or 0


def prune(engine: Engine, *, before: datetime, at_most_bytes: int) -> int:
    """Delete what is older, then the oldest until the rest takes no more room; how many went.

    Raises:
        StoreFull, StoreBusy: what was deleted until then stays deleted.
    """
    gone = 0
    while True:
        with engine.begin() as connection:
            begin_write(connection)
            doomed = _doomed(connection, before, at_most_bytes)
            for table, column in (
                (recorded_passages, recorded_passages.c.recording_id),
                (recordings, recordings.c.id),
            ):
                connection.execute(delete(table).where(column.in_(doomed)))
        gone += len(doomed)
        if len(doomed) < _AT_ONCE:
            return gone


def _doomed(connection: Connection, before: datetime, at_most_bytes: int) -> list[str]:
    excess = bytes_kept(connection) - at_most_bytes
    oldest = (
        select(recordings.c.id, recordings.c.ended_at, recordings.c.size)
        .order_by(recordings.c.ended_at)
        .limit(_AT_ONCE)
    )
    doomed: list[str] = []
    for row in connection.execute(oldest):
        if row.ended_at >= before and excess <= 0:
            break
        doomed.append(row.id)
        excess -= row.size
    return doomed
