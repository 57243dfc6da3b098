"""Live events: the journal as server-sent events, with nothing lost over a reconnect."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AfterValidator, WithJsonSchema

from api.answers import encode
from api.context import ContextOf
from api.models import documented
from api.security import still_allowed
from controller.store.codec import EVENTS
from controller.store.feed import JournalEntry

router = APIRouter(tags=["events"], responses=documented(401, 403, 422))

LARGEST: Final = 2**63 - 1


def _known(kind: str) -> str:
    if kind not in EVENTS:
        raise ValueError("no event is called that")
    return kind


Kind = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(EVENTS)})
]


@router.get("/v1/events", response_class=EventSourceResponse)
async def live_events(
    request: Request,
    context: ContextOf,
    after: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    kind: Annotated[list[Kind], Query()] = [],  # noqa: B006 -- FastAPI copies it
    last_event_id: Annotated[int | None, Header(ge=0, le=LARGEST)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Every event from now on, or from the one after ``Last-Event-ID`` or ``after``.

    The id of each is its number in the journal, ``event`` its kind, ``data`` the event itself.
    ``Last-Event-ID`` (what a browser sends when it reconnects) wins over ``after``. A journal
    that is shorter than the number given was restored from a backup: the stream goes on from now.
    """
    place = after if last_event_id is None else last_event_id
    still = partial(still_allowed, request)
    async for entry in context.feed.follow(place, frozenset(kind), still=still):
        yield as_sent(entry)


def as_sent(entry: JournalEntry) -> ServerSentEvent:
    """One journal entry on the wire."""
    return ServerSentEvent(raw_data=encode(entry).decode(), event=entry.kind, id=str(entry.seq))
