"""Alarms: the open ones first, each with who acknowledged it, when, and what they found."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from api.inputs import Words
from api.screens.alarm_cards import card
from api.screens.filing import file_and_return
from api.screens.frame import Page, ScreensOf
from api.security import SignedIn
from controller.domain.model import AlarmState
from controller.store.views import list_alarms

router = APIRouter(include_in_schema=False)

CLOSED_SHOWN: Final = 50


@router.get("/alarms")
def alarms(request: Request, screens: ScreensOf) -> Response:
    """The alarms page."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        closed = list_alarms(connection, states=[AlarmState.NORMAL], limit=CLOSED_SHOWN)
        standing = sorted(page.standing, key=lambda alarm: not alarm.unseen)
        return {
            "standing": standing,
            "closed": [card(alarm, page.language, screens.names) for alarm in closed],
        }

    return screens.answer(request, "alarms.html", build)


@router.post("/alarms/acknowledge")
async def acknowledge(
    request: Request,
    person: SignedIn,
    alarm: Annotated[list[str], Form(min_length=1, max_length=500)],
    note: Annotated[Words, Form(min_length=1)],
    back: Annotated[str, Form()] = "/alarms",
) -> RedirectResponse:
    """Acknowledge exactly the alarms that the form showed, all with the same note."""
    bodies = [{"alarm_id": each, "note": note} for each in dict.fromkeys(alarm)]
    return await file_and_return(request, person, "AcknowledgeAlarm", bodies, back=back)
