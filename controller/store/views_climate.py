"""Temperature and humidity as measured: the newest reading, and a series thin enough to draw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from controller.domain.preservation.rooms import Spread
from controller.store.schema import readings
from drivers.observations import Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingView:
    """One reading; a value the sensor could not give is null."""

    at: datetime
    temperature_c: float | None
    relative_humidity_percent: float | None
    quality: Quality
    fault: str
    raw_temperature_c: float | None = None
    """As the sensor gave it, where its calibration corrects it; else null."""
    raw_relative_humidity_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One span of a series. A span without any value is left out, never filled in."""

    at: datetime
    """Its beginning."""
    readings: int
    temperature_c: Spread | None
    relative_humidity_percent: Spread | None


def newest_readings(connection: Connection, sensors: Iterable[str]) -> dict[str, ReadingView]:
    """The newest reading of each of these sensors that ever gave one."""
    found: dict[str, ReadingView] = {}
    for sensor in sensors:
        query = (
            select(*_VALUES)
            .where(readings.c.sensor == sensor)
            .order_by(readings.c.at.desc())
            .limit(1)
        )
        row = connection.execute(query).mappings().one_or_none()
        if row is not None:
            found[sensor] = ReadingView(**{**row, "quality": Quality(row["quality"])})
    return found


def series(
    connection: Connection, sensor: str, *, since: datetime, until: datetime, points: int
) -> list[Point]:
    """The readings from ``since`` up to ``until`` in at most ``points`` spans of equal length."""
    span = (until - since) / points
    query = (
        select(readings.c.at, readings.c.temperature_c, readings.c.relative_humidity_percent)
        .where(
            readings.c.sensor == sensor,
            readings.c.at >= since,
            readings.c.at < until,
            readings.c.quality != Quality.BAD,
        )
        .order_by(readings.c.at)
    )
    found: list[Point] = []
    now, rows = -1, list[tuple[float | None, float | None]]()
    for at, temperature, humidity in connection.execution_options(yield_per=2000).execute(query):
        number = int((at - since) / span)
        if number != now and rows:
            found.append(_point(since + now * span, rows))
            rows = []
        now = number
        rows.append((temperature, humidity))
    if rows:
        found.append(_point(since + now * span, rows))
    return found


_VALUES = [column for column in readings.c if column.name not in ("sensor", "hist")]

LONGEST = timedelta(days=92)
"""The longest span ``series`` is meant for: a quarter of a year at one reading a minute."""


def _point(at: datetime, rows: Sequence[tuple[float | None, float | None]]) -> Point:
    return Point(
        at=at,
        readings=len(rows),
        temperature_c=_spread([temperature for temperature, _ in rows if temperature is not None]),
        relative_humidity_percent=_spread([rh for _, rh in rows if rh is not None]),
    )


def _spread(values: Sequence[float]) -> Spread | None:
    if not values:
        return None
    return Spread(lowest=min(values), mean=sum(values) / len(values), highest=max(values))
