"""Every error as ``application/problem+json`` (RFC 9457), and nothing of our insides in it."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import quote

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from controller.store.database import StoreError, StoreFull

logger = logging.getLogger(__name__)


class ProblemBody(BaseModel):
    """RFC 9457 section 3. ``code`` is ours: stable, for programs; the rest is for people."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str = ""


class Problem(Exception):
    """Raised anywhere in a route: ends the request with this problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.facts = facts


class NotSignedIn(Problem):
    """Nobody is signed in, or no longer: 401 for programs, the sign-in page for people."""

    def __init__(self) -> None:
        super().__init__(
            401,
            "not_signed_in",
            "Sign in, or send an API key as 'Authorization: Bearer id.secret'.",
            headers={"WWW-Authenticate": 'Bearer realm="smart-repository"'},
        )


def problem_response(problem: Problem) -> Response:
    """The answer a ``Problem`` becomes."""
    body = {
        "type": f"urn:smart-repository:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.facts,
    }
    return Response(
        msgspec.json.encode(body),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", **(problem.headers or {})},
    )


def install(app: FastAPI) -> None:
    """Makes every error of ``app`` a problem, those of the framework too."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(StoreError, _on_store)
    app.add_exception_handler(OperationalError, _on_store)
    app.add_exception_handler(Exception, _on_bug)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 -- registered for this class only
    if isinstance(error, NotSignedIn) and _is_page(request):
        return RedirectResponse(f"/login?next={quote(request.url.path)}", status_code=303)
    return problem_response(error)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for this class only
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods_of(request)))
    code = HTTPStatus(error.status_code).name.lower()
    return problem_response(Problem(error.status_code, code, str(error.detail), headers=headers))


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for this class only
    faults = [
        {"where": ".".join(str(step) for step in fault["loc"]), "what": fault["msg"]}
        for fault in error.errors()
    ]
    return problem_response(
        Problem(422, "not_valid", "Something that was sent is not valid.", errors=faults)
    )


async def _on_store(request: Request, error: Exception) -> Response:
    full = isinstance(error, StoreFull)
    logger.warning("%s %s: %s", request.method, request.url.path, error)
    return problem_response(
        Problem(
            503,
            "store_full" if full else "store_unavailable",
            "The disk is full." if full else "The database does not answer; try again.",
            headers={"Retry-After": "5"},
        )
    )


async def _on_bug(request: Request, error: Exception) -> Response:
    return problem_response(
        Problem(500, "internal_error", "This is our fault; it has been logged.")
    )


def _is_page(request: Request) -> bool:
    wants_html = "text/html" in request.headers.get("accept", "")
    return wants_html and request.method == "GET" and not request.url.path.startswith("/v1/")


def _methods_of(request: Request) -> Iterable[str]:
    """All methods of the path; the router's own answer names those of one route only."""
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.methods and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    return methods
