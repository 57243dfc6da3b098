"""Discrepancies between catalogue, registry and observation: read, assigned, explained.

Nobody closes one: the next observation that agrees does.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.answers import answer, number_of, page, tagged
from api.context import Context, ContextOf
from api.filing import ask
from api.inputs import PLAIN, Body, Cursor, Limit, Words
from api.models import documented
from api.problems import Problem
from api.security import SignedIn
from controller.domain.model_reconciling import DiscrepancyClass, DiscrepancyState
from controller.store.reconciling import views
from controller.store.reconciling.views import DiscrepancyView, RunView

router = APIRouter(tags=["discrepancies"], responses=documented(400, 401, 403, 422))
_DECIDED = documented(202, 404, 409, 413, 503)

DiscrepancyId = Annotated[
    str, Path(max_length=40, pattern=PLAIN, description="The class, a hyphen and 32 digits.")
]
Name = Annotated[str, Query(max_length=64, pattern=PLAIN)]


class Assignment(Body):
    """Who looks after it."""

    to: Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN)]
    note: Words = ""


class Explanation(Body):
    """How it came about."""

    explanation: Annotated[Words, Field(min_length=1)]
    put_right: bool = False
    """It should agree from now on: it waits for the observation that says so."""


class DiscrepancyPage(BaseModel):
    """Some discrepancies, the last changed first."""

    discrepancies: list[DiscrepancyView]
    next: str | None = Field(description="Where the list goes on; null at its end.")


class RunPage(BaseModel):
    """Some counted comparisons, newest first."""

    reconciliations: list[RunView]
    next: str | None = Field(description="Where the list goes on; null at its end.")


@router.get("/v1/discrepancies", response_model=DiscrepancyPage)
def list_discrepancies(
    request: Request,
    context: ContextOf,
    code: Annotated[list[DiscrepancyClass], Query(alias="class")] = [],  # noqa: B006 -- copied
    state: Annotated[list[DiscrepancyState], Query()] = [],  # noqa: B006
    owner: Name | None = None,
    fonds: Name | None = None,
    holding_id: Annotated[str | None, Query(max_length=36, pattern=PLAIN)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Discrepancies, the last changed first; without ``state`` closed ones, too."""
    before = number_of(cursor)
    with context.reader.connect() as connection:
        found = views.list_discrepancies(
            connection,
            codes=code,
            states=state,
            owner=owner,
            fonds=fonds,
            holding_id=holding_id,
            before=before,
            limit=limit + 1,
        )
    return page(request, "discrepancies", found, limit, "seq")


@router.get(
    "/v1/discrepancies/{discrepancy_id}",
    response_model=DiscrepancyView,
    responses=documented(304, 404),
)
def one_discrepancy(
    request: Request, context: ContextOf, discrepancy_id: DiscrepancyId
) -> Response:
    """One discrepancy as it stands."""
    return tagged(request, _one(context, discrepancy_id))


@router.post(
    "/v1/discrepancies/{discrepancy_id}/assign", response_model=DiscrepancyView, responses=_DECIDED
)
async def assign_discrepancy(
    context: ContextOf, person: SignedIn, discrepancy_id: DiscrepancyId, whom: Assignment
) -> Response:
    """Somebody looks after it from now on."""
    body = {"discrepancy_id": discrepancy_id, **whom.model_dump()}
    outcome = await ask(context, person, "AssignDiscrepancy", body)
    return outcome if isinstance(outcome, Response) else answer(_one(context, discrepancy_id))


@router.post(
    "/v1/discrepancies/{discrepancy_id}/explain", response_model=DiscrepancyView, responses=_DECIDED
)
async def explain_discrepancy(
    context: ContextOf, person: SignedIn, discrepancy_id: DiscrepancyId, why: Explanation
) -> Response:
    """Says how it came about, or that it is put right. Neither closes it."""
    body = {"discrepancy_id": discrepancy_id, **why.model_dump()}
    outcome = await ask(context, person, "ExplainDiscrepancy", body)
    return outcome if isinstance(outcome, Response) else answer(_one(context, discrepancy_id))


@router.get("/v1/reconciliations", response_model=RunPage)
def list_runs(
    request: Request, context: ContextOf, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """The history of the figures: location and existence accuracy, and ages by class."""
    before = number_of(cursor)
    with context.reader.connect() as connection:
        found = views.list_runs(connection, before=before, limit=limit + 1)
    return page(request, "reconciliations", found, limit, "seq")


def _one(context: Context, discrepancy_id: str) -> DiscrepancyView:
    with context.reader.connect() as connection:
        found = views.discrepancy(connection, discrepancy_id)
    if found is None:
        raise Problem(404, "no_such_discrepancy", "There is no discrepancy of that id.")
    return found
