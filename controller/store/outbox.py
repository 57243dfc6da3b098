"""Messages waiting to leave, written in the transaction of the events they tell of.

A message stays until its outlet trims it; nothing here decides when that may be. One that can
never be delivered is moved aside with the reason, so that it blocks nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select

from controller.store.rows import fit_text, upsert
from controller.store.schema import dead_letters, outbox
from controller.store.schema import watermarks as watermark_rows


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message for one destination."""

    destination: str
    """``mqtt`` or ``trends``."""
    topic: str
    payload: bytes
    retain: bool = False
    expiry_s: int | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A message in the queue. ``id`` grows with every message and is never used twice."""

    id: int
    destination: str
    seq: int | None
    """The journal number of the event it tells of; ``None`` for telemetry."""
    topic: str
    payload: bytes
    retain: bool
    expiry_s: int | None
    content_type: str


def put(connection: Connection, messages: Sequence[tuple[int | None, OutgoingMessage]]) -> None:
    """Queue messages, each with its event's ``seq``; the caller holds the writers' lock."""
    if not messages:
        return
    connection.execute(
        insert(outbox),
        [
            {
                "destination": message.destination,
                "seq": seq,
                "topic": message.topic,
                "payload": message.payload,
                "retain": message.retain,
                "expiry_s": message.expiry_s,
                "content_type": message.content_type,
            }
            for seq, message in messages
        ],
    )


def peek(connection: Connection, destination: str, after_id: int, limit: int) -> list[Queued]:
    """The oldest messages beyond ``after_id``, in order; they stay in the queue."""
    values = {"destination": destination, "after": after_id, "limit": limit}
    return [Queued(**row) for row in connection.execute(_PAGE, values).mappings()]


_PAGE = (
    select(outbox)
    .where(outbox.c.destination == bindparam("destination"), outbox.c.id > bindparam("after"))
    .order_by(outbox.c.id)
    .limit(bindparam("limit"))
)


def trim(
    connection: Connection, destination: str, upto_id: int, upto_seq: int | None = None
) -> None:
    """Let go of messages up to ``upto_id``, but of no event beyond ``upto_seq`` where given."""
    going = delete(outbox).where(outbox.c.destination == destination, outbox.c.id <= upto_id)
    if upto_seq is not None:
        going = going.where(or_(outbox.c.seq.is_(None), outbox.c.seq <= upto_seq))
    connection.execute(going)


def let_go(connection: Connection, destination: str, count: int) -> int:
    """Give up the oldest ``count`` messages for good; how many went."""
    if count <= 0:
        return 0
    oldest = (
        select(outbox.c.id)
        .where(outbox.c.destination == destination)
        .order_by(outbox.c.id)
        .limit(count)
    )
    last = connection.scalar(select(func.max(oldest.subquery().c.id)))
    gone = delete(outbox).where(outbox.c.destination == destination, outbox.c.id <= last)
    return connection.execute(gone).rowcount


def depth(connection: Connection, destination: str) -> int:
    """How many messages wait."""
    waiting = select(func.count()).where(outbox.c.destination == destination)
    return connection.scalar(waiting) or 0


def bury(connection: Connection, message_id: int, reason: str, at: datetime) -> None:
    """Move a message that can never be delivered out of the queue, with the reason."""
    buried = [column for column in outbox.c if column.name in dead_letters.c]
    found = connection.execute(select(*buried).where(outbox.c.id == message_id))
    row = found.mappings().one_or_none()
    if row is None:
        return
    connection.execute(insert(dead_letters), {**row, "reason": fit_text(reason, 400), "at": at})
    connection.execute(delete(outbox).where(outbox.c.id == message_id))


def set_watermark(connection: Connection, consumer: str, seq: int, at: datetime) -> None:
    """``consumer`` says that it has committed every event up to ``seq``."""
    upsert(connection, watermark_rows, [{"consumer": consumer, "seq": seq, "at": at}])


def watermarks(connection: Connection) -> dict[str, int]:
    """How far each consumer has committed."""
    return {row.consumer: row.seq for row in connection.execute(select(watermark_rows))}
