"""Readings found afterwards go into the store: once, whatever is handed in how often.

Nothing here raises or clears an alarm. Where a reading of that sensor and moment is there already
it stays, and a different value is told as a conflict. Where readings of that age are no longer
kept, whole hours are written; the better covered account of an hour stands.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, select

from controller.store import outbox, telemetry
from controller.store.climate import hours
from controller.store.climate.hours import hour_of
from controller.store.database import begin_write
from controller.store.outbox import OutgoingMessage
from controller.store.schema import readings
from drivers.observations import ClimateReading

A_TRANSACTION: Final = 500
"""Little enough that the deciding thread never waits long for the writers' lock."""
KEPT: Final = timedelta(days=30)
"""Readings older than this go into hours at once: a night later they would be let go."""
TOLD: Final = 100
ALIKE: Final = 0.005
"""Closer than this two values are one, written with another number of digits."""

Tell = Callable[[ClimateReading], Iterable[OutgoingMessage]]
"""What is to be told of a new reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two values for one moment; the one that was there stays."""

    at: datetime
    kept_temperature_c: float | None
    kept_relative_humidity_percent: float | None
    found_temperature_c: float | None
    found_relative_humidity_percent: float | None


@dataclass(slots=True, kw_only=True)
class Backfilled:
    """What became of the readings."""

    readings: int = 0
    new: int = 0
    known: int = 0
    conflicts: int = 0
    told: list[Conflict] = field(default_factory=list)
    """The first of the conflicts."""
    hours_written: int = 0
    """Hours of a time whose readings are no longer kept."""
    hours_kept: int = 0
    """Of that time, hours that said otherwise and are covered as well or better."""


def backfill(
    engine: Engine,
    given: Sequence[ClimateReading],
    *,
    now: datetime,
    interval_s: float,
    tell: Tell,
    plan: bool = False,
) -> Backfilled:
    """Write what is new of one sensor's readings; with ``plan`` only say what would be.

    Raises:
        StoreFull, StoreBusy: what was written until then stays, and is known the next time.
    """
    by_time = {reading.at.utc: reading for reading in given}
    kept_from = hour_of(now - KEPT)
    done = Backfilled(readings=len(by_time))
    young = [reading for at, reading in by_time.items() if at >= kept_from]
    old = [reading for at, reading in by_time.items() if at < kept_from]
    for some in _some(young):
        with engine.connect() as connection:
            begin_write(connection)
            _young(connection, some, interval_s, tell, done)
            (connection.rollback if plan else connection.commit)()
    for some in _some_hours(old):
        with engine.connect() as connection:
            begin_write(connection)
            _old(connection, some, interval_s, tell, done)
            (connection.rollback if plan else connection.commit)()
    return done


def _young(
    connection: Connection,
    given: Sequence[ClimateReading],
    interval_s: float,
    tell: Tell,
    done: Backfilled,
) -> None:
    sensor = given[0].sensor
    rows = connection.execute(
        select(readings).where(
            readings.c.sensor == sensor, readings.c.at.in_([one.at.utc for one in given])
        )
    )
    there = {row["at"]: row for row in rows.mappings()}
    for one in given:
        row = there.get(one.at.utc)
        if row is None:
            continue
        values = (row["temperature_c"], row["relative_humidity_percent"])
        if _alike(values[0], one.temperature_c) and _alike(
            values[1], one.relative_humidity_percent
        ):
            done.known += 1
        else:
            _conflict(done, one, values)
    fresh = telemetry.append(
        connection, [one for one in given if one.at.utc not in there], {sensor: interval_s}
    )
    done.new += len(fresh)
    outbox.put(connection, [(None, message) for one in fresh for message in tell(one)])


def _old(
    connection: Connection,
    given: Sequence[ClimateReading],
    interval_s: float,
    tell: Tell,
    done: Backfilled,
) -> None:
    sums = hours.summed(telemetry.measured(given), {given[0].sensor: interval_s})
    written, kept = hours.replace_poorer(connection, sums)
    done.hours_written += len(written)
    done.hours_kept += kept
    fresh = [one for one in given if hour_of(one.at.utc) in written]
    done.new += len(fresh)
    done.known += len(given) - len(fresh)
    outbox.put(connection, [(None, message) for one in fresh for message in tell(one)])


def _some(given: Sequence[ClimateReading]) -> Iterator[Sequence[ClimateReading]]:
    for begin in range(0, len(given), A_TRANSACTION):
        yield given[begin : begin + A_TRANSACTION]


def _some_hours(given: Sequence[ClimateReading]) -> Iterator[Sequence[ClimateReading]]:
    """As many as belong into one transaction, no hour cut in two."""
    some: list[ClimateReading] = []
    for one in sorted(given, key=lambda reading: reading.at.utc):
        if len(some) >= A_TRANSACTION and hour_of(one.at.utc) != hour_of(some[-1].at.utc):
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _conflict(
    done: Backfilled, found: ClimateReading, kept: tuple[float | None, float | None]
) -> None:
    done.conflicts += 1
    if len(done.told) < TOLD:
        done.told.append(
            Conflict(
                at=found.at.utc,
                kept_temperature_c=kept[0],
                kept_relative_humidity_percent=kept[1],
                found_temperature_c=found.temperature_c,
                found_relative_humidity_percent=found.relative_humidity_percent,
            )
        )


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < ALIKE
