"""Which holdings and tags to look at: those that something happened to since the last time.

What the journal tells is followed by its numbers. What a catalogue changed is followed by marked
buckets: 65,536 parts by the first four digits of a holding's id, which is a hash, so that marks
never depend on how a database orders texts. A mark is taken away only if nothing was written
since it was read.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select, update

from controller.domain.events import (
    DeviceFailed,
    DeviceRecovered,
    Event,
    ExitAnswered,
    ExitAuthorised,
    LoanApproved,
    LoanRejected,
    LoanReturned,
    PassageDetected,
    ReturnProposed,
    TagBound,
    TagUnbound,
)
from controller.domain.events_lending import (
    LoanCancelled,
    LoanHeld,
    LoanIssued,
    LoanPartlyReturned,
    LoanQueued,
    LoanRecalled,
    LoanRenewed,
    LoanReshelved,
    LoanTurnCame,
)
from controller.domain.events_passages import PassageConfirmed
from controller.domain.events_presence import SweepRecorded, TagArrived, TagDeparted, TagSwept
from controller.domain.events_shelving import ErrandEnded, ErrandMade
from controller.domain.model_reconciling import DiscrepancyClass, DiscrepancyState
from controller.store.database import StoreBusy
from controller.store.presence_tables import sightings
from controller.store.reconciling_tables import (
    changed_buckets,
    discrepancies,
    reconcile_cursor,
    reconcile_due,
)
from controller.store.rows import upsert
from controller.store.schema import holdings, journal, tag_bindings

EVENTS_A_PAGE: Final = 5000
BUCKETS_A_PAGE: Final = 128
IDS_A_PAGE: Final = 5000
IDS_A_QUERY: Final = 500

OF_HOLDINGS: Final[tuple[type[Event], ...]] = (
    PassageDetected,
    PassageConfirmed,
    TagArrived,
    TagDeparted,
    TagSwept,
    LoanApproved,
    LoanRejected,
    LoanReturned,
    ExitAuthorised,
    ExitAnswered,
    ReturnProposed,
    TagBound,
    TagUnbound,
    ErrandMade,
    ErrandEnded,
    LoanQueued,
    LoanTurnCame,
    LoanHeld,
    LoanIssued,
    LoanRenewed,
    LoanRecalled,
    LoanCancelled,
    LoanPartlyReturned,
    LoanReshelved,
)
_OF_TAGS: Final = (TagArrived, TagSwept)
_BINDINGS: Final = (TagBound, TagUnbound)
_DEVICES: Final = (DeviceFailed, DeviceRecovered)
_UNTIL_SEEN: Final = (
    DiscrepancyClass.MISSING,
    DiscrepancyClass.NOT_COVERED,
    DiscrepancyClass.RETURNED_NOT_SEEN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far comparing has got."""

    seq: int
    version: int


@dataclass(slots=True, kw_only=True)
class Touched:
    """What to look at."""

    holdings: set[str] = field(default_factory=set)
    tags: Counter[str] = field(default_factory=Counter)
    """Tags that stood for nothing, and how often they were heard."""
    upto: int = 0


class Overtaken(StoreBusy):
    """Another comparison of the same store got further meanwhile; nothing of this part counts."""


def cursor(connection: Connection) -> Cursor:
    """How far comparing has got."""
    row = connection.execute(select(reconcile_cursor.c.seq, reconcile_cursor.c.version)).one()
    return Cursor(seq=row.seq, version=row.version)


def newest(connection: Connection) -> int:
    """The number of the newest event; 0 while there is none."""
    return connection.scalar(select(func.max(journal.c.seq))) or 0


def touched(connection: Connection, after: int) -> Touched | None:
    """What the next page of the journal is about; ``None`` at its end."""
    upto = min(newest(connection), after + EVENTS_A_PAGE)
    if upto <= after:
        return None
    here = and_(journal.c.seq > after, journal.c.seq <= upto)
    found = Touched(upto=upto)
    of_holdings = select(journal.c.holding_id).where(here, journal.c.kind.in_(_names(OF_HOLDINGS)))
    found.holdings |= {each for each in connection.scalars(of_holdings.distinct()) if each}
    unknown = and_(journal.c.kind.in_(_names(_OF_TAGS)), journal.c.holding_id.is_(None))
    others = journal.c.kind.in_(_names((*_BINDINGS, *_DEVICES, SweepRecorded)))
    bodies = select(journal.c.kind, journal.c.body).where(here, or_(unknown, others))
    for kind, body in connection.execute(bodies).all():
        _look(connection, found, kind, body)
    return found


def _look(connection: Connection, found: Touched, kind: str, body: dict[str, Any]) -> None:
    if kind in _names(_OF_TAGS):
        found.tags[body["epc"]] += 1
    elif kind in _names(_BINDINGS):
        found.tags.setdefault(body["epc"], 0)
    elif kind == SweepRecorded.__name__:
        found.holdings |= _last_heard_at(connection, body["room"], body["spot"])
    else:
        found.holdings |= _told_by(connection, body["device"])


def _names(kinds: Collection[type[Event]]) -> list[str]:
    return [kind.__name__ for kind in kinds]


def _last_heard_at(connection: Connection, room: str, spot: str) -> set[str]:
    """What was last heard where somebody has swept now: it may not have been heard this time."""
    if not spot:
        return set()
    there = or_(sightings.c.spot == spot, sightings.c.spot.startswith(f"{spot}/", autoescape=True))
    query = select(sightings.c.holding_id).where(sightings.c.room == room, there)
    return set(connection.scalars(query))


