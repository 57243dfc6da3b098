"""Hours in which a room did not keep its limits, and what people knew and did about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from controller.domain.preservation.hourly import HOUR_S, HourlyClimate, Hours
from controller.domain.preservation.limits import Preset
from controller.reporting.month import AlarmOccurrence

AROUND = timedelta(hours=1)
"""An alarm this long before or after an excursion belongs to it: hours are means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """Hours in a row whose mean lay outside the room's limits."""

    quantity: str
    side: str
    """``high`` or ``low``."""
    since: datetime
    until: datetime
    limit: float
    worst: float
    alarms: int
    """Alarms about it; 0 where nobody was told."""
    acknowledged_by: str
    cause: str
    """What the person who acknowledged it wrote; empty where nobody did."""

    @property
    def hours(self) -> float:
        """How long it lasted."""
        return (self.until - self.since) / timedelta(hours=1)


def excursions(
    climate: HourlyClimate, preset: Preset, sensor: str, alarms: Sequence[AlarmOccurrence]
) -> list[Excursion]:
    """Every excursion of one sensor's month from ``preset``, oldest first.

    An hour without a reading ends it: nobody knows how it went on.
    """
    quantities = {
        "temperature_c": (climate.temperature_c, preset.temperature_c),
        "relative_humidity_percent": (
            climate.relative_humidity_percent,
            preset.relative_humidity_percent,
        ),
    }
    own = [alarm for alarm in alarms if alarm.source == sensor]
    found = [
        _excursion(climate.start_s, quantity, run, limits, own)
        for quantity, (hours, limits) in quantities.items()
        for run in _outside(hours, limits)
    ]
    return sorted(found, key=lambda one: (one.since, one.quantity))


def _outside(hours: Hours, limits: tuple[float, float]) -> Iterator[list[tuple[int, float]]]:
    """Runs of (hour, mean) beyond one side of the limits."""
    low, high = limits

    def side(numbered: tuple[int, float | None]) -> str:
        value = numbered[1]
        if value is None:
            return ""
        return "high" if value > high else "low" if value < low else ""

    for name, group in groupby(enumerate(hours), key=side):
        if name:
            yield [(number, value) for number, value in group if value is not None]


def _excursion(
    start_s: float,
    quantity: str,
    run: list[tuple[int, float]],
    limits: tuple[float, float],
    alarms: Sequence[AlarmOccurrence],
) -> Excursion:
    low, high = limits
    values = [value for _, value in run]
    above = values[0] > high
    since = datetime.fromtimestamp(start_s + run[0][0] * HOUR_S, UTC)
    until = since + timedelta(hours=len(run))
    about = [a for a in alarms if a.quantity == quantity and _meets(a, since, until)]
    told = next((a for a in about if a.acknowledged_by), None)
    return Excursion(
        quantity=quantity,
        side="high" if above else "low",
        since=since,
        until=until,
        limit=high if above else low,
        worst=max(values) if above else min(values),
        alarms=len(about),
        acknowledged_by=told.acknowledged_by if told else "",
        cause=told.note if told else "",
    )


def _meets(alarm: AlarmOccurrence, since: datetime, until: datetime) -> bool:
    over = alarm.returned_at
    return alarm.raised_at <= until + AROUND and (over is None or over >= since - AROUND)
