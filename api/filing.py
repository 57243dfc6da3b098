"""How the API changes anything: it files a request and waits a little for what was decided."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, Final

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from api.answers import answer
from api.context import Context
from api.problems import Problem
from api.security import Person
from controller.store.requests import FiledRequest, answer_of, file_request

MOTION_LIFETIME: Final = timedelta(seconds=5)
"""A wish to move carriages is worth nothing once it is stale."""
LIFETIME: Final = timedelta(days=7)
PATIENCE_S: Final = 2.0
POLL_S: Final = 0.010


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What was decided: done, and the ids of what was made."""

    request_id: str
    code: str
    detail: dict[str, str]


async def ask(
    context: Context,
    person: Person,
    kind: str,
    body: Mapping[str, Any],
    *,
    lifetime: timedelta = LIFETIME,
) -> Accepted | Response:
    """Files the request; what was decided, or the 202 to answer with when that takes longer.

    Raises:
        Problem: 404 or 409, it was refused, with the domain's code and facts; 503, it expired.
    """
    request_id = await run_in_threadpool(_file, context, person, kind, body, lifetime)
    until = monotonic() + PATIENCE_S
    while True:
        filed = _look(context, request_id)
        if filed is not None and filed.answered_at is not None:
            return _outcome(filed)
        if monotonic() >= until:
            return _later(request_id)
        await asyncio.sleep(POLL_S)


def _file(
    context: Context, person: Person, kind: str, body: Mapping[str, Any], lifetime: timedelta
) -> str:
    with context.engine.begin() as connection:
        return file_request(
            connection,
            kind,
            body,
            by=person.name,
            computer=person.computer,
            now=context.now(),
            lifetime=lifetime,
        )


def _look(context: Context, request_id: str) -> FiledRequest | None:
    with context.reader.connect() as connection:
        return answer_of(connection, request_id)


def _outcome(filed: FiledRequest) -> Accepted:
    code = filed.code or filed.state
    match filed.state:
        case "accepted":
            return Accepted(request_id=filed.id, code=code, detail=filed.detail)
        case "expired":
            status, words = 503, "Nobody took it up in time; it will not be done."
        case _:
            status = 404 if code.startswith("no_such_") else 409
            words = "Refused; the code says why."
    raise Problem(status, code, words, request_id=filed.id, facts=filed.detail)


def _later(request_id: str) -> Response:
    where = f"/v1/requests/{request_id}"
    return answer(
        {"request_id": request_id, "state": "filed", "location": where},
        status=202,
        headers={"Location": where, "Retry-After": "1"},
    )
