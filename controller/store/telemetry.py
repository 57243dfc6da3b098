"""Readings of the sensors: kept for some weeks, never part of the journal.

What is new goes into its hour in the same transaction, and hours are kept for years.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from controller.store.climate import hours
from controller.store.climate.hours import Measured
from controller.store.rows import dialect_insert, fit
from controller.store.schema import readings
from drivers.observations import ClimateReading

_UNKNOWN: Final[Mapping[str, float]] = MappingProxyType({})


def append(
    connection: Connection,
    given: Sequence[ClimateReading],
    intervals: Mapping[str, float] = _UNKNOWN,
) -> list[ClimateReading]:
    """Write readings and give back those that were new; (sensor, at) names a reading.

    ``intervals``: seconds between readings, by sensor, for the coverage of hours.
    """
    if not given:
        return []
    by_key = {(reading.sensor, reading.at.utc): reading for reading in given}
    statement = (
        dialect_insert(connection, readings)
        .on_conflict_do_nothing()
        .returning(readings.c.sensor, readings.c.at)
    )
    written = connection.execute(statement, [_row(reading) for reading in by_key.values()])
    new = {(row.sensor, row.at) for row in written}
    fresh = [reading for key, reading in by_key.items() if key in new]
    hours.add(connection, hours.summed(measured(fresh), intervals))
    return fresh


def measured(given: Iterable[ClimateReading]) -> Iterable[Measured]:
    """What hours are made of."""
    return (
        Measured(
            sensor=reading.sensor,
            at=reading.at.utc,
            temperature_c=reading.temperature_c,
            relative_humidity_percent=reading.relative_humidity_percent,
            quality=reading.quality,
        )
        for reading in given
    )


def _row(reading: ClimateReading) -> dict[str, object]:
    return fit(
        readings,
        {
            "sensor": reading.sensor,
            "at": reading.at.utc,
            "temperature_c": reading.temperature_c,
            "relative_humidity_percent": reading.relative_humidity_percent,
            "raw_temperature_c": reading.raw_temperature_c,
            "raw_relative_humidity_percent": reading.raw_relative_humidity_percent,
            "hist": reading.hist,
            "quality": reading.quality.value,
            "fault": reading.fault,
        },
    )
