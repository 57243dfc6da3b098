"""What the columns of a logger's table hold: found from the lines above the first reading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from controller.climate.tables import Row
from controller.climate.times import looks_like_time

DEEPEST_HEADER = 100
"""Rows; headers of loggers have some tens of lines."""
_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?(?:\s*(?:°?\s?[CF]|℃|℉|%(?:\s?RH)?))?$", re.IGNORECASE)
_CLOCK = re.compile(r"^\d{1,2}:\d\d(?::\d\d)?(?:\s?[AP]M)?$", re.IGNORECASE)
_OTHER = re.compile(
    r"dew|frost|wet.?bulb|set.?point|limit|alarm|offset|露点|霜点|湿球|上限|下限|报警",
    re.IGNORECASE,
)
_EXTREME = re.compile(r"\bmin|\bmax|最低|最高|最小|最大", re.IGNORECASE)
_TEMPERATURE = re.compile(
    r"temp|温度|气温|celsius|fahrenheit|℃|℉|°\s?[CF]\b|^t$|^ta?\b", re.IGNORECASE
)
_HUMIDITY = re.compile(
    r"humi|湿度|%\s?r\.?[hf]|\brh\b|\bhr\b|r\.h\.|(?:^|\s)%(?:$|\s)|相对湿", re.IGNORECASE
)
_FAHRENHEIT = re.compile(r"℉|°\s?F\b|fahrenheit|\(F\)|deg\.?\s?F", re.IGNORECASE)
_LABEL = re.compile(
    r"site|sensor|receiver|transmitter|logger|location|room|station|device|名称|位置|测点|设备|库房|站点",
    re.IGNORECASE,
)


Heading = tuple[str, ...]
"""What stands above a column, from top to bottom."""


class NoReadings(Exception):
    """No table of readings is there; the text says what was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where everything stands, counted from 0; the time of day may have a column of its own."""

    first_row: int
    time: int
    clock: int | None
    temperature: int | None
    humidity: int | None
    labels: tuple[int, ...]
    fahrenheit: bool


def find_columns(rows: Sequence[Row]) -> Columns:
    """Raises ``NoReadings``: no line begins readings, or no column is temperature or humidity."""
    first = _first_reading(rows)
    width = max(len(row) for row in rows[: first + 1])
    headings = [_heading(rows[:first], column) for column in range(width)]
    time = next(column for column, cell in enumerate(rows[first]) if _is_time(cell))
    quantities = [
        None if column == time else _quantity(above) for column, above in enumerate(headings)
    ]
    temperature, humidity = (_best(headings, quantities, one) for one in (_TEMPERATURE, _HUMIDITY))
    if temperature is None and humidity is None:
        named = ", ".join(" ".join(heading) for heading in headings if heading) or "nothing"
        raise NoReadings(
            f"line {first + 1}: no column is named temperature or humidity; "
            f"above the readings stands: {named}"
        )
    return Columns(
        first_row=first,
        time=time,
        clock=_clock(rows[first], time),
        temperature=temperature,
        humidity=humidity,
        labels=_labels(headings, rows[first]),
        fahrenheit=temperature is not None and _says(headings[temperature], _FAHRENHEIT),
    )


def _first_reading(rows: Sequence[Row]) -> int:
    for at, row in enumerate(rows[:DEEPEST_HEADER]):
        following = [row, *rows[at + 1 : at + 3]]
        if all(_is_reading(one) for one in following):
            return at
    raise NoReadings(
        f"none of the first {min(len(rows), DEEPEST_HEADER)} lines begins readings: "
        "a time, and beside it temperature or humidity"
    )


def _is_reading(row: Row) -> bool:
    times = sum(_is_time(cell) for cell in row)
    return times > 0 and sum(is_number(cell) for cell in row) > 0


def _is_time(cell: str) -> bool:
    """A day at least; a plain number is one only where nothing else can be."""
    return not is_number(cell) and looks_like_time(cell)


def is_number(cell: str) -> bool:
    """Whether ``cell`` is a number, with its unit or without."""
    return bool(_NUMBER.match(cell.strip()))


def _clock(row: Row, time: int) -> int | None:
    """The column of the time of day, where the day stands alone."""
    if ":" in row[time]:
        return None
    near = (time + 1, time - 1)
    return next((c for c in near if 0 <= c < len(row) and _CLOCK.match(row[c].strip())), None)


def _heading(above: Sequence[Row], column: int) -> Heading:
    """What stands above one column in the lines that name columns: the nearest block of them."""
    parts: list[str] = []
    for row in reversed(above):
        cell = row[column] if column < len(row) else ""
        if not any(row) and parts:
            break
        if cell and sum(bool(one) for one in row) > 1:
            parts.insert(0, cell)
    return tuple(parts)


def _says(heading: Heading, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(part) for part in heading)


def _quantity(heading: Heading) -> re.Pattern[str] | None:
    """What the lowest line says that names one quantity only: upper ones may name the device."""
    for part in reversed(heading):
        named = [pattern for pattern in (_TEMPERATURE, _HUMIDITY) if pattern.search(part)]
        if len(named) == 1:
            return named[0]
    return None


def _best(
    headings: Sequence[Heading],
    quantities: Sequence[re.Pattern[str] | None],
    wanted: re.Pattern[str],
) -> int | None:
    """The first column of a quantity, means before extremes, no dew points, limits and alarms."""
    named = [
        column
        for column, quantity in enumerate(quantities)
        if quantity is wanted and not _says(headings[column], _OTHER)
    ]
    plain = [column for column in named if not _says(headings[column], _EXTREME)]
    return next(iter(plain or named), None)


def _labels(headings: Sequence[Heading], row: Row) -> tuple[int, ...]:
    """Columns that say whose reading it is."""
    return tuple(
        column
        for column, heading in enumerate(headings)
        if _says(heading, _LABEL)
        and column < len(row)
        and row[column]
        and not is_number(row[column])
        and not _is_time(row[column])
    )
