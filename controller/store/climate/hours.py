"""Hours out of readings: what may be added up in any order, so that an hour is never recomputed.

Bounded: one row a sensor an hour. A reading covers the minutes of its own interval's place in the
hour; of every interval that has a reading, all minutes count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, case, func, select

from controller.store.climate.tables import reading_hours
from controller.store.rows import Row, dialect_insert
from drivers.observations import Quality

MINUTES: Final = 60
_PARTS: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
"""Minutes that divide an hour: what an interval is rounded up to."""
USUAL_INTERVAL_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One reading, as far as hours are concerned."""

    sensor: str
    at: datetime
    temperature_c: float | None
    relative_humidity_percent: float | None
    quality: Quality

    @property
    def counts(self) -> bool:
        """Whether it says anything: a bad value is no value."""
        known = self.temperature_c is not None or self.relative_humidity_percent is not None
        return known and self.quality is not Quality.BAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Count, sum and extremes of one quantity."""

    count: int = 0
    total: float = 0.0
    lowest: float | None = None
    highest: float | None = None

    def plus(self, value: float | None) -> "Sums":
        """The same with one more value; ``None`` is none."""
        if value is None:
            return self
        return Sums(
            count=self.count + 1,
            total=self.total + value,
            lowest=value if self.lowest is None else min(self.lowest, value),
            highest=value if self.highest is None else max(self.highest, value),
        )

    def columns(self, prefix: str) -> Row:
        """As the table has it."""
        return {
            f"{prefix}_count": self.count,
            f"{prefix}_sum": self.total,
            f"{prefix}_lowest": self.lowest,
            f"{prefix}_highest": self.highest,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HourSums:
    """One hour of one sensor, still open to more readings."""

    readings: int = 0
    uncertain: int = 0
    minutes: int = 0
    temperature: Sums = Sums()
    humidity: Sums = Sums()

    def plus(self, one: Measured, interval_s: float) -> "HourSums":
        """The same with one more reading."""
        return replace(
            self,
            readings=self.readings + 1,
            uncertain=self.uncertain + (one.quality is Quality.UNCERTAIN),
            minutes=self.minutes | _covered(one.at, interval_s),
            temperature=self.temperature.plus(one.temperature_c),
            humidity=self.humidity.plus(one.relative_humidity_percent),
        )


def hour_of(at: datetime) -> datetime:
    """The clock hour (UTC) that ``at`` lies in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def summed(
    given: Iterable[Measured], intervals: Mapping[str, float]
) -> dict[tuple[str, datetime], HourSums]:
    """The hours that these readings make up; ``intervals`` in seconds, by sensor."""
    hours: dict[tuple[str, datetime], HourSums] = {}
    for one in given:
        if one.counts:
            key = (one.sensor, hour_of(one.at))
            interval_s = intervals.get(one.sensor, USUAL_INTERVAL_S)
            hours[key] = hours.get(key, HourSums()).plus(one, interval_s)
    return hours


def add(connection: Connection, hours: Mapping[tuple[str, datetime], HourSums]) -> None:
    """Add these to the hours that are there; each reading may be added once only."""
    if not hours:
        return
    statement = dialect_insert(connection, reading_hours)
    new, old = statement.excluded, reading_hours.c
    grown: dict[str, ColumnElement[Any]] = {"minutes": old.minutes.bitwise_or(new["minutes"])}
    for name in ("readings", "uncertain"):
        grown[name] = old[name] + new[name]
    for prefix in ("temperature", "humidity"):
        for name in (f"{prefix}_count", f"{prefix}_sum"):
            grown[name] = old[name] + new[name]
        lowest, highest = f"{prefix}_lowest", f"{prefix}_highest"
        grown[lowest] = _either(new[lowest] < old[lowest], new[lowest], old[lowest])
        grown[highest] = _either(new[highest] > old[highest], new[highest], old[highest])
    connection.execute(
        statement.on_conflict_do_update(index_elements=["sensor", "at"], set_=grown),
        [_row(*key, sums) for key, sums in hours.items()],
    )


def replace_poorer(
    connection: Connection, hours: Mapping[tuple[str, datetime], HourSums]
) -> tuple[frozenset[datetime], int]:
    """Write whole hours whose readings are gone; the better covered account of an hour stands.

    Returns the hours that are new or better now, and how many stay although they say otherwise.
    """
    written: list[Row] = []
    kept_differing = 0
    for (sensor, at), sums in hours.items():
        row = _row(sensor, at, sums)
        found = connection.execute(
            select(reading_hours).where(reading_hours.c.sensor == sensor, reading_hours.c.at == at)
        )
        before = found.mappings().one_or_none()
        if before is None or before["minutes"].bit_count() < sums.minutes.bit_count():
            written.append(row)
        elif not _alike(dict(before), row):
            kept_differing += 1
    _overwrite(connection, written)
    return frozenset(row["at"] for row in written), kept_differing


def _overwrite(connection: Connection, rows: Sequence[Row]) -> None:
    if not rows:
        return
    statement = dialect_insert(connection, reading_hours)
    rest = {c.name: statement.excluded[c.name] for c in reading_hours.c if not c.primary_key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["sensor", "at"], set_=rest), list(rows)
    )


def _alike(before: Row, row: Row) -> bool:
    """Whether two accounts of an hour say the same but for the way they were added up."""
    return all(
        abs(value - before[name]) < 1e-6
        if isinstance(value, float) and before[name] is not None
        else value == before[name]
        for name, value in row.items()
        if name not in ("sensor", "at")
    )


def _row(sensor: str, at: datetime, sums: HourSums) -> Row:
    return {
        "sensor": sensor,
        "at": at,
        "readings": sums.readings,
        "uncertain": sums.uncertain,
        "minutes": sums.minutes,
        **sums.temperature.columns("temperature"),
        **sums.humidity.columns("humidity"),
    }


def _either(
    better: ColumnElement[bool], new: ColumnElement[Any], old: Column[Any]
) -> ColumnElement[Any]:
    """The new value where it is better or the only one; comparing with NULL is not true."""
    return case((better, new), else_=func.coalesce(old, new))


def _covered(at: datetime, interval_s: float) -> int:
    """The minutes of the part of the hour that ``at`` lies in, as bits."""
    part = next((each for each in _PARTS if each * 60 >= interval_s), MINUTES)
    begin = at.minute // part * part
    return ((1 << part) - 1) << begin
