"""From the journal to messages that wait to be sent, each step in one transaction.

The journal itself is the queue's beginning: an event is recorded or it is not, and a mark says up
to where it was looked at for people to tell. (event, recipient) is told once; what is due for one
recipient goes into one message, whose content and id never change again, however often it is tried.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, or_, select, update

from controller.store import outbox
from controller.store.alarms.tables import alarms
from controller.store.ids import new_id
from controller.store.journal import last_seq
from controller.store.notifications.tables import notices, notifications
from controller.store.rows import dialect_insert, fit
from controller.store.schema import journal, watermarks

MARK = ":notices"
"""The journal's mark among the consumers'; no consumer of the site file can be named so."""
PAGE = 500
LONGEST_WAIT = timedelta(hours=1)
"""Nobody waits longer between two tries, also when the clock was set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of the journal that people may be told of."""

    seq: int
    event_id: str
    kind: str
    """Name of the event."""
    at: datetime
    facts: Mapping[str, Any]
    """Its fields by name; of an event that only names an alarm, the alarm's besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one recipient."""

    event_id: str
    recipient: str
    about: str
    priority: str
    facts: Mapping[str, Any]
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that waits to be sent, with all it tells."""

    id: str
    recipient: str
    made_at: datetime
    attempts: int
    """How often it was tried before."""
    notices: Sequence[Notice]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message as it stands."""

    id: str
    recipient: str
    made_at: datetime
    state: str
    """``waiting``, ``sent`` or ``dead``."""
    attempts: int
    try_at: datetime
    ended_at: datetime | None
    error: str


def begin_here(connection: Connection, at: datetime) -> None:
    """Where nobody was told before: tell of what happens from now on, not of the past."""
    if MARK not in outbox.watermarks(connection):
        outbox.set_watermark(connection, MARK, last_seq(connection), at)


def happenings(connection: Connection, kinds: Iterable[str]) -> tuple[list[Happening], int]:
    """Events of these kinds beyond the mark, oldest first, and where to put the mark then."""
    mark = select(watermarks.c.seq).where(watermarks.c.consumer == MARK)
    after = connection.scalar(mark) or 0
    upto = last_seq(connection)
    query = (
        select(journal.c.seq, journal.c.id, journal.c.kind, journal.c.at, journal.c.body)
        .where(journal.c.kind.in_(list(kinds)), journal.c.seq > after)
        .order_by(journal.c.seq)
        .limit(PAGE)
    )
    found = [
        Happening(
            seq=row.seq,
            event_id=row.id,
            kind=row.kind,
            at=row.at,
            facts=_facts(connection, row.body),
        )
        for row in connection.execute(query)
    ]
    if len(found) == PAGE:
        return found, found[-1].seq
    return found, max([upto, after, *(one.seq for one in found[-1:])])


def _facts(connection: Connection, body: Mapping[str, Any]) -> Mapping[str, Any]:
    alarm_id = body.get("alarm_id")
    if alarm_id is None or "kind" in body:
        return body
    about = (alarms.c.kind, alarms.c.source, alarms.c.subject, alarms.c.priority, alarms.c.detail)
    row = connection.execute(select(*about).where(alarms.c.id == alarm_id)).mappings().first()
    return body if row is None else {**row, **body}


def put(connection: Connection, given: Sequence[Notice], upto_seq: int, at: datetime) -> None:
    """Queue notices and move the mark on; the caller holds the writers' lock."""
    tell(connection, given)
    outbox.set_watermark(connection, MARK, upto_seq, at)


def tell(connection: Connection, given: Sequence[Notice]) -> None:
    """Queue notices that no event of the journal stands behind, or all of one page."""
    if not given:
        return
    rows = [
        fit(notices, {name: getattr(notice, name) for name in Notice.__slots__}) for notice in given
    ]
    connection.execute(dialect_insert(connection, notices).on_conflict_do_nothing(), rows)


def any_due(connection: Connection, now: datetime) -> bool:
    """Whether something is due that is in no message yet."""
    due = (notices.c.message_id.is_(None), notices.c.due_at <= now)
    return connection.scalar(select(notices.c.id).where(*due).limit(1)) is not None


