"""Alarms: what stands, and that somebody has seen it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, Field, StringConstraints

from api.answers import answer, number_of, page, tagged
from api.context import Context, ContextOf
from api.filing import ask
from api.inputs import PLAIN, Body, Cursor, Limit, Words
from api.models import AlarmJournal, AlarmPage, documented
from api.problems import Problem
from api.security import Person, SignedIn
from controller.domain.model import AlarmKind, AlarmState, Priority
from controller.store import views
from controller.store.alarms.views import AlarmFigures, alarm_figures, alarm_journal
from controller.store.views import AlarmView

router = APIRouter(tags=["alarms"], responses=documented(400, 401, 403, 422))

_AlarmId = Annotated[
    str,
    Path(max_length=300, pattern=PLAIN, description="kind:source[:subject], as it stands."),
]


class Note(Body):
    """What the person knows about it."""

    note: Words = ""


class Reason(Body):
    """Why."""

    reason: Words = ""


class Shelving(Body):
    """For how long, and why."""

    until: Annotated[AwareDatetime, Field(strict=False)]
    reason: Words


class Work(Body):
    """What is done to what the alarm watches."""

    reason: Words
    work_order: Annotated[str, StringConstraints(max_length=100, pattern=PLAIN)]


@router.get("/v1/alarms", response_model=AlarmPage)
def list_alarms(
    request: Request,
    context: ContextOf,
    state: Annotated[list[AlarmState], Query()] = [],  # noqa: B006 -- FastAPI copies it
    kind: Annotated[list[AlarmKind], Query()] = [],  # noqa: B006
    priority: Annotated[list[Priority], Query()] = [],  # noqa: B006
    source: Annotated[str | None, Query(max_length=32, pattern=PLAIN)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Alarms, the last changed first; without ``state`` those that are normal again too."""
    before = number_of(cursor)
    with context.reader.connect() as connection:
        found = views.list_alarms(
            connection,
            states=state,
            kinds=kind,
            priorities=priority,
            source=source,
            before=before,
            limit=limit + 1,
        )
    return page(request, "alarms", found, limit, "seq")


@router.post(
    "/v1/alarms/{alarm_id:path}/acknowledge",
    response_model=AlarmView,
    responses=documented(202, 404, 409, 413, 503),
)
async def acknowledge_alarm(
    context: ContextOf, person: SignedIn, alarm_id: _AlarmId, note: Note
) -> Response:
    """Somebody has seen it. The condition stays until it is gone."""
    body = {"alarm_id": alarm_id, "note": note.note}
    return await _do(context, person, "AcknowledgeAlarm", alarm_id, body)


@router.post(
    "/v1/alarms/{alarm_id:path}/shelve",
    response_model=AlarmView,
    responses=documented(202, 404, 409, 413, 503),
)
async def shelve_alarm(
    context: ContextOf, person: SignedIn, alarm_id: _AlarmId, wish: Shelving
) -> Response:
    """Put it aside for at most 24 hours; it is heard again by itself when its time is up."""
    body = {"alarm_id": alarm_id, "until": wish.until, "reason": wish.reason}
    return await _do(context, person, "ShelveAlarm", alarm_id, body)


@router.post(
    "/v1/alarms/{alarm_id:path}/unshelve",
    response_model=AlarmView,
    responses=documented(202, 404, 409, 413, 503),
)
async def unshelve_alarm(
    context: ContextOf, person: SignedIn, alarm_id: _AlarmId, why: Reason
) -> Response:
    """Hear of it again before its time is up."""
    body = {"alarm_id": alarm_id, "reason": why.reason}
    return await _do(context, person, "UnshelveAlarm", alarm_id, body)


@router.post(
    "/v1/alarms/{alarm_id:path}/out-of-service",
    response_model=AlarmView,
    responses=documented(202, 404, 409, 413, 503),
)
async def take_out_of_service(
    context: ContextOf, person: SignedIn, alarm_id: _AlarmId, work: Work
) -> Response:
    """Somebody works on what it watches; it stays out until somebody brings it back."""
    body = {"alarm_id": alarm_id, "reason": work.reason, "work_order": work.work_order}
    return await _do(context, person, "TakeOutOfService", alarm_id, body)


@router.post(
    "/v1/alarms/{alarm_id:path}/in-service",
    response_model=AlarmView,
    responses=documented(202, 404, 409, 413, 503),
)
async def return_to_service(
    context: ContextOf, person: SignedIn, alarm_id: _AlarmId, note: Note
) -> Response:
    """The work is done."""
    body = {"alarm_id": alarm_id, "note": note.note}
    return await _do(context, person, "ReturnToService", alarm_id, body)


@router.post(
    "/v1/alarms/{alarm_id:path}/unacknowledge",
    response_model=AlarmView,
    responses=documented(202, 404, 409, 413, 503),
)
async def unacknowledge_alarm(
    context: ContextOf, person: SignedIn, alarm_id: _AlarmId, why: Reason
) -> Response:
    """Take an acknowledgement back: somebody must look again."""
    body = {"alarm_id": alarm_id, "reason": why.reason}
    return await _do(context, person, "UnacknowledgeAlarm", alarm_id, body)


@router.post(
    "/v1/alarms/{alarm_id:path}/reset",
    response_model=AlarmView,
    responses=documented(202, 404, 409, 413, 503),
)
async def reset_alarm(
    context: ContextOf, person: SignedIn, alarm_id: _AlarmId, note: Note
) -> Response:
    """Let go a latched alarm whose condition is gone."""
    body = {"alarm_id": alarm_id, "note": note.note}
    return await _do(context, person, "ResetAlarm", alarm_id, body)


@router.get("/v1/alarms/metrics", response_model=AlarmFigures)
def alarm_metrics(
    request: Request,
    context: ContextOf,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> Response:
    """How good the alarms of the last days were (ISA-18.2 clause 16, EEMUA 191)."""
    until = context.now()
    with context.reader.connect() as connection:
        return answer(alarm_figures(connection, until - timedelta(days=days), until))


@router.get(
    "/v1/alarms/{alarm_id:path}/journal", response_model=AlarmJournal, responses=documented(404)
)
def journal_of_alarm(
    request: Request,
    context: ContextOf,
    alarm_id: _AlarmId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The life of one alarm, newest first: who, why, when."""
    before = number_of(cursor)
    with context.reader.connect() as connection:
        found = alarm_journal(connection, alarm_id, before=before, limit=limit + 1)
    return page(request, "steps", found, limit, "seq")


@router.get("/v1/alarms/{alarm_id:path}", response_model=AlarmView, responses=documented(304, 404))
def one_alarm(request: Request, context: ContextOf, alarm_id: _AlarmId) -> Response:
    """One alarm as it stands."""
    return tagged(request, _alarm(context, alarm_id))


async def _do(
    context: Context, person: Person, kind: str, alarm_id: str, body: Mapping[str, object]
) -> Response:
    outcome = await ask(context, person, kind, body)
    if isinstance(outcome, Response):
        return outcome
    return answer(_alarm(context, alarm_id))


def _alarm(context: Context, alarm_id: str) -> AlarmView:
    with context.reader.connect() as connection:
        found = views.alarm(connection, alarm_id)
    if found is None:
        raise Problem(404, "no_such_alarm", "There is no alarm of that id.")
    return found
