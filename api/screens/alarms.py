"""Alarms: what stands, what is put aside and until when, who did what, and how good they are."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from pydantic import StringConstraints
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from api.context import context_of
from api.inputs import PLAIN, Words
from api.problems import Problem
from api.screens.alarm_cards import card
from api.screens.alarm_texts import STATES, STEPS, reason_text
from api.screens.filing import file_and_return
from api.screens.frame import Page, ScreensOf
from api.security import SignedIn
from controller.domain.model import AlarmState
from controller.store.alarms.views import alarm_figures, alarm_journal
from controller.store.views import alarm as one_alarm
from controller.store.views import list_alarms

router = APIRouter(include_in_schema=False)

CLOSED_SHOWN: Final = 50
STEPS_SHOWN: Final = 200
FIGURES_OVER: Final = timedelta(days=30)

AlarmId = Annotated[str, Form(min_length=1, max_length=300, pattern=PLAIN)]
Why = Annotated[Words, Form(min_length=1)]


@router.get("/alarms")
def alarms(
    request: Request,
    screens: ScreensOf,
    state: Annotated[list[AlarmState], Query()] = [],  # noqa: B006
) -> Response:
    """The alarms page; ``state`` shows only what stands in one of these states."""
    now = context_of(request).now()

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        closed = list_alarms(connection, states=[AlarmState.NORMAL], limit=CLOSED_SHOWN)
        standing = sorted(page.standing, key=lambda alarm: (not alarm.unseen, alarm.put_aside))
        shown = {STATES[each] for each in state}
        wanted = {page.language(each) for each in shown}
        return {
            "standing": [each for each in standing if not wanted or each.state in wanted],
            "states": [
                (each.value, page.language(STATES[each]), each in state)
                for each in AlarmState
                if each is not AlarmState.NORMAL
            ],
            "closed": [card(alarm, page.language, screens.names) for alarm in closed],
            "figures": alarm_figures(connection, now - FIGURES_OVER, now),
        }

    return screens.answer(request, "alarms.html", build)


@router.get("/alarms/{alarm_id:path}/journal")
def journal(request: Request, screens: ScreensOf, alarm_id: str) -> Response:
    """The life of one alarm: who, why, when."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        found = one_alarm(connection, alarm_id)
        if found is None:
            raise Problem(404, "no_such_alarm", "There is no alarm of that id.")
        steps = alarm_journal(connection, alarm_id, limit=STEPS_SHOWN)
        return {
            "alarm": card(found, page.language, screens.names),
            "steps": [
                (each, page.language(STEPS[each.kind]), reason_text(page.language, each.why))
                for each in steps
            ],
        }

    return screens.answer(request, "alarm_journal.html", build)


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


@router.post("/alarms/shelve")
async def shelve(
    request: Request,
    person: SignedIn,
    alarm: AlarmId,
    reason: Why,
    hours: Annotated[float, Form(gt=0, le=24)],
) -> RedirectResponse:
    """Put it aside for some hours."""
    until = context_of(request).now() + timedelta(hours=hours)
    body = {"alarm_id": alarm, "until": until, "reason": reason}
    return await file_and_return(request, person, "ShelveAlarm", [body], back="/alarms")


@router.post("/alarms/unshelve")
async def unshelve(
    request: Request, person: SignedIn, alarm: AlarmId, reason: Why
) -> RedirectResponse:
    """Hear of it again."""
    body = {"alarm_id": alarm, "reason": reason}
    return await file_and_return(request, person, "UnshelveAlarm", [body], back="/alarms")


@router.post("/alarms/out-of-service")
async def out_of_service(
    request: Request,
    person: SignedIn,
    alarm: AlarmId,
    reason: Why,
    work_order: Annotated[str, StringConstraints(max_length=100, pattern=PLAIN), Form()],
) -> RedirectResponse:
    """Somebody works on what it watches."""
    body = {"alarm_id": alarm, "reason": reason, "work_order": work_order}
    return await file_and_return(request, person, "TakeOutOfService", [body], back="/alarms")


@router.post("/alarms/in-service")
async def in_service(
    request: Request, person: SignedIn, alarm: AlarmId, reason: Why
) -> RedirectResponse:
    """The work is done."""
    body = {"alarm_id": alarm, "note": reason}
    return await file_and_return(request, person, "ReturnToService", [body], back="/alarms")


@router.post("/alarms/unacknowledge")
async def unacknowledge(
    request: Request, person: SignedIn, alarm: AlarmId, reason: Why
) -> RedirectResponse:
    """Somebody must look again."""
    body = {"alarm_id": alarm, "reason": reason}
    return await file_and_return(request, person, "UnacknowledgeAlarm", [body], back="/alarms")


@router.post("/alarms/reset")
async def reset(
    request: Request, person: SignedIn, alarm: AlarmId, reason: Why
) -> RedirectResponse:
    """Let go a latched alarm."""
    body = {"alarm_id": alarm, "note": reason}
    return await file_and_return(request, person, "ResetAlarm", [body], back="/alarms")
