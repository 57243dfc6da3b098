"""Errands: lists of things to fetch or to put back, in the order that moves carriages least."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.answers import answer, tagged
from api.context import Context, ContextOf
from api.filing import ask
from api.inputs import PLAIN, Body, Id
from api.models import documented
from api.problems import Problem
from api.security import SignedIn
from api.stops import Stop, stops_of
from controller.domain.model_shelving import ErrandEnd, ErrandTask
from controller.store import views
from controller.store.shelving import errand_views
from controller.store.shelving.errand_views import ErrandView

router = APIRouter(tags=["errands"], responses=documented(401, 403, 422))
_DECIDED = documented(202, 404, 409, 413, 503)
MOST = 500

Key = Annotated[str, Field(min_length=1, max_length=36, pattern=PLAIN)]
Scanned = Annotated[str, Field(max_length=200, pattern=PLAIN)]


class NewErrands(Body):
    """Things to fetch, or to put back where they belong; each named itself or by its loan."""

    task: Annotated[ErrandTask, Field(strict=False)]
    holdings: Annotated[tuple[Key, ...], Field(max_length=200, strict=False)] = ()
    loans: Annotated[tuple[Key, ...], Field(max_length=200, strict=False)] = ()


class End(Body):
    """How an errand ended."""

    end: Annotated[ErrandEnd, Field(strict=False)]
    scanned: Scanned = ""
    """The EPC, barcode or reference code that was scanned; empty: one's word."""
    place: Scanned = ""
    """The place that was scanned, when it was put back; empty: one's word."""


class ErrandList(BaseModel):
    """Errands by stop: the order to walk in, what is not in a known rack last."""

    stops: list[Stop]


@router.get("/v1/errands", response_model=ErrandList)
def list_errands(
    context: ContextOf,
    list_id: Annotated[str | None, Query(max_length=36, pattern=PLAIN)] = None,
    open_only: bool = True,
) -> Response:
    """Errands of one list or of all, in the order that moves the fewest carriages."""
    with context.reader.connect() as connection:
        found = errand_views.errands_of(
            connection, list_id=list_id, open_only=open_only, limit=MOST
        )
        stops = stops_of(connection, context.site, found)
    return answer({"stops": stops})


@router.post("/v1/errands", status_code=201, response_model=ErrandList, responses=_DECIDED)
async def make_errands(context: ContextOf, person: SignedIn, wanted: NewErrands) -> Response:
    """A list of things to fetch or to put back. What is on one already is left out."""
    things = dict.fromkeys(wanted.holdings, "")
    things |= {_loan_holding(context, loan_id): loan_id for loan_id in wanted.loans}
    body = {"task": wanted.task, "holdings": things}
    outcome = await ask(context, person, "MakeErrands", body)
    if isinstance(outcome, Response):
        return outcome
    list_id = outcome.detail["list_id"]
    with context.reader.connect() as connection:
        found = errand_views.errands_of(connection, list_id=list_id, limit=MOST)
        stops = stops_of(connection, context.site, found)
    where = {"Location": f"/v1/errands?list_id={list_id}"}
    return answer({"stops": stops}, status=201, headers=where)


@router.get("/v1/errands/{errand_id}", response_model=ErrandView, responses=documented(304, 404))
def one_errand(request: Request, context: ContextOf, errand_id: Id) -> Response:
    """One errand as it stands."""
    return tagged(request, _errand(context, errand_id))


@router.post("/v1/errands/{errand_id}/end", response_model=ErrandView, responses=_DECIDED)
async def end_errand(context: ContextOf, person: SignedIn, errand_id: Id, end: End) -> Response:
    """It is done, was not there, or is called off.

    What was fetched ends by itself when its tag lies on a desk or leaves through a door.
    """
    body = {"errand_id": errand_id, **end.model_dump()}
    outcome = await ask(context, person, "EndErrand", body)
    return outcome if isinstance(outcome, Response) else answer(_errand(context, errand_id))


def _loan_holding(context: Context, loan_id: str) -> str:
    with context.reader.connect() as connection:
        loan = views.loan(connection, loan_id)
    if loan is None:
        raise Problem(404, "no_such_loan", "There is no loan of that id.")
    return loan.holding_id


def _errand(context: Context, errand_id: str) -> ErrandView:
    with context.reader.connect() as connection:
        found = errand_views.errand(connection, errand_id)
    if found is None:
        raise Problem(404, "no_such_errand", "There is no errand of that id.")
    return found
