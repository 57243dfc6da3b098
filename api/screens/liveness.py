"""Whether anybody watches: the line that every open page asks for again every few seconds."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.screens.frame import ScreensOf

router = APIRouter(include_in_schema=False)


@router.get("/liveness")
def liveness(request: Request, screens: ScreensOf) -> Response:
    """The controller's last sign of life; empty while there is nothing to worry about."""
    return screens.answer(request, "liveness.html", lambda *_: {})
