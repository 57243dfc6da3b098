"""What the air did to each holding, and who stood in a room while something happened there."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from api.answers import answer, cursor_of, key_of
from api.context import Context, ContextOf
from api.exposure import LONGEST, ExposureView, exposure, room_of_home
from api.inputs import Cursor, Id, Limit
from api.models import documented
from api.problems import Problem
from controller.store import views_holdings
from controller.store.climate.exposure import PresentPage, present

router = APIRouter(tags=["climate"], responses=documented(400, 401, 403, 422))

YEAR = timedelta(days=365)
PAGE = 500
COLUMNS = (
    "holding_id", "reference_code", "title", "kind", "since", "until", "basis", "contents",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_Room = Annotated[str, Path(min_length=1, max_length=32)]
_Since = Annotated[AwareDatetime, Query()]
_Until = Annotated[AwareDatetime | None, Query()]


@router.get(
    "/v1/holdings/{holding_id}/exposure", response_model=ExposureView, responses=documented(404)
)
def exposure_of_holding(
    context: ContextOf,
    holding_id: Id,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Response:
    """Where it stood and what the air did to it there; by default over the last 365 days.

    From its passages, sightings and sweeps, joined with its rooms' climate hour by hour. At most
    1830 days in one go. Of gaps and excursions the 500 longest are listed; the sums count all.
    """
    end = until or context.now()
    begin = since or end - YEAR
    if not timedelta(0) < end - begin <= LONGEST:
        raise Problem(
            422, "bad_span", f"'since' lies before 'until', by {LONGEST.days} days at most."
        )
    with context.reader.connect() as connection:
        if views_holdings.holding(connection, holding_id) is None:
            raise Problem(404, "no_such_holding", "The catalogue has no holding of that id.")
        return answer(exposure(connection, context, holding_id, begin, end))


@router.get("/v1/rooms/{room}/holdings", response_model=PresentPage, responses=documented(404))
def holdings_in_room(
    request: Request,
    context: ContextOf,
    room: _Room,
    since: _Since,
    until: _Until = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Which holdings stood in a room at any time from ``since`` up to ``until`` (now).

    A page may be short, or empty, while ``next`` is not null: go on until it is.
    """
    begin, end = span(context, room, since, until)
    found = page_of(context, room, begin, end, key_of(cursor), limit)
    following = None
    if found.next is not None:
        url = request.url.include_query_params(cursor=cursor_of(found.next))
        following = f"{url.path}?{url.query}"
    return answer({"holdings": found.holdings, "next": following})


@router.get(
    "/v1/rooms/{room}/holdings.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **documented(404)},
)
def holdings_in_room_as_csv(
    context: ContextOf, room: _Room, since: _Since, until: _Until = None
) -> StreamingResponse:
    """The whole list as CSV (RFC 4180, UTF-8 with a byte order mark), written as it is read."""
    begin, end = span(context, room, since, until)
    name = f"{room}-{begin:%Y%m%dT%H%MZ}-{end:%Y%m%dT%H%MZ}.csv"
    return StreamingResponse(
        _lines(context, room, begin, end),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def span(
    context: Context, room: str, since: datetime, until: datetime | None
) -> tuple[datetime, datetime]:
    """The span asked for.

    Raises:
        Problem: 404, no such room; 422, it ends before it begins.
    """
    if room not in {each.id for each in context.site.rooms}:
        raise Problem(404, "no_such_room", "The site has no room of that id.")
    end = until or context.now()
    if end <= since:
        raise Problem(422, "bad_span", "'since' lies before 'until'.")
    return since, end


def page_of(
    context: Context, room: str, since: datetime, until: datetime, after: str | None, limit: int
) -> PresentPage:
    """One page of who stood there.

    Raises:
        Problem: 400, somebody made this cursor up.
    """
    try:
        with context.reader.connect() as connection:
            return present(
                connection,
                room,
                room_of_home(context.site),
                since=since,
                until=until,
                after=after,
                limit=limit,
            )
    except ValueError as error:
        raise Problem(400, "bad_cursor", "Use the 'next' link as it was given.") from error


def _lines(context: Context, room: str, since: datetime, until: datetime) -> Iterator[str]:
    """A page at a time, so that a million rows are never in memory."""
    yield "\ufeff" + _csv([COLUMNS])
    after: str | None = None
    while True:
        found = page_of(context, room, since, until, after, PAGE)
        yield _csv([_cell(getattr(row, name)) for name in COLUMNS] for row in found.holdings)
        after = found.next
        if after is None:
            return


def _csv(rows: Iterable[Iterable[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _cell(value: object) -> str:
    """Plain text; what a spreadsheet would run as a formula gets an apostrophe before it."""
    if isinstance(value, datetime):
        return value.isoformat()
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
