"""One box for everything that can be asked for, and what can be done about what it finds."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from api.inputs import PLAIN, Id, Words
from api.screens.filing import file_and_return
from api.screens.frame import Page, Screens, ScreensOf
from api.screens.holding_card import found
from api.security import SignedIn
from controller.domain.model import Holding
from controller.store.views_holdings import holding
from controller.store.views_search import search

router = APIRouter(include_in_schema=False)

SHOWN: Final = 20
_DAY_ENDS: Final = time(23, 59, 59)

Asked = Annotated[str, Query(max_length=200, pattern=PLAIN)]
Back = Annotated[str, Form()]


@router.get("/find")
async def find(request: Request, screens: ScreensOf, q: Asked = "") -> Response:
    """What ``q`` names: one holding with everything about it, or a list to choose from."""
    matches = await run_in_threadpool(_search, screens, q)
    if len(matches) == 1:
        return await _one(request, screens, matches[0], q)
    facts = {
        "query": q,
        "found": None,
        "matches": matches[:SHOWN],
        "more": len(matches) > SHOWN,
    }
    return await run_in_threadpool(screens.answer, request, "find.html", lambda *_: facts)


@router.get("/find/{holding_id}")
async def one_holding(request: Request, screens: ScreensOf, holding_id: Id) -> Response:
    """One holding by its id."""
    known = await run_in_threadpool(_holding, screens, holding_id)
    if known is None:
        facts: dict[str, object] = {
            "query": holding_id,
            "found": None,
            "matches": [],
            "more": False,
        }
        return await run_in_threadpool(
            lambda: screens.answer(request, "find.html", lambda *_: facts, status=404)
        )
    return await _one(request, screens, known, "")


@router.post("/loans")
async def ask_for_loan(
    request: Request,
    screens: ScreensOf,
    person: SignedIn,
    holding: Annotated[str, Form(max_length=36)],
    borrower: Annotated[Words, Form(min_length=1, max_length=128)],
    due: Annotated[date, Form()],
    purpose: Annotated[Words, Form()] = "",
    back: Back = "/find",
) -> RedirectResponse:
    """Ask for a holding, to be back at the end of a day on the site's clocks."""
    body = {
        "holding_id": holding,
        "borrower": borrower,
        "purpose": purpose,
        "due": datetime.combine(due, _DAY_ENDS, screens.renderer.zone),
    }
    return await file_and_return(request, person, "RequestLoan", [body], back=back)


@router.post("/loans/{loan_id}/approve")
async def approve(
    request: Request, person: SignedIn, loan_id: Id, back: Back = "/find"
) -> RedirectResponse:
    """Let it leave."""
    return await file_and_return(request, person, "ApproveLoan", [{"loan_id": loan_id}], back=back)


@router.post("/loans/{loan_id}/reject")
async def reject(
    request: Request,
    person: SignedIn,
    loan_id: Id,
    reason: Annotated[Words, Form(min_length=1)],
    back: Back = "/find",
) -> RedirectResponse:
    """Say no, and why."""
    body = {"loan_id": loan_id, "reason": reason}
    return await file_and_return(request, person, "RejectLoan", [body], back=back)


@router.post("/loans/{loan_id}/return")
async def give_back(
    request: Request, person: SignedIn, loan_id: Id, back: Back = "/find"
) -> RedirectResponse:
    """It is in hand again."""
    return await file_and_return(request, person, "ReturnLoan", [{"loan_id": loan_id}], back=back)


async def _one(request: Request, screens: Screens, known: Holding, query: str) -> Response:
    # The view of whereabouts belongs to the event loop's thread; everything else to the pool.
    where = screens.context.whereabouts.by_id(known.id, screens.context.now())

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        card = None if where is None else found(connection, page, screens, known, where)
        return {"query": query, "found": card, "matches": [], "more": False}

    return await run_in_threadpool(screens.answer, request, "find.html", build)


def _search(screens: Screens, text: str) -> list[Holding]:
    with screens.context.reader.connect() as connection:
        return search(connection, text, limit=SHOWN + 1)


def _holding(screens: Screens, holding_id: str) -> Holding | None:
    with screens.context.reader.connect() as connection:
        return holding(connection, holding_id)
