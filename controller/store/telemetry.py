"""Readings of the sensors: kept for some weeks, never part of the journal."""

from collections.abc import Sequence

from sqlalchemy import Connection

from controller.store.rows import dialect_insert, fit
from controller.store.schema import readings
from drivers.observations import ClimateReading


def append(connection: Connection, given: Sequence[ClimateReading]) -> list[ClimateReading]:
    """Write readings and give back those that were new; (sensor, at) names a reading."""
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
    return [reading for key, reading in by_key.items() if key in new]


def _row(reading: ClimateReading) -> dict[str, object]:
    return fit(
        readings,
        {
            "sensor": reading.sensor,
            "at": reading.at.utc,
            "temperature_c": reading.temperature_c,
            "relative_humidity_percent": reading.relative_humidity_percent,
            "quality": reading.quality.value,
            "fault": reading.fault,
        },
    )
