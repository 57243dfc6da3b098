"""The devices of the site file together with what the store knows of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from api.context import Context
from controller.config import Rack, Sensor
from controller.site_parts import Placed
from controller.store import views, views_climate
from controller.store.views import DeviceView, RackView
from controller.store.views_climate import ReadingView
from drivers.observations import RackMode

STALE_INTERVALS: Final = 3
"""A sensor that missed this many of its own intervals says nothing about now."""

Kind = Literal["reader", "rack", "machine", "sensor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitView:
    """One configured limit; a value at the limit itself is still good."""

    quantity: str
    side: str
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorClimate:
    """One sensor, where it hangs, and its newest reading, if it ever gave one."""

    sensor: str
    name: str
    room: str
    reading: ReadingView | None
    stale: bool
    """True when the newest reading is too old to speak of now, or there is none."""
    limits: tuple[LimitView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RackState:
    """One bank of the site and its own last account; unknown is never safe."""

    id: str
    name: str
    room: str
    aisles: int
    mode: RackMode
    """``unknown`` also while the bank does not answer."""
    open_aisle: int | None
    occupied: str
    """Aisles that are not known to be clear, with what they are: ``3:occupied``."""
    fault_code: int
    changed_at: datetime | None
    last_result: str
    """What became of the newest motion: a code and its facts; empty before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """One device of the site; ``unknown`` until the controller has heard of it."""

    id: str
    name: str
    room: str
    kind: Kind
    state: str
    since: datetime | None
    detail: str


def climate(context: Context) -> list[SensorClimate]:
    """The newest reading of every sensor of the site. Blocks."""
    now = context.now()
    sensors = context.site.sensors
    with context.reader.connect() as connection:
        newest = views_climate.newest_readings(connection, [sensor.id for sensor in sensors])
    return [_now(sensor, newest.get(sensor.id), now) for sensor in sensors]


def racks(context: Context) -> list[RackState]:
    """Every bank of the site. Blocks."""
    with context.reader.connect() as connection:
        known = views.list_racks(connection)
    return [_state(rack, known.get(rack.id)) for rack in context.site.racks]


def _state(rack: Rack, known: RackView | None) -> RackState:
    return RackState(
        id=rack.id,
        name=rack.name,
        room=rack.room,
        aisles=rack.aisles,
        mode=RackMode.UNKNOWN if known is None else known.mode,
        open_aisle=None if known is None else known.open_aisle,
        occupied="" if known is None else known.occupied,
        fault_code=0 if known is None else known.fault_code,
        changed_at=None if known is None else known.changed_at,
        last_result="" if known is None else known.last_result,
    )


def devices(context: Context) -> list[DeviceState]:
    """Every device of the site. Blocks."""
    with context.reader.connect() as connection:
        known = views.list_devices(connection)
    site = context.site
    kinds: list[tuple[Kind, tuple[Placed, ...]]] = [
        ("reader", site.reading_places),
        ("rack", site.racks),
        ("machine", site.machines),
        ("sensor", site.sensors),
    ]
    return [_device(part, kind, known.get(part.id)) for kind, parts in kinds for part in parts]


def _device(part: Placed, kind: Kind, known: DeviceView | None) -> DeviceState:
    return DeviceState(
        id=part.id,
        name=part.name,
        room=part.room,
        kind=kind,
        state="unknown" if known is None else known.state,
        since=None if known is None else known.since,
        detail="" if known is None else known.detail,
    )


def _now(sensor: Sensor, reading: ReadingView | None, now: datetime) -> SensorClimate:
    patience = timedelta(seconds=STALE_INTERVALS * sensor.interval_s)
    return SensorClimate(
        sensor=sensor.id,
        name=sensor.name,
        room=sensor.room,
        reading=reading,
        stale=reading is None or now - reading.at > patience,
        limits=tuple(
            LimitView(quantity=limit.quantity, side=limit.side, limit=limit.limit)
            for limit in sensor.limits
        ),
    )
