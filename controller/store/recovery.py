"""What the deciding thread must know when it starts: what was wrong when it stopped."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from controller.domain.events import (
    ControllerStarted,
    TagBound,
    TagWritingBegan,
    TagWritingFailed,
)
from controller.domain.events_presence import TagArrived
from controller.domain.model import Alarm, AlarmState
from controller.domain.model_orders import Order
from controller.domain.model_shelving import KnownShelving
from controller.store.alarms.folds import alarm_of
from controller.store.alarms.tables import alarms
from controller.store.codec import decode_event
from controller.store.lending.order_views import known_orders
from controller.store.presence.views import present
from controller.store.schema import devices, journal, readings
from controller.store.shelving.views import known_shelving
from drivers.observations import ClimateReading, Moment, Quality

REMEMBERED_READINGS = 30_000
"""An hour of 500 sensors, a day of 20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The state that outlives a controller."""

    active_alarms: tuple[Alarm, ...]
    """Every alarm that is not normal, oldest change first."""
    lost_devices: tuple[str, ...]
    shelving: KnownShelving
    orders: tuple[Order, ...]
    """Those that are not over."""
    present: tuple[TagArrived, ...]
    """What was near which antenna, as far as it stands for a holding."""
    writings: tuple[TagWritingBegan, ...]
    """Tags that were being written, and nobody saw the end of it."""
    readings: tuple[ClimateReading, ...]
    """The newest, oldest first: so much that delays and windows go on from there."""


def load(connection: Connection) -> Known:
    """Read it; bounded by what is wrong, not by how much was ever recorded."""
    active = select(alarms).where(alarms.c.state != AlarmState.NORMAL.value).order_by(alarms.c.seq)
    lost = select(devices.c.id).where(devices.c.state == "lost").order_by(devices.c.id)
    return Known(
        active_alarms=tuple(alarm_of(dict(row)) for row in connection.execute(active).mappings()),
        lost_devices=tuple(connection.scalars(lost)),
        shelving=known_shelving(connection),
        orders=known_orders(connection),
        present=tuple(present(connection)),
        writings=_unfinished(connection),
        readings=_newest_readings(connection),
    )


def _newest_readings(connection: Connection) -> tuple[ClimateReading, ...]:
    """Their monotonic second is 0: whoever takes them puts them on a clock of their own."""
    rows = connection.execute(
        select(
            readings.c.sensor,
            readings.c.at,
            readings.c.temperature_c,
            readings.c.relative_humidity_percent,
            readings.c.quality,
        )
        .where(readings.c.hist.is_(False))
        .order_by(readings.c.at.desc())
        .limit(REMEMBERED_READINGS)
    ).all()
    return tuple(
        ClimateReading(
            at=Moment(utc=row.at, monotonic_s=0.0),
            sensor=row.sensor,
            temperature_c=row.temperature_c,
            relative_humidity_percent=row.relative_humidity_percent,
            quality=Quality(row.quality),
            fault="",
        )
        for row in reversed(rows)
    )


def _unfinished(connection: Connection) -> tuple[TagWritingBegan, ...]:
    """Of the last controller only: each one ends, as it starts, what the one before left open."""
    started = select(func.max(journal.c.seq)).where(journal.c.kind == ControllerStarted.__name__)
    kinds = [kind.__name__ for kind in (TagWritingBegan, TagWritingFailed, TagBound)]
    rows = connection.execute(
        select(journal.c.kind, journal.c.body)
        .where(journal.c.kind.in_(kinds), journal.c.seq > (connection.scalar(started) or 0))
        .order_by(journal.c.seq)
    )
    open_writings: dict[str, TagWritingBegan] = {}
    for row in rows:
        event = decode_event(row.kind, row.body)
        if isinstance(event, TagWritingBegan):
            open_writings[event.writing_id] = event
        elif isinstance(event, TagWritingFailed):
            open_writings.pop(event.writing_id, None)
        elif isinstance(event, TagBound):
            open_writings = {i: w for i, w in open_writings.items() if not _by(w, event)}
    return tuple(open_writings.values())


def _by(writing: TagWritingBegan, bound: TagBound) -> bool:
    return (writing.epc, writing.holding_id) == (bound.epc, bound.holding_id)