def bundle(
    connection: Connection, now: datetime, *, rest: timedelta, critical_rest: timedelta
) -> int:
    """Make one message of all that is due for each recipient who is not resting; how many.

    A recipient rests for ``rest`` after a message, so that a storm is a few messages and not
    hundreds; for ``critical_rest`` where something critical waits.
    """
    due = connection.execute(
        select(notices.c.recipient, notices.c.priority)
        .where(notices.c.message_id.is_(None), notices.c.due_at <= now)
        .distinct()
    )
    priorities: dict[str, set[str]] = {}
    for recipient, priority in due:
        priorities.setdefault(recipient, set()).add(priority)
    made = 0
    for recipient, found in sorted(priorities.items()):
        pause = critical_rest if "critical" in found else rest
        if not _rests(connection, recipient, now, pause):
            _bundle(connection, recipient, now)
            made += 1
    return made


def _rests(connection: Connection, recipient: str, now: datetime, pause: timedelta) -> bool:
    newest = connection.scalar(
        select(func.max(notifications.c.made_at)).where(notifications.c.recipient == recipient)
    )
    return newest is not None and timedelta(0) <= now - newest < pause


def _bundle(connection: Connection, recipient: str, now: datetime) -> None:
    message_id = new_id()
    connection.execute(
        insert(notifications).values(
            id=message_id,
            recipient=recipient,
            made_at=now,
            state="waiting",
            attempts=0,
            try_at=now,
            error="",
        )
    )
    due = (
        notices.c.message_id.is_(None),
        notices.c.recipient == recipient,
        notices.c.due_at <= now,
    )
    connection.execute(update(notices).where(*due).values(message_id=message_id))


def waiting(connection: Connection, now: datetime, limit: int = 20) -> list[Waiting]:
    """Messages whose turn it is, oldest first."""
    turn = or_(notifications.c.try_at <= now, notifications.c.try_at > now + LONGEST_WAIT)
    query = (
        select(notifications)
        .where(notifications.c.state == "waiting", turn)
        .order_by(notifications.c.id)
        .limit(limit)
    )
    return [
        Waiting(
            id=row.id,
            recipient=row.recipient,
            made_at=row.made_at,
            attempts=row.attempts,
            notices=_notices(connection, row.id),
        )
        for row in connection.execute(query).all()
    ]


def _notices(connection: Connection, message_id: str) -> list[Notice]:
    columns = [notices.c[name] for name in Notice.__slots__]
    query = select(*columns).where(notices.c.message_id == message_id).order_by(notices.c.id)
    return [Notice(**row) for row in connection.execute(query).mappings()]


def failed(connection: Connection, message_id: str, try_at: datetime, error: str) -> None:
    """It was not taken: try again then."""
    _change(connection, message_id, state="waiting", try_at=try_at, error=error)


def ended(connection: Connection, message_id: str, at: datetime, error: str = "") -> None:
    """It was taken; or, with an ``error``, it never will be."""
    _change(connection, message_id, state="dead" if error else "sent", ended_at=at, error=error)


def _change(connection: Connection, message_id: str, **values: Any) -> None:
    changed = fit(notifications, {**values, "attempts": notifications.c.attempts + 1})
    connection.execute(
        update(notifications).where(notifications.c.id == message_id).values(**changed)
    )


def newest(connection: Connection, *, limit: int) -> list[MessageView]:
    """The newest messages first."""
    query = select(notifications).order_by(notifications.c.id.desc()).limit(limit)
    return [MessageView(**row) for row in connection.execute(query).mappings()]


def prune(engine: Engine, before: datetime) -> None:
    """Forget what was sent or given up before.

    Raises:
        StoreFull, StoreBusy: nothing was forgotten.
    """
    old = notifications.c.ended_at < before
    gone = select(notifications.c.id).where(old)
    with engine.begin() as connection:
        connection.execute(delete(notices).where(notices.c.message_id.in_(gone)))
        connection.execute(delete(notifications).where(old))
