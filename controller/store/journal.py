"""The journal: what was concluded, in order, for ever. Appended here and read here, never edited.

``seq`` counts from 1 without a gap; ``epoch`` is random and made with the store, so a restored
or replaced store can never repeat a key (source, epoch, seq) that a consumer has seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, insert, select

from controller.domain.events import Event
from controller.store.codec import decode_event, encode
from controller.store.rows import fit_key
from controller.store.schema import journal, store_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One event with its place in the journal; (source, epoch, seq) or ``id`` identifies it."""

    seq: int
    id: str
    source: str
    """``<site>/<writer>``."""
    epoch: str
    event: Event


def epoch_of(connection: Connection) -> str:
    """The store's own random mark."""
    return str(connection.scalar(select(store_identity.c.epoch)))


def last_seq(connection: Connection) -> int:
    """The newest event's number; 0 while there is none."""
    return connection.scalar(select(func.max(journal.c.seq))) or 0


def append(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Write them; the caller holds the writers' lock and numbered them on from ``last_seq``."""
    if recorded:
        connection.execute(insert(journal), [_row(each) for each in recorded])


def read(connection: Connection, *, after: int, limit: int) -> list[Recorded]:
    """At most ``limit`` events with a higher ``seq`` than ``after``, oldest first."""
    epoch = epoch_of(connection)
    rows = connection.execute(_PAGE, {"after": after, "limit": limit})
    return [
        Recorded(
            seq=row.seq,
            id=row.id,
            source=row.source,
            epoch=epoch,
            event=decode_event(row.kind, row.body),
        )
        for row in rows
    ]


def pages(connection: Connection, size: int = 2000) -> Iterator[list[Recorded]]:
    """The whole journal from its beginning, a page at a time."""
    after = 0
    while page := read(connection, after=after, limit=size):
        yield page
        after = page[-1].seq


_PAGE = (
    select(journal)
    .where(journal.c.seq > bindparam("after"))
    .order_by(journal.c.seq)
    .limit(bindparam("limit"))
)


def _row(recorded: Recorded) -> dict[str, object]:
    holding_id = getattr(recorded.event, "holding_id", None)
    return {
        "seq": recorded.seq,
        "id": recorded.id,
        "source": recorded.source,
        "at": recorded.event.at,
        "kind": type(recorded.event).__name__,
        "holding_id": None if holding_id is None else fit_key(journal.c.holding_id, holding_id),
        "body": encode(recorded.event),
    }
