"""What people read of alarms over time: the journal of one, and the figures of all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from controller.domain.alarm_metrics import AlarmMetrics, Raised, summarise
from controller.domain.events_alarms import AlarmRaised
from controller.domain.model import PUT_ASIDE, AlarmState
from controller.store.alarms.tables import alarm_log, alarms

MOST_COUNTED = 100_000
STALE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStep:
    """One step in the life of an alarm: who, why, when."""

    seq: int
    at: datetime
    kind: str
    """The event's class name."""
    priority: str
    by: str
    """Empty: nobody, it happened."""
    why: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFigures:
    """How good the alarms of some days were."""

    since: datetime
    until: datetime
    metrics: AlarmMetrics
    stale: int
    """Alarms whose condition has held for more than a day."""
    put_aside: int
    """Shelved, suppressed or out of service now."""


def alarm_journal(
    connection: Connection, alarm_id: str, *, before: int | None = None, limit: int
) -> list[AlarmStep]:
    """The life of one alarm, newest first; ``before`` is the number to go on from."""
    query = (
        select(*(c for c in alarm_log.c if c.name != "alarm_id"))
        .where(alarm_log.c.alarm_id == alarm_id)
        .order_by(alarm_log.c.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(alarm_log.c.seq < before)
    return [AlarmStep(**row) for row in connection.execute(query).mappings()]


def alarm_figures(connection: Connection, since: datetime, until: datetime) -> AlarmFigures:
    """The figures of that span; of more than 100,000 alarms, of the newest."""
    rows = connection.execute(
        select(alarm_log.c.at, alarm_log.c.alarm_id, alarm_log.c.priority)
        .where(
            alarm_log.c.kind == AlarmRaised.__name__,
            alarm_log.c.at >= since,
            alarm_log.c.at < until,
        )
        .order_by(alarm_log.c.at.desc())
        .limit(MOST_COUNTED)
    ).all()
    raised = [
        Raised(at_s=row.at.timestamp(), alarm_id=row.alarm_id, priority=row.priority)
        for row in reversed(rows)
    ]
    stale = select(func.count()).where(
        alarms.c.state != AlarmState.NORMAL.value,
        alarms.c.condition,
        alarms.c.raised_at < until - STALE,
    )
    aside = select(func.count()).where(alarms.c.state.in_([s.value for s in PUT_ASIDE]))
    return AlarmFigures(
        since=since,
        until=until,
        metrics=summarise(raised, since.timestamp(), until.timestamp()),
        stale=connection.scalar(stale) or 0,
        put_aside=connection.scalar(aside) or 0,
    )
