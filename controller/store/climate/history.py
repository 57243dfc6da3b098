"""Reading what was measured: hours for reports and metrics, thin series for charts.

One port with several back ends. ``LocalHistory`` needs nothing but the store: readings for some
weeks, hours for years. What is not known is left out, never filled in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import Connection, func, select

from controller.domain.preservation.rooms import HOUR, Hour, Spread, spread_over
from controller.store import views_climate
from controller.store.climate.hours import MINUTES, hour_of
from controller.store.climate.tables import reading_hours
from controller.store.schema import readings
from controller.store.views_climate import Point

__all__ = ["History", "Hour", "LocalHistory", "thin"]


class History(Protocol):
    """Where charts, metrics and reports read from."""

    def hours(
        self, sensors: Sequence[str], *, since: datetime, until: datetime
    ) -> dict[str, list[Hour]]:
        """The known hours that begin from ``since`` up to ``until``, oldest first, by sensor."""
        ...

    def series(self, sensor: str, *, since: datetime, until: datetime, points: int) -> list[Point]:
        """The same in at most ``points`` spans of equal length; a span without a value is absent.

        As fine as readings are kept, by the hour beyond.
        """
        ...


class LocalHistory:
    """The store's own history, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hours(
        self, sensors: Sequence[str], *, since: datetime, until: datetime
    ) -> dict[str, list[Hour]]:
        """See :class:`History`; one range of the table's key for each sensor."""
        return {sensor: self._hours(sensor, since, until) for sensor in sensors}

    def series(self, sensor: str, *, since: datetime, until: datetime, points: int) -> list[Point]:
        """See :class:`History`; hours where the readings are gone or a span is an hour or more."""
        span = (until - since) / points
        if span < HOUR and self._kept_whole(sensor, since):
            return views_climate.series(
                self._connection, sensor, since=since, until=until, points=points
            )
        found = self._hours(sensor, hour_of(since), until)
        return thin(found, since, max(span, HOUR))

    def _hours(self, sensor: str, since: datetime, until: datetime) -> list[Hour]:
        rows = self._connection.execute(
            select(reading_hours)
            .where(
                reading_hours.c.sensor == sensor,
                reading_hours.c.at >= since,
                reading_hours.c.at < until,
            )
            .order_by(reading_hours.c.at)
        )
        return [_hour(row) for row in rows.mappings()]

    def _kept_whole(self, sensor: str, since: datetime) -> bool:
        """Whether no reading after ``since`` was let go: then the oldest left tells of it."""
        oldest = select(func.min(readings.c.at)).where(
            readings.c.sensor == sensor, readings.c.at >= since
        )
        known = select(func.min(reading_hours.c.at)).where(
            reading_hours.c.sensor == sensor, reading_hours.c.at >= hour_of(since)
        )
        left, first = self._connection.scalar(oldest), self._connection.scalar(known)
        return first is None or (left is not None and hour_of(left) <= first + HOUR)


def thin(hours: Sequence[Hour], since: datetime, span: timedelta) -> list[Point]:
    """Hours as points, each over those that begin in its span."""

    def number(hour: Hour) -> int:
        return max(0, int((hour.at - since) / span))

    return [
        _point(max(since, since + each * span), list(group))
        for each, group in groupby(hours, key=number)
    ]


def _point(at: datetime, hours: Sequence[Hour]) -> Point:
    weights = [hour.coverage for hour in hours]
    return Point(
        at=at,
        readings=sum(hour.readings for hour in hours),
        temperature_c=spread_over([hour.temperature_c for hour in hours], weights),
        relative_humidity_percent=spread_over(
            [hour.relative_humidity_percent for hour in hours], weights
        ),
    )


def _hour(row: Any) -> Hour:
    return Hour(
        sensor=row["sensor"],
        at=row["at"],
        readings=row["readings"],
        uncertain=row["uncertain"],
        coverage=row["minutes"].bit_count() / MINUTES,
        temperature_c=_spread(row, "temperature"),
        relative_humidity_percent=_spread(row, "humidity"),
    )


def _spread(row: Any, prefix: str) -> Spread | None:
    count = row[f"{prefix}_count"]
    if not count:
        return None
    return Spread(
        lowest=row[f"{prefix}_lowest"],
        mean=row[f"{prefix}_sum"] / count,
        highest=row[f"{prefix}_highest"],
    )
