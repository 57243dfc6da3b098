"""What became of a request that was not decided at once."""

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.answers import tagged
from api.context import ContextOf
from api.inputs import Id
from api.models import documented
from api.problems import Problem
from api.security import SignedIn
from controller.store.accounts import Role
from controller.store.requests import answer_of

router = APIRouter(tags=["requests"], responses=documented(401, 403, 422))


class RequestState(BaseModel):
    """One request: ``filed``, ``taken``, ``accepted``, ``refused`` or ``expired``."""

    request_id: str
    kind: str
    state: str
    code: str | None
    detail: dict[str, str]
    filed_at: datetime
    expires_at: datetime
    answered_at: datetime | None


@router.get(
    "/v1/requests/{request_id}", response_model=RequestState, responses=documented(304, 404)
)
def one_request(request: Request, context: ContextOf, person: SignedIn, request_id: Id) -> Response:
    """A request of one's own, or any for an administrator."""
    with context.reader.connect() as connection:
        filed = answer_of(connection, request_id)
    if filed is None or (filed.by != person.name and person.role is not Role.ADMINISTRATOR):
        raise Problem(404, "no_such_request", "You filed no request of that id.")
    return tagged(
        request,
        {
            "request_id": filed.id,
            "kind": filed.kind,
            "state": filed.state,
            "code": filed.code,
            "detail": filed.detail,
            "filed_at": filed.filed_at,
            "expires_at": filed.expires_at,
            "answered_at": filed.answered_at,
        },
    )
