"""A logger's file as readings: whatever make wrote it, and every doubt told.

A value that cannot be one (an empty cell, ``Err``, 0 %, 85.0 °C of a broken probe) is counted
under its reason and never becomes a number.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from statistics import median

from controller.climate.columns import Columns, NoReadings, find_columns, is_number
from controller.climate.tables import Row, Table, UnreadableTable, read_tables
from controller.climate.times import UnclearTimes, read_times

CHINA = timezone(timedelta(hours=8), "UTC+8")
"""Where nobody says otherwise: these archives' time, without summer time since 1992."""
PROBE_ERRORS_C = frozenset({85.0, -45.0, -127.0})
"""What a DS18B20 or an SHT gives instead of a temperature."""
RANGE_C = (-40.0, 80.0)
ROOM_C = (-10.0, 35.0)
"""Where the temperature of a room lies; a humidity that never leaves it may be a temperature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggerReading:
    """One line; ``None`` where the logger has no such sensor, or the value was no value."""

    at: datetime
    temperature_c: float | None
    relative_humidity_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggerSeries:
    """Everything one logger measured, oldest first, each moment once."""

    label: str
    readings: Sequence[LoggerReading]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggerFile:
    """What a file held."""

    name: str
    told: tuple[str, ...]
    """How it was read, for a person to check."""
    rows: int
    rejected: Mapping[str, int]
    """How many values or lines were no readings, by reason."""
    series: Sequence[LoggerSeries]


class UnreadableLoggerFile(Exception):
    """The text says file, what is wrong and what to do."""


def read_logger_file(path: Path, *, zone: tzinfo = CHINA, order: str | None = None) -> LoggerFile:
    """Read every table of ``path``; raises ``UnreadableLoggerFile``.

    ``zone`` is that of times without one; ``order`` (``ymd``, ``dmy``, ``mdy``) settles dates
    that may be read in two ways.
    """
    try:
        tables = read_tables(path)
    except UnreadableTable as error:
        raise UnreadableLoggerFile(str(error)) from error
    read: list[LoggerFile] = []
    faults: list[str] = []
    for table in tables:
        try:
            read.append(_table(table, zone, order))
        except (NoReadings, UnclearTimes) as error:
            faults.append(f"{table.name}: {error}")
    if not read:
        raise UnreadableLoggerFile("; ".join(faults) or f"{path}: is empty")
    rejected: Counter[str] = Counter()
    for one in read:
        rejected.update(one.rejected)
    return LoggerFile(
        name=path.name,
        told=(*(line for one in read for line in one.told), *(f"left out: {f}" for f in faults)),
        rows=sum(one.rows for one in read),
        rejected=dict(rejected),
        series=[series for one in read for series in one.series],
    )


def _table(table: Table, zone: tzinfo, order: str | None) -> LoggerFile:
    columns = find_columns(table.rows)
    rows = [row for row in table.rows[columns.first_row :] if any(row)]
    times = read_times([_time_cell(row, columns) for row in rows], zone, order)
    columns, swapped = _unswapped(columns, rows)
    rejected: Counter[str] = Counter()
    by_label: dict[str, dict[datetime, LoggerReading]] = {}
    for row, at in zip(rows, times, strict=True):
        if at is None:
            rejected["line without a time"] += 1
            continue
        reading = _reading(row, at, columns, rejected)
        series = by_label.setdefault(_label(row, columns), {})
        if at in series:
            rejected["time that was there already"] += 1
        else:
            series[at] = reading
    named = f"{table.name}: {table.told}; {_told(columns)}"
    return LoggerFile(
        name=table.name,
        told=(named, *([f"{table.name}: {swapped}"] if swapped else [])),
        rows=len(rows),
        rejected=dict(rejected),
        series=[
            LoggerSeries(label=label, readings=[readings[at] for at in sorted(readings)])
            for label, readings in by_label.items()
        ],
    )


def _told(columns: Columns) -> str:
    temperature = "no temperature"
    if columns.temperature is not None:
        unit = "°F" if columns.fahrenheit else "°C"
        temperature = f"temperature in column {columns.temperature + 1} ({unit})"
    humidity = "no humidity"
    if columns.humidity is not None:
        humidity = f"humidity in column {columns.humidity + 1}"
    return f"readings from line {columns.first_row + 1}, {temperature}, {humidity}"


def _time_cell(row: Row, columns: Columns) -> str:
    parts = [columns.time] if columns.clock is None else [columns.time, columns.clock]
    return " ".join(row[column] for column in parts if column < len(row))


def _label(row: Row, columns: Columns) -> str:
    return " / ".join(row[column] for column in columns.labels if column < len(row))


def _reading(row: Row, at: datetime, columns: Columns, rejected: Counter[str]) -> LoggerReading:
    warmth = _number(row, columns.temperature, "temperature", rejected)
    if warmth is not None and columns.fahrenheit:
        warmth = (warmth - 32) / 1.8
    damp = _number(row, columns.humidity, "humidity", rejected)
    if warmth is not None and (fault := _temperature_fault(warmth)):
        rejected[fault] += 1
        warmth = None
    if damp is not None and not 0 < damp <= 100:
        rejected["humidity out of range"] += 1
        damp = None
    return LoggerReading(at=at, temperature_c=warmth, relative_humidity_percent=damp)


def _temperature_fault(temperature_c: float) -> str:
    if temperature_c in PROBE_ERRORS_C:
        return "temperature of a broken probe"
    return "" if RANGE_C[0] <= temperature_c <= RANGE_C[1] else "temperature out of range"


def _number(row: Row, column: int | None, what: str, rejected: Counter[str]) -> float | None:
    if column is None:
        return None
    cell = row[column] if column < len(row) else ""
    if not is_number(cell):
        rejected[f"{what} missing"] += 1
        return None
    digits = "".join(c for c in cell.replace(",", ".") if c in "+-.0123456789")
    return float(digits)


def _unswapped(columns: Columns, rows: Sequence[Row]) -> tuple[Columns, str]:
    """Exchange temperature and humidity where their values say that the headings lie."""
    if columns.temperature is None or columns.humidity is None or columns.fahrenheit:
        return columns, ""
    warmth, damp = (list(_values(rows, c)) for c in (columns.temperature, columns.humidity))
    if not warmth or not damp:
        return columns, ""
    hot = median(warmth) > ROOM_C[1]
    cool = all(ROOM_C[0] <= value <= ROOM_C[1] for value in damp)
    if not (hot and cool):
        return columns, ""
    exchanged = replace(columns, temperature=columns.humidity, humidity=columns.temperature)
    return exchanged, "temperature and humidity were exchanged: their headings do not fit"


def _values(rows: Sequence[Row], column: int) -> Iterator[float]:
    ignored: Counter[str] = Counter()
    for row in rows:
        value = _number(row, column, "", ignored)
        if value is not None:
            yield value


def joined(files: Sequence[LoggerFile]) -> list[tuple[str, LoggerSeries]]:
    """All series with their names; one of temperatures and one of humidities become one.

    Some building systems export each quantity into a file of its own.
    """
    named = [
        (f"{file.name}: {series.label}" if series.label else file.name, series)
        for file in files
        for series in file.series
    ]
    warm = [pair for pair in named if not _has_humidity(pair[1])]
    damp = [pair for pair in named if not _has_temperature(pair[1])]
    if len(named) != 2 or len(warm) != 1 or len(damp) != 1:
        return named
    (warm_name, warmth), (damp_name, dampness) = warm[0], damp[0]
    humidity = {one.at: one.relative_humidity_percent for one in dampness.readings}
    readings = [
        replace(one, relative_humidity_percent=humidity.get(one.at)) for one in warmth.readings
    ]
    return [(f"{warm_name} + {damp_name}", LoggerSeries(label="", readings=readings))]


def _has_humidity(series: LoggerSeries) -> bool:
    return any(one.relative_humidity_percent is not None for one in series.readings)


def _has_temperature(series: LoggerSeries) -> bool:
    return any(one.temperature_c is not None for one in series.readings)
