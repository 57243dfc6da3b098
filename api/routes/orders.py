"""Orders: move, transfer, accession and disposal of listed holdings, counted where they pass."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from api.answers import answer, key_of, page, tagged
from api.context import Context, ContextOf
from api.filing import ask
from api.inputs import PLAIN, Body, Cursor, Id, Limit, Words
from api.models import OrderPage, documented
from api.problems import Problem
from api.security import Person, SignedIn
from controller.domain.model_orders import OrderKind, OrderState
from controller.store.lending import order_views
from controller.store.lending.order_views import LineView, OrderView

router = APIRouter(tags=["orders"], responses=documented(400, 401, 403, 422))
_DECIDED = documented(202, 404, 409, 413, 503)

Key = Annotated[str, Field(min_length=1, max_length=36, pattern=PLAIN)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]


class NewOrder(Body):
    """What shall be done with which holdings, where to, and in which time."""

    kind: Annotated[OrderKind, Field(strict=False)]
    title: Name
    destination: Name
    door: Annotated[str, Field(max_length=32, pattern=PLAIN)] = ""
    """Where it is counted; empty: at any door."""
    begins: Annotated[AwareDatetime, Field(strict=False)]
    ends: Annotated[AwareDatetime, Field(strict=False)]
    holdings: Annotated[tuple[Key, ...], Field(min_length=1, max_length=2000, strict=False)]


class NotNow(Body):
    """Why not."""

    reason: Annotated[Words, Field(min_length=1)]


class OrderLines(BaseModel):
    """The list of an order, with what was seen of it."""

    lines: list[LineView]


@router.get("/v1/orders", response_model=OrderPage)
def list_orders(
    request: Request,
    context: ContextOf,
    state: Annotated[list[OrderState], Query()] = [],  # noqa: B006 -- FastAPI copies it
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Orders, newest first, with their counts."""
    before = key_of(cursor)
    with context.reader.connect() as connection:
        found = order_views.list_orders(connection, states=state, before=before, limit=limit + 1)
    return page(request, "orders", found, limit, "id")


@router.post("/v1/orders", status_code=201, response_model=OrderView, responses=_DECIDED)
async def draft_order(context: ContextOf, person: SignedIn, wanted: NewOrder) -> Response:
    """Write an order. Nothing may leave before somebody else has approved it."""
    body = wanted.model_dump(exclude={"kind", "holdings"})
    body |= {"order_kind": wanted.kind, "holdings": dict.fromkeys(wanted.holdings, "")}
    return await _decided(context, person, "DraftOrder", body, made=True)


@router.get("/v1/orders/{order_id}", response_model=OrderView, responses=documented(304, 404))
def one_order(request: Request, context: ContextOf, order_id: Id) -> Response:
    """One order as it stands."""
    return tagged(request, _order(context, order_id))


@router.get("/v1/orders/{order_id}/lines", response_model=OrderLines, responses=documented(404))
def order_lines(context: ContextOf, order_id: Id) -> Response:
    """What is expected, what was seen, and what was seen there that is not listed."""
    _order(context, order_id)
    with context.reader.connect() as connection:
        return answer({"lines": order_views.lines(connection, order_id)})


@router.post("/v1/orders/{order_id}/approve", response_model=OrderView, responses=_DECIDED)
async def approve_order(context: ContextOf, person: SignedIn, order_id: Id) -> Response:
    """Say yes. Never by its author; a disposal needs two who say so."""
    return await _decided(context, person, "ApproveOrder", {"order_id": order_id})


@router.post("/v1/orders/{order_id}/refuse", response_model=OrderView, responses=_DECIDED)
async def refuse_order(context: ContextOf, person: SignedIn, order_id: Id, why: NotNow) -> Response:
    """Say no, and why."""
    body = {"order_id": order_id, "reason": why.reason}
    return await _decided(context, person, "RefuseOrder", body)


@router.post("/v1/orders/{order_id}/carry-out", response_model=OrderView, responses=_DECIDED)
async def carry_out_order(context: ContextOf, person: SignedIn, order_id: Id) -> Response:
    """It is done; a disposal needs two who say so, and then what is listed exists no more."""
    return await _decided(context, person, "CarryOutOrder", {"order_id": order_id})


@router.post("/v1/orders/{order_id}/close", response_model=OrderView, responses=_DECIDED)
async def close_order(context: ContextOf, person: SignedIn, order_id: Id) -> Response:
    """Close it; its counts are the report."""
    return await _decided(context, person, "CloseOrder", {"order_id": order_id})


async def _decided(
    context: Context, person: Person, kind: str, body: Mapping[str, object], *, made: bool = False
) -> Response:
    outcome = await ask(context, person, kind, body)
    if isinstance(outcome, Response):
        return outcome
    found = _order(context, outcome.detail["order_id"])
    if not made:
        return answer(found)
    return answer(found, status=201, headers={"Location": f"/v1/orders/{found.id}"})


def _order(context: Context, order_id: str) -> OrderView:
    with context.reader.connect() as connection:
        found = order_views.order(connection, order_id)
    if found is None:
        raise Problem(404, "no_such_order", "There is no order of that id.")
    return found
