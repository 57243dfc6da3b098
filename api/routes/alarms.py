"""Alarms: what stands, and that somebody has seen it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.answers import answer, number_of, page, tagged
from api.context import Context, ContextOf
from api.filing import ask
from api.inputs import PLAIN, Body, Cursor, Limit, Words
from api.models import AlarmPage, documented
from api.problems import Problem
from api.security import SignedIn
from controller.domain.model import AlarmKind, AlarmState, Priority
from controller.store import views
from controller.store.views import AlarmView

router = APIRouter(tags=["alarms"], responses=documented(400, 401, 403, 422))

_AlarmId = Annotated[
    str,
    Path(max_length=300, pattern=PLAIN, description="kind:source[:subject], as it stands."),
]


class Note(Body):
    """What the person knows about it."""

    note: Words = ""


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
    outcome = await ask(context, person, "AcknowledgeAlarm", body)
    if isinstance(outcome, Response):
        return outcome
    return answer(_alarm(context, alarm_id))


@router.get("/v1/alarms/{alarm_id:path}", response_model=AlarmView, responses=documented(304, 404))
def one_alarm(request: Request, context: ContextOf, alarm_id: _AlarmId) -> Response:
    """One alarm as it stands."""
    return tagged(request, _alarm(context, alarm_id))


def _alarm(context: Context, alarm_id: str) -> AlarmView:
    with context.reader.connect() as connection:
        found = views.alarm(connection, alarm_id)
    if found is None:
        raise Problem(404, "no_such_alarm", "There is no alarm of that id.")
    return found
