"""Holdings by id or by one of their names, and what happened to each."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.answers import answer, number_of, page, tagged
from api.context import ContextOf
from api.inputs import PLAIN, Cursor, Id, Limit
from api.models import EventPage, HoldingList, documented
from api.problems import Problem
from controller.domain.model import Holding
from controller.store import feed, views_holdings
from controller.store.views_holdings import Name

router = APIRouter(tags=["holdings"], responses=documented(400, 401, 403, 422))

_Name = Annotated[str | None, Query(min_length=1, max_length=200, pattern=PLAIN)]


@router.get("/v1/holdings", response_model=HoldingList)
def find_holdings(
    context: ContextOf, code: _Name = None, epc: _Name = None, barcode: _Name = None
) -> Response:
    """Holdings by reference code 档号, by the EPC of the tag bound now, or by barcode.

    Exactly one of the three. The list is empty when nothing has that name.
    """
    names = {Name.CODE: code, Name.EPC: epc, Name.BARCODE: barcode}
    given = [(name, value) for name, value in names.items() if value is not None]
    if len(given) != 1:
        raise Problem(422, "one_name", "Give exactly one of code, epc, barcode.")
    with context.reader.connect() as connection:
        found = views_holdings.holdings_by(connection, *given[0])
    return answer({"holdings": found})


@router.get("/v1/holdings/{holding_id}", response_model=Holding, responses=documented(304, 404))
def one_holding(request: Request, context: ContextOf, holding_id: Id) -> Response:
    """One holding, as the catalogue describes it."""
    with context.reader.connect() as connection:
        found = views_holdings.holding(connection, holding_id)
    if found is None:
        raise Problem(404, "no_such_holding", "The catalogue has no holding of that id.")
    return tagged(request, found)


@router.get("/v1/holdings/{holding_id}/events", response_model=EventPage, responses=documented(404))
def events_of_holding(
    request: Request,
    context: ContextOf,
    holding_id: Id,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What happened to one holding, newest first."""
    before = number_of(cursor)
    with context.reader.connect() as connection:
        if views_holdings.holding(connection, holding_id) is None:
            raise Problem(404, "no_such_holding", "The catalogue has no holding of that id.")
        found = feed.events_of(connection, holding_id, before=before, limit=limit + 1)
    return page(request, "events", found, limit, "seq")
