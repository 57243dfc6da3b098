"""Loans: asked for by one person, decided by another, closed by whoever has the thing in hand."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, Field

from api.answers import answer, key_of, page, tagged
from api.context import Context, ContextOf
from api.filing import ask
from api.identities import digests
from api.inputs import PLAIN, Body, Cursor, Id, Limit, Words
from api.models import LoanPage, documented
from api.problems import Problem
from api.security import Person, SignedIn
from controller.domain.model import LoanState
from controller.store import views
from controller.store.views import LoanView

router = APIRouter(tags=["loans"], responses=documented(400, 401, 403, 422))
_DECIDED = documented(202, 404, 409, 413, 503)


Key = Annotated[str, Field(min_length=1, max_length=36, pattern=PLAIN)]
Identity = Annotated[str, Field(max_length=32, pattern=PLAIN)]


class NewLoan(Body):
    """What is wanted, for whom, and until when."""

    holding_id: Annotated[str, Field(min_length=1, max_length=36, pattern=PLAIN)]
    borrower: Annotated[str, Field(min_length=1, max_length=128, pattern=PLAIN)]
    purpose: Words = ""
    due: Annotated[AwareDatetime, Field(strict=False)]
    """The last moment at which it may be outside, with its zone."""
    borrower_identity: Identity = ""
    """The borrower's identity number: compared with the file's own by digest, and never kept."""
    relatives: Annotated[tuple[Identity, ...], Field(max_length=20, strict=False)] = ()
    """Identity numbers of relatives, likewise: nobody has their own or a relative's file."""


class Counted(Body):
    """How many pieces were counted."""

    pieces: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """``None``: nobody counted."""


_UNCOUNTED = Counted()


class Part(Counted):
    """What came back of it, and what did not."""

    still_out: dict[Key, Words] = Field(default={}, max_length=500)
    """Ids of holdings that lie in it and did not come back, each with a note or empty."""


class NewDue(Body):
    """Until when."""

    due: Annotated[AwareDatetime, Field(strict=False)]


class Reason(Body):
    """Why not."""

    reason: Annotated[Words, Field(min_length=1)]


@router.post("/v1/loans", status_code=201, response_model=LoanView, responses=_DECIDED)
async def request_loan(context: ContextOf, person: SignedIn, wanted: NewLoan) -> Response:
    """Ask for a holding on somebody's behalf. It may leave once another person has approved."""
    body = wanted.model_dump(exclude={"borrower_identity", "relatives"})
    body["persons"] = digests(context.site, wanted.borrower_identity, wanted.relatives)
    return await _decided(context, person, "RequestLoan", body, made=True)


@router.get("/v1/loans", response_model=LoanPage)
def list_loans(
    request: Request,
    context: ContextOf,
    state: Annotated[list[LoanState], Query()] = [],  # noqa: B006 -- FastAPI copies it
    holding_id: Annotated[str | None, Query(max_length=36, pattern=PLAIN)] = None,
    due_before: AwareDatetime | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Loans, newest first."""
    before = key_of(cursor)
    with context.reader.connect() as connection:
        found = views.list_loans(
            connection,
            states=state,
            holding_id=holding_id,
            due_before=due_before,
            before=before,
            limit=limit + 1,
        )
    return page(request, "loans", found, limit, "id")


@router.get("/v1/loans/{loan_id}", response_model=LoanView, responses=documented(304, 404))
def one_loan(request: Request, context: ContextOf, loan_id: Id) -> Response:
    """One loan as it stands."""
    return tagged(request, _loan(context, loan_id))


@router.post("/v1/loans/{loan_id}/approve", response_model=LoanView, responses=_DECIDED)
async def approve_loan(context: ContextOf, person: SignedIn, loan_id: Id) -> Response:
    """Let it leave. Never by the person who asked for it."""
    return await _decided(context, person, "ApproveLoan", {"loan_id": loan_id})


@router.post("/v1/loans/{loan_id}/reject", response_model=LoanView, responses=_DECIDED)
async def reject_loan(
    context: ContextOf, person: SignedIn, loan_id: Id, reason: Reason
) -> Response:
    """Say no, and why."""
    body = {"loan_id": loan_id, "reason": reason.reason}
    return await _decided(context, person, "RejectLoan", body)


@router.post("/v1/loans/{loan_id}/cancel", response_model=LoanView, responses=_DECIDED)
async def cancel_loan(context: ContextOf, person: SignedIn, loan_id: Id) -> Response:
    """Nobody needs it any more; the next in line has the turn."""
    return await _decided(context, person, "CancelLoan", {"loan_id": loan_id})


@router.post("/v1/loans/{loan_id}/reserve", response_model=LoanView, responses=_DECIDED)
async def reserve_loan(context: ContextOf, person: SignedIn, loan_id: Id) -> Response:
    """It was fetched and lies at the desk for its borrower, for some days."""
    return await _decided(context, person, "HoldLoan", {"loan_id": loan_id})


@router.post("/v1/loans/{loan_id}/issue", response_model=LoanView, responses=_DECIDED)
async def issue_loan(
    context: ContextOf, person: SignedIn, loan_id: Id, counted: Counted = _UNCOUNTED
) -> Response:
    """It was handed over at the desk, counted where its class is counted."""
    return await _decided(
        context, person, "IssueLoan", {"loan_id": loan_id, **counted.model_dump()}
    )


@router.post("/v1/loans/{loan_id}/renew", response_model=LoanView, responses=_DECIDED)
async def renew_loan(context: ContextOf, person: SignedIn, loan_id: Id, wanted: NewDue) -> Response:
    """It may stay outside longer, as far as its class allows and nobody waits."""
    return await _decided(context, person, "RenewLoan", {"loan_id": loan_id, **wanted.model_dump()})


@router.post("/v1/loans/{loan_id}/recall", response_model=LoanView, responses=_DECIDED)
async def recall_loan(context: ContextOf, person: SignedIn, loan_id: Id) -> Response:
    """Somebody waits for it: it is wanted back sooner."""
    return await _decided(context, person, "RecallLoan", {"loan_id": loan_id})


@router.post("/v1/loans/{loan_id}/return", response_model=LoanView, responses=_DECIDED)
async def return_loan(
    context: ContextOf, person: SignedIn, loan_id: Id, counted: Counted = _UNCOUNTED
) -> Response:
    """It is back in hand: close the loan. A class that is counted must be counted."""
    return await _decided(
        context, person, "ReturnLoan", {"loan_id": loan_id, **counted.model_dump()}
    )


@router.post("/v1/loans/{loan_id}/return-part", response_model=LoanView, responses=_DECIDED)
async def return_part(context: ContextOf, person: SignedIn, loan_id: Id, part: Part) -> Response:
    """Some of it came back; the loan stays open for the rest."""
    return await _decided(context, person, "ReturnPart", {"loan_id": loan_id, **part.model_dump()})


async def _decided(
    context: Context, person: Person, kind: str, body: Mapping[str, object], *, made: bool = False
) -> Response:
    outcome = await ask(context, person, kind, body)
    if isinstance(outcome, Response):
        return outcome
    loan = _loan(context, outcome.detail["loan_id"])
    if not made:
        return answer(loan)
    return answer(loan, status=201, headers={"Location": f"/v1/loans/{loan.id}"})


def _loan(context: Context, loan_id: str) -> LoanView:
    with context.reader.connect() as connection:
        found = views.loan(connection, loan_id)
    if found is None:
        raise Problem(404, "no_such_loan", "There is no loan of that id.")
    return found
