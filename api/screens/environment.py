"""Temperature and humidity: every sensor now, and a day of each quantity as chart and as table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, Literal

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import answer
from api.context import ContextOf
from api.equipment import climate
from api.screens.alarm_texts import QUANTITIES, UNITS
from api.screens.climate_texts import SensorCard, band, card
from api.screens.frame import Page, Screens, ScreensOf
from controller.domain.preservation.rooms import Spread
from controller.store.views_climate import Point, series

router = APIRouter(include_in_schema=False)

Quantity = Literal["temperature_c", "relative_humidity_percent"]

DAY: Final = timedelta(hours=24)
POINTS: Final = 288
"""Five minutes each: finer than a screen can show."""
TICK_HOURS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One hour of every sensor."""

    hour: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One quantity of the last day."""

    quantity: str
    title: str
    unit: str
    sensors: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything the page shows."""

    sensors: tuple[SensorCard, ...]
    charts: tuple[Chart, ...] = ()
    rooms: tuple[tuple[str, str], ...] = ()
    """Ids and names."""


@router.get("/environment")
def environment(request: Request, screens: ScreensOf) -> Response:
    """The environment page."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        cards = _cards(page, screens)
        charts = _charts(connection, page, screens) if cards else ()
        rooms = tuple((room.id, room.name) for room in screens.site.rooms)
        return {"board": Board(sensors=cards, charts=charts, rooms=rooms)}

    return screens.answer(request, "environment.html", build)


@router.get("/environment/now")
def sensors_now(request: Request, screens: ScreensOf) -> Response:
    """The sensors alone, for the page that stands open."""

    def build(_: Connection, page: Page) -> Mapping[str, object]:
        return {"board": Board(sensors=_cards(page, screens))}

    return screens.answer(request, "sensors_now.html", build)


@router.get("/environment/series")
def day_of(context: ContextOf, screens: ScreensOf, quantity: Quantity) -> Response:
    """A day of one quantity for the chart: Unix seconds and values, lowest and highest a span."""
    now = context.now()
    with context.reader.connect() as connection:
        lines = [
            {
                "name": sensor.name,
                "points": _drawn(_day(connection, sensor.id, now, POINTS), quantity),
            }
            for sensor in screens.site.sensors
        ]
    limits = [limit for sensor in climate(context) for limit in sensor.limits]
    return answer(
        {
            "begin": int((now - DAY).timestamp()),
            "end": int(now.timestamp()),
            "ticks": _ticks(screens, now),
            "limits": band(limits, quantity),
            "sensors": lines,
        }
    )


def _cards(page: Page, screens: Screens) -> tuple[SensorCard, ...]:
    return tuple(card(sensor, page.language) for sensor in climate(screens.context))


def _charts(connection: Connection, page: Page, screens: Screens) -> tuple[Chart, ...]:
    days = [_day(connection, s.id, page.now, POINTS) for s in screens.site.sensors]
    names = tuple(sensor.name for sensor in screens.site.sensors)
    return tuple(
        Chart(
            quantity=quantity,
            title=page.language("%(quantity)s, 24 hours", quantity=page.language(name)),
            unit=UNITS[quantity],
            sensors=names,
            rows=_rows(days, quantity, screens),
        )
        for quantity, name in QUANTITIES.items()
    )


def _rows(days: Sequence[list[Point]], quantity: str, screens: Screens) -> tuple[TableRow, ...]:
    """Newest hour first; an hour without a good value is a dash."""

    def hour(point: Point) -> str:
        return f"{point.at.astimezone(screens.renderer.zone):%Y-%m-%d %H}:00"

    by_hour: dict[str, list[str]] = {}
    for number, points in enumerate(days):
        for name, group in groupby(points, key=hour):
            cells = by_hour.setdefault(name, ["–"] * len(days))
            cells[number] = _span([_spread(point, quantity) for point in group])
    return tuple(
        TableRow(hour=name, cells=tuple(by_hour[name])) for name in sorted(by_hour, reverse=True)
    )


def _span(spreads: Sequence[Spread | None]) -> str:
    known = [spread for spread in spreads if spread is not None]
    if not known:
        return "–"
    low, high = min(s.lowest for s in known), max(s.highest for s in known)
    return f"{low:.1f} – {high:.1f}"


def _drawn(points: Sequence[Point], quantity: str) -> list[tuple[int, float]]:
    """Both ends of every span, so that no peak is averaged away."""
    drawn: list[tuple[int, float]] = []
    for point in points:
        spread = _spread(point, quantity)
        if spread is None:
            continue
        at = int(point.at.timestamp())
        drawn.append((at, round(spread.lowest, 2)))
        if spread.highest > spread.lowest:
            drawn.append((at, round(spread.highest, 2)))
    return drawn


def _day(connection: Connection, sensor: str, now: datetime, points: int) -> list[Point]:
    return series(connection, sensor, since=now - DAY, until=now, points=points)


def _spread(point: Point, quantity: str) -> Spread | None:
    spread: Spread | None = getattr(point, quantity)
    return spread


def _ticks(screens: Screens, now: datetime) -> list[int]:
    """Round hours on the site's clocks, as Unix seconds."""
    local = (now - DAY).astimezone(screens.renderer.zone)
    first = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = (first + timedelta(hours=n) for n in range(24))
    return [int(hour.timestamp()) for hour in hours if hour.hour % TICK_HOURS == 0]
