"""Passages that wait for a person's word, and the word itself: a file or a trolley at a time."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.answers import answer, number_of, page
from api.context import Context, ContextOf
from api.filing import Accepted, ask
from api.inputs import PLAIN, Body, Cursor, Id, Limit
from api.models import Done, PassagePage, documented
from api.security import Person, SignedIn
from controller.store.passages import views

router = APIRouter(tags=["passages"], responses=documented(400, 401, 403, 422))
_ASKED = documented(202, 404, 409, 413, 503)


class Word(Body):
    """What happened, as the person saw it."""

    direction: Literal["in", "out", "turned_back"]
    """``turned_back``: it stayed on the side it was on."""


@router.get("/v1/passages", response_model=PassagePage)
def list_passages(
    request: Request,
    context: ContextOf,
    state: Annotated[
        Literal["open", "answered"], Query(description="Waiting for a word, or no longer.")
    ] = "open",
    door: Annotated[str | None, Query(max_length=32, pattern=PLAIN)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Passages that the reads left in doubt, the last changed first.

    ``needs`` says what is asked: ``confirm``, the likelier direction counts meanwhile; or
    ``direction``, nobody knows where the holding is. An open one stays until it is answered or
    the holding is seen again.
    """
    before = number_of(cursor)
    with context.reader.connect() as connection:
        found = views.list_questions(
            connection, is_open=state == "open", door=door, before=before, limit=limit + 1
        )
        groups = views.trolleys(connection, {each.group_id for each in found} - {""})
        waiting = views.count_open(connection)
    trolleys = list(groups.values())
    return page(request, "passages", found, limit, "seq", trolleys=trolleys, open=waiting)


@router.post("/v1/passages/{passage_id}/confirm", response_model=Done, responses=_ASKED)
async def confirm_passage(
    context: ContextOf, person: SignedIn, passage_id: Id, word: Word
) -> Response:
    """Say what one doubtful passage was. 404 when nobody asks, or no longer."""
    return await _confirm(context, person, word, passage_id=passage_id)


@router.post("/v1/trolleys/{group_id}/confirm", response_model=Done, responses=_ASKED)
async def confirm_trolley(
    context: ContextOf, person: SignedIn, group_id: Id, word: Word
) -> Response:
    """Say it of every passage of a trolley that still waits."""
    return await _confirm(context, person, word, group_id=group_id)


async def _confirm(
    context: Context, person: Person, word: Word, *, passage_id: str = "", group_id: str = ""
) -> Response:
    body = {"passage_id": passage_id, "group_id": group_id, "direction": word.direction}
    outcome = await ask(context, person, "ConfirmPassage", body)
    return answer(outcome) if isinstance(outcome, Accepted) else outcome
