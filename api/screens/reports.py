"""Monthly climate reports: which are kept, and the form to make one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.report_making import report_of
from api.routes.climate_reports import as_file
from api.screens.frame import Page, ScreensOf
from api.screens.language import LANGUAGES
from api.security import SignedIn
from controller.reporting.month import month_around
from controller.store.reports.kept import newest

router = APIRouter(include_in_schema=False)

SHOWN: Final = 100


@router.get("/reports")
def reports(request: Request, screens: ScreensOf) -> Response:
    """The reports page."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        return {
            "reports": newest(connection, limit=SHOWN),
            "rooms": {room.id: room.name for room in screens.site.rooms},
            "month": _last_month(page.now, page.timezone),
            "languages": LANGUAGES,
        }

    return screens.answer(request, "reports.html", build)


@router.get("/reports/file")
def report_file(
    screens: ScreensOf,
    person: SignedIn,
    room: Annotated[str, Query(max_length=32)],
    month: Annotated[str, Query(max_length=7)],
    form: Annotated[Literal["pdf", "xlsx"], Query(alias="format")] = "pdf",
    lang: Literal["zh-CN", "en"] = "zh-CN",
) -> Response:
    """What the form asks for, as a file."""
    made = report_of(screens.context, person, room=room, month=month, form=form, lang=lang)
    return as_file(made.view, made.body)


def _last_month(now: datetime, timezone: str) -> str:
    return str(month_around(now, ZoneInfo(timezone)).previous)
