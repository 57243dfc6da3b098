"""The desk: which tag is held still there, and the wish that it stand for a holding.

Nothing here writes a tag: a wish is filed, and the controller writes, reads back and binds.
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.answers import answer, tagged
from api.context import Context, ContextOf
from api.filing import MOTION_LIFETIME, Accepted, ask
from api.inputs import PLAIN, Body, Id
from api.models import Done, documented
from api.problems import Problem
from api.security import SignedIn
from controller.store import views_desks
from controller.store.views_desks import DeskView

router = APIRouter(tags=["tags"], responses=documented(401, 403, 404, 422))


class NewTag(Body):
    """What the tag shall carry, and what it shall stand for."""

    holding_id: Annotated[str, Field(min_length=1, max_length=36, pattern=PLAIN)]
    epc: Annotated[str, Field(pattern=r"^(?:[0-9A-F]{4}){0,31}$")] = ""
    """Upper-case hexadecimal in whole words of four digits; empty: the tag keeps its own."""
    lock: bool = False
    """Whether to lock the number in the tag afterwards."""


@router.get("/v1/desks/{desk}/tags", response_model=DeskView, responses=documented(304))
def desk_tags(request: Request, context: ContextOf, desk: Id) -> Response:
    """The tag that is held still on the desk, what its number proposes, and the newest writing.

    A proposal binds nothing: file the writing with its ``holding_id`` to confirm it.
    """
    _require(context, desk)
    with context.reader.connect() as connection:
        view = views_desks.desk(connection, desk, context.site.site.tag_schemes)
        return tagged(request, view)


@router.post("/v1/desks/{desk}/tags", response_model=Done, responses=documented(202, 409, 413, 503))
async def write_tag(context: ContextOf, person: SignedIn, desk: Id, wanted: NewTag) -> Response:
    """Ask that the tag on the desk be given a number; worth nothing after 5 seconds.

    200 says that writing has begun: ``TagBound`` or ``TagWritingFailed`` follows on
    ``/v1/events``, and stands under ``writing`` of this address.
    """
    _require(context, desk)
    body = {"desk": desk, **wanted.model_dump()}
    outcome = await ask(context, person, "WriteTag", body, lifetime=MOTION_LIFETIME)
    return answer(outcome) if isinstance(outcome, Accepted) else outcome


def _require(context: Context, desk: str) -> None:
    if desk not in {one.id for one in context.site.desks}:
        raise Problem(404, "no_such_desk", "The site has no desk of that id.")
