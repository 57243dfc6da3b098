"""What the air did to a holding, and who stood in a room: for routes and screens alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from api.context import Context
from controller.config import Site
from controller.domain.places import Places
from controller.domain.preservation.exposure import (
    Exposure,
    Gap,
    RoomExcursion,
    RoomHours,
    Stay,
    live_through,
)
from controller.domain.preservation.limits import PRESETS, Preset
from controller.domain.preservation.rooms import Hour, merged
from controller.store.climate.exposure import RoomOfHome, stays_of
from controller.store.climate.history import LocalHistory
from controller.store.climate.hours import hour_of

LONGEST: Final = timedelta(days=5 * 366)
MOST_TOLD: Final = 500
"""Of gaps and of excursions, the longest; their sums count them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureView:
    """One holding's own climate from ``since`` up to ``until``; null where too little is known."""

    holding_id: str
    since: datetime
    until: datetime
    in_rooms_s: float
    """How long it stood in our rooms."""
    observed_s: float
    """Of that, how long by observation; the rest only by the catalogue's word."""
    known_s: float
    """Of that, how long the climate is known."""
    coverage_percent: float
    """``known_s`` of ``in_rooms_s``; below 75 no mean is given."""
    twpi_years: float | None
    """Its own time-weighted preservation index."""
    equivalent_lifetime_multiplier: float | None
    """Against 20 °C and 50 %: 2 means twice the life (Michalski 2002)."""
    lowest_temperature_c: float | None
    highest_temperature_c: float | None
    lowest_relative_humidity_percent: float | None
    highest_relative_humidity_percent: float | None
    highest_mould_index: float
    beyond_s: dict[str, float]
    """Time beyond each limit of its rooms' presets, hour by hour of their means."""
    stays: list[Stay]
    excursions: list[RoomExcursion]
    gaps: list[Gap]


def exposure(
    connection: Connection, context: Context, holding_id: str, since: datetime, until: datetime
) -> ExposureView:
    """What is known of that span."""
    stood = stays_of(connection, holding_id, room_of_home(context.site), since=since, until=until)
    lived = live_through(stood, _hours_of(connection, context.site), presets(context.site))
    return _view(holding_id, since, until, lived)


def presets(site: Site) -> dict[str, Preset]:
    """The limits that each room is judged by."""
    by_name = {preset.name: preset for preset in PRESETS}
    return {room.id: by_name[room.preset] for room in site.rooms}


def room_of_home(site: Site) -> RoomOfHome:
    """Reads the catalogue's homes: a shelf of a bank, a machine, or a room by id or name."""
    shelves = Places([rack.plan() for rack in site.racks], site.places.patterns)
    banks = {rack.id: rack.room for rack in site.racks}
    rooms = {name.casefold(): room.id for room in site.rooms for name in (room.id, room.name)}
    rooms |= {each.id.casefold(): each.room for each in (*site.racks, *site.machines)}

    def read(home: str) -> str | None:
        place = shelves.read(home)
        if place is not None:
            return banks[place.rack]
        return rooms.get(home.strip().casefold()) or rooms.get(
            home.partition("/")[0].strip().casefold()
        )

    return read


def _hours_of(connection: Connection, site: Site) -> RoomHours:
    history = LocalHistory(connection)

    def hours(room: str, since: datetime, until: datetime) -> Sequence[Hour]:
        sensors = [sensor.id for sensor in site.sensors if sensor.room == room]
        return merged(history.hours(sensors, since=hour_of(since), until=until))

    return hours


def _view(holding_id: str, since: datetime, until: datetime, lived: Exposure) -> ExposureView:
    record = lived.record
    return ExposureView(
        holding_id=holding_id,
        since=since,
        until=until,
        in_rooms_s=lived.in_rooms_s,
        observed_s=lived.observed_s,
        known_s=record.known_s,
        coverage_percent=100 * lived.coverage,
        twpi_years=lived.twpi_years,
        equivalent_lifetime_multiplier=lived.equivalent_lifetime,
        lowest_temperature_c=record.temperature_c.lowest,
        highest_temperature_c=record.temperature_c.highest,
        lowest_relative_humidity_percent=record.relative_humidity_percent.lowest,
        highest_relative_humidity_percent=record.relative_humidity_percent.highest,
        highest_mould_index=record.mould.highest,
        beyond_s=lived.beyond_s,
        stays=lived.stays,
        excursions=_longest(lived.excursions),
        gaps=_longest_gaps(lived.gaps),
    )


def _longest(found: Sequence[RoomExcursion]) -> list[RoomExcursion]:
    most = sorted(found, key=lambda each: each.excursion.seconds, reverse=True)[:MOST_TOLD]
    return sorted(most, key=lambda each: each.excursion.since)


def _longest_gaps(found: Sequence[Gap]) -> list[Gap]:
    most = sorted(found, key=lambda gap: gap.until - gap.since, reverse=True)[:MOST_TOLD]
    return sorted(most, key=lambda gap: gap.since)
