"""Devices: which of them answer, since when, and what they say of themselves."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api import equipment
from api.screens.frame import Page, ScreensOf
from api.screens.language import mark

router = APIRouter(include_in_schema=False)

KINDS: Final[Mapping[str, str]] = {
    "reader": mark("Portal reader"),
    "rack": mark("Mobile shelving"),
    "machine": mark("Storage machine"),
    "sensor": mark("Climate sensor"),
}


@router.get("/devices")
def devices(request: Request, screens: ScreensOf) -> Response:
    """The devices page."""

    def build(_: Connection, page: Page) -> Mapping[str, object]:
        kinds = {kind: page.language(name) for kind, name in KINDS.items()}
        return {"devices": equipment.devices(screens.context), "kinds": kinds}

    return screens.answer(request, "devices.html", build)
