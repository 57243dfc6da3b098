"""What the air did to one holding, and who stood in a room: two pages that lead to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.answers import cursor_of, key_of
from api.exposure import ExposureView, exposure
from api.inputs import Cursor, Id
from api.routes.exposure import page_of, span
from api.screens.alarm_texts import QUANTITIES, UNITS
from api.screens.frame import Page, Screens, ScreensOf
from api.screens.language import Language, mark
from controller.domain.model import OUTSIDE
from controller.domain.preservation.exposure import Basis, GapReason
from controller.store.climate.exposure import Present
from controller.store.views_holdings import holding

router = APIRouter(include_in_schema=False)

PAGE: Final = 100
SPANS: Final[Mapping[int, str]] = {
    7: mark("Last week"),
    30: mark("Last 30 days"),
    365: mark("Last year"),
    1826: mark("Last five years"),
}
BASES: Final[Mapping[Basis, str]] = {
    Basis.PASSAGE: mark("a door saw it"),
    Basis.ZONE: mark("a reader in the room"),
    Basis.SHELF: mark("an antenna in the shelf"),
    Basis.SWEEP: mark("a walk with a handheld"),
    Basis.CATALOGUE: mark("only the catalogue says so"),
    Basis.UNKNOWN: mark("Not known"),
}
REASONS: Final[Mapping[GapReason, str]] = {
    GapReason.OUTSIDE: mark("it was outside"),
    GapReason.PLACE_UNKNOWN: mark("nobody knows where it was"),
    GapReason.NOT_MEASURED: mark("nobody measured there"),
}
_LOCAL: Final = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: a span of time, and what is said of it."""

    since: datetime | None
    until: datetime | None
    cells: tuple[str, ...]
    room: str = ""
    """The room it leads to, if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureBoard:
    """Everything the page of one holding shows."""

    holding_id: str
    code: str
    title: str
    days: int
    spans: tuple[tuple[int, str], ...]
    facts: tuple[tuple[str, str], ...]
    stays: tuple[Row, ...]
    excursions: tuple[Row, ...]
    gaps: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomBoard:
    """Everything the page of one room shows."""

    room: str
    name: str
    since: str
    until: str
    rows: tuple[tuple[Present, str], ...]
    csv: str
    next: str | None


@router.get("/find/{holding_id}/exposure")
def exposure_page(
    request: Request,
    screens: ScreensOf,
    holding_id: Id,
    days: Annotated[int, Query(ge=1, le=1826)] = 365,
) -> Response:
    """The climate one holding lived through."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        known = holding(connection, holding_id)
        if known is None:
            return {"board": None}
        since = page.now - timedelta(days=days)
        told = exposure(connection, screens.context, holding_id, since, page.now)
        t = page.language
        return {
            "board": ExposureBoard(
                holding_id=holding_id,
                code=known.reference_code,
                title=known.title,
                days=days,
                spans=tuple((number, t(name)) for number, name in SPANS.items()),
                facts=_facts(t, told),
                stays=tuple(_stays(t, screens, told)),
                excursions=tuple(_excursions(t, screens, told)),
                gaps=tuple(
                    Row(since=gap.since, until=gap.until, cells=(t(REASONS[gap.reason]),))
                    for gap in told.gaps
                ),
            )
        }

    return screens.answer(request, "exposure.html", build)


@router.get("/rooms/{room}/holdings")
def room_page(
    request: Request,
    screens: ScreensOf,
    room: Id,
    since: Annotated[str, Query(max_length=25)] = "",
    until: Annotated[str, Query(max_length=25)] = "",
    cursor: Cursor = None,
) -> Response:
    """Who stood in a room in a span of time on the site's clocks; the last day unless said."""

    def build(_: Connection, page: Page) -> Mapping[str, object]:
        end = _local(screens, until) or page.now
        begin = _local(screens, since) or end - timedelta(days=1)
        asked = span(screens.context, room, begin, end)
        found = page_of(screens.context, room, *asked, key_of(cursor), PAGE)
        zone = screens.renderer.zone
        shown = {
            "since": f"{begin.astimezone(zone):{_LOCAL}}",
            "until": f"{end.astimezone(zone):{_LOCAL}}",
        }
        exact = urlencode({"since": begin.isoformat(), "until": end.isoformat()})
        following = None if found.next is None else {**shown, "cursor": cursor_of(found.next)}
        return {
            "board": RoomBoard(
                room=room,
                name=screens.names.place(room, page.language),
                rows=tuple((row, page.language(BASES[row.basis])) for row in found.holdings),
                csv=f"/v1/rooms/{room}/holdings.csv?{exact}",
                next=None
                if following is None
                else f"/rooms/{room}/holdings?{urlencode(following)}",
                **shown,
            )
        }

    return screens.answer(request, "room_holdings.html", build)


def _facts(t: Language, told: ExposureView) -> tuple[tuple[str, str], ...]:
    unknown = t("too little is known")

    years, life = told.twpi_years, told.equivalent_lifetime_multiplier

    return (
        (t("In our rooms"), _long(t, told.in_rooms_s)),
        (t("Of that, seen there"), _long(t, told.observed_s)),
        (t("Climate known"), f"{told.coverage_percent:.1f} %"),
        (
            t("Preservation index over the time (TWPI)"),
            unknown if years is None else t("%(number)s years", number=f"{years:.0f}"),
        ),
        (
            t("Lifetime against the standard climate"),
            unknown if life is None else f"× {life:.2f}",
        ),
        (t("Mould index, highest"), f"{told.highest_mould_index:.2f}"),
        *((_limit(t, name), _long(t, seconds)) for name, seconds in sorted(told.beyond_s.items())),
    )


def _limit(t: Language, name: str) -> str:
    quantity, _, side = name.rpartition("_")
    what = t(QUANTITIES[quantity])
    return t("%(what)s too high", what=what) if side == "high" else t("%(what)s too low", what=what)


def _stays(t: Language, screens: Screens, told: ExposureView) -> Sequence[Row]:
    places = {"": t("Not known"), OUTSIDE: t("Outside")}
    rooms = {room.id for room in screens.site.rooms}
    return [
        Row(
            since=stay.since,
            until=stay.until,
            cells=(
                places.get(stay.place) or screens.names.place(stay.place, t),
                t(BASES[stay.basis]),
            ),
            room=stay.place if stay.place in rooms else "",
        )
        for stay in reversed(told.stays)
    ]


def _excursions(t: Language, screens: Screens, told: ExposureView) -> Sequence[Row]:
    return [
        Row(
            since=one.excursion.since,
            until=one.excursion.until,
            cells=(
                screens.names.place(one.room, t),
                _limit(t, f"{one.excursion.quantity}_{one.excursion.side}"),
                f"{one.excursion.worst:.1f} {UNITS[one.excursion.quantity]}",
                f"{one.excursion.limit:g} {UNITS[one.excursion.quantity]}",
            ),
            room=one.room,
        )
        for one in reversed(told.excursions)
    ]


def _long(t: Language, seconds: float) -> str:
    days = seconds / 86400
    if days >= 2:
        return t("%(number)s days", number=f"{days:.1f}")
    return t("%(number)s hours", number=f"{seconds / 3600:.1f}")


def _local(screens: Screens, text: str) -> datetime | None:
    """A time on the site's clocks; ``None`` where there is none or no sense in it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=screens.renderer.zone) if at.tzinfo is None else at