def _told_by(connection: Connection, device: str) -> set[str]:
    """What a reader that fell silent or came back had heard leave, and what is waited for."""
    left = select(sightings.c.holding_id).where(
        sightings.c.told_by == device, sightings.c.left_at.is_not(None)
    )
    waited = select(discrepancies.c.holding_id).where(
        discrepancies.c.code.in_(_UNTIL_SEEN),
        discrepancies.c.state != DiscrepancyState.CLOSED.value,
        discrepancies.c.holding_id.is_not(None),
    )
    return {*connection.scalars(left), *connection.scalars(waited)}


# --- by time ---------------------------------------------------------------------------------


def due(connection: Connection, at: datetime, after: str = "") -> list[str]:
    """Holdings about which time alone may have changed the answer."""
    query = (
        select(reconcile_due.c.holding_id)
        .where(reconcile_due.c.at <= at, reconcile_due.c.holding_id > after)
        .order_by(reconcile_due.c.holding_id)
        .limit(IDS_A_PAGE)
    )
    return list(connection.scalars(query))


def changed_due(
    connection: Connection, wanted: dict[str, datetime | None]
) -> dict[str, datetime | None]:
    """Those of the times that are not kept so already."""
    ids = sorted(wanted)
    kept: dict[str, datetime] = {}
    for start in range(0, len(ids), IDS_A_QUERY):
        some = ids[start : start + IDS_A_QUERY]
        query = select(reconcile_due).where(reconcile_due.c.holding_id.in_(some))
        kept |= dict(connection.execute(query).all())
    return {each: at for each, at in wanted.items() if kept.get(each) != at}


def set_due(connection: Connection, times: dict[str, datetime | None]) -> None:
    """When to look at each of these holdings again, by time alone; ``None``: never."""
    never = sorted(holding_id for holding_id, at in times.items() if at is None)
    for start in range(0, len(never), IDS_A_QUERY):
        some = never[start : start + IDS_A_QUERY]
        connection.execute(delete(reconcile_due).where(reconcile_due.c.holding_id.in_(some)))
    rows = [{"holding_id": each, "at": at} for each, at in times.items() if at is not None]
    upsert(connection, reconcile_due, rows)


# --- by what the catalogue changed -----------------------------------------------------------


def marks(connection: Connection, after: str = "", limit: int = BUCKETS_A_PAGE) -> dict[str, int]:
    """The next marked buckets, and how often each was written to."""
    query = (
        select(changed_buckets.c.bucket, changed_buckets.c.changes)
        .where(changed_buckets.c.bucket > after)
        .order_by(changed_buckets.c.bucket)
        .limit(limit)
    )
    return dict(connection.execute(query).all())


def in_bucket(connection: Connection, bucket: str) -> list[str]:
    """The holdings of one bucket: a range of the key, however a database orders hex digits."""
    try:
        number = int(bucket, 16)
    except ValueError:  # no hash, so no range
        odd = select(holdings.c.id).where(func.substr(holdings.c.id, 1, 4) == bucket)
        return list(connection.scalars(odd))
    above = f"{number + 1:04x}" if number < 0xFFFF else "g"
    return list(connection.scalars(_IN_BUCKET, {"low": f"{number:04x}", "above": above}))


def unmark(connection: Connection, seen: dict[str, int]) -> None:
    """Take marks away, unless something was written since they were read."""
    rows = [{"of": bucket, "seen": changes} for bucket, changes in seen.items()]
    if rows:
        connection.execute(_UNMARK, rows)


_IN_BUCKET = select(holdings.c.id).where(
    holdings.c.id >= bindparam("low"), holdings.c.id < bindparam("above")
)
_UNMARK = delete(changed_buckets).where(
    changed_buckets.c.bucket == bindparam("of"), changed_buckets.c.changes == bindparam("seen")
)


# --- everything ------------------------------------------------------------------------------


def pages_of_holdings(connection: Connection) -> Iterator[Sequence[str]]:
    """Every holding, a page at a time, by key."""
    after = ""
    while True:
        query = (
            select(holdings.c.id)
            .where(holdings.c.id > after)
            .order_by(holdings.c.id)
            .limit(IDS_A_PAGE)
        )
        page = list(connection.scalars(query))
        if not page:
            return
        yield page
        after = page[-1]


def uncatalogued(connection: Connection) -> list[str]:
    """What tags stand for, or the register tells of, that no catalogue knows."""
    bound = select(tag_bindings.c.holding_id).where(
        tag_bindings.c.unbound_at.is_(None),
        ~exists().where(holdings.c.id == tag_bindings.c.holding_id),
    )
    told = select(discrepancies.c.holding_id).where(
        discrepancies.c.state != DiscrepancyState.CLOSED.value,
        discrepancies.c.holding_id.is_not(None),
        ~exists().where(holdings.c.id == discrepancies.c.holding_id),
    )
    return sorted({*connection.scalars(bound), *connection.scalars(told)})


# --- getting on ------------------------------------------------------------------------------


def advance(connection: Connection, before: Cursor, seq: int) -> None:
    """Move on, in the transaction that writes what was found.

    Raises:
        Overtaken: another comparison did meanwhile.
    """
    moved = connection.execute(
        update(reconcile_cursor)
        .where(reconcile_cursor.c.version == before.version)
        .values(seq=seq, version=before.version + 1)
    )
    if moved.rowcount != 1:
        raise Overtaken("another comparison is running; it will see to this")
