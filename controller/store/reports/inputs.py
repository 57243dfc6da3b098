"""What a month's report needs, read from the store: samples of sensors, alarms with their course.

Bounded: the samples of one room's month, and the alarms of its devices.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from controller.domain.events import AlarmAcknowledged, AlarmRaised, AlarmReturnedToNormal, Event
from controller.store.codec import decode_event
from controller.store.schema import journal, readings
from drivers.observations import Quality

STOOD_BEFORE = timedelta(days=31)
"""An alarm raised earlier than this before the month is no part of its report."""
_KINDS = (AlarmRaised.__name__, AlarmAcknowledged.__name__, AlarmReturnedToNormal.__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Both values of one moment."""

    at: datetime
    temperature_c: float
    relative_humidity_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """One sensor's readings of a time."""

    values: Sequence[Measured]
    """Good and uncertain ones that have both values, oldest first."""
    uncertain: int
    bad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One alarm from its raising on."""

    raised: AlarmRaised
    returned_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    note: str = ""


def measurements(
    connection: Connection, sensor: str, since: datetime, until: datetime
) -> Measurements:
    """What ``sensor`` measured from ``since`` up to ``until``."""
    span = (readings.c.sensor == sensor, readings.c.at >= since, readings.c.at < until)
    both = (readings.c.temperature_c, readings.c.relative_humidity_percent)
    query = (
        select(readings.c.at, *both)
        .where(*span, readings.c.quality != Quality.BAD.value, *(c.is_not(None) for c in both))
        .order_by(readings.c.at)
    )
    counts = select(readings.c.quality, func.count()).where(*span).group_by(readings.c.quality)
    by_quality: dict[str, int] = {row[0]: row[1] for row in connection.execute(counts)}
    return Measurements(
        values=[
            Measured(at=at, temperature_c=temperature, relative_humidity_percent=humidity)
            for at, temperature, humidity in connection.execute(query)
        ],
        uncertain=by_quality.get(Quality.UNCERTAIN.value, 0),
        bad=by_quality.get(Quality.BAD.value, 0),
    )


def occurrences(
    connection: Connection, sources: Iterable[str], since: datetime, until: datetime
) -> list[Occurrence]:
    """Alarms of these devices that were raised before ``until`` and not over before ``since``.

    What happened to them is told as it stood at ``until``, so that a report made later is the same.
    """
    query = (
        select(journal.c.kind, journal.c.body)
        .where(
            journal.c.kind.in_(_KINDS),
            journal.c.at >= since - STOOD_BEFORE,
            journal.c.at < until,
        )
        .order_by(journal.c.seq)
    )
    events = (decode_event(kind, body) for kind, body in connection.execute(query))
    told = _courses(events, frozenset(sources))
    return [one for one in told if one.raised.at >= since or _stood(one, since)]


def _stood(one: Occurrence, since: datetime) -> bool:
    return one.returned_at is None or one.returned_at >= since


def _courses(events: Iterable[Event], sources: frozenset[str]) -> Iterator[Occurrence]:
    """One occurrence for each raising, with what followed until the next."""
    last: dict[str, Occurrence] = {}
    done: list[Occurrence] = []
    for event in events:
        if isinstance(event, AlarmRaised):
            if event.source in sources:
                if event.alarm_id in last:
                    done.append(last[event.alarm_id])
                last[event.alarm_id] = Occurrence(raised=event)
            continue
        known = last.get(getattr(event, "alarm_id", ""))
        if known is not None:
            last[known.raised.alarm_id] = _after(known, event)
    yield from sorted([*done, *last.values()], key=lambda one: one.raised.at)


def _after(known: Occurrence, event: Event) -> Occurrence:
    match event:
        case AlarmAcknowledged(at=at, by=by, note=note) if known.acknowledged_at is None:
            return replace(known, acknowledged_at=at, acknowledged_by=by, note=note)
        case AlarmReturnedToNormal(at=at) if known.returned_at is None:
            return replace(known, returned_at=at)
        case _:
            return known
