"""Who is asking, and whether they may: checked before every route, from one table of rights.

Cookies are for people: ``SameSite=Strict`` and, on unsafe methods, proof that the page was ours.
Keys are for programs: a header no foreign page can send. ``X-Forwarded-For`` is never believed.
"""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.context import Context, context_of
from api.problems import NotSignedIn, Problem
from api.rights import PUBLIC, RIGHTS
from controller.store.accounts import ABSOLUTE, Principal, Role

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks, in what role, and from which machine."""

    name: str
    role: Role
    language: str | None
    computer: str
    """The peer's network address."""


async def authorise(request: Request) -> None:
    """Runs before every route of the application: signs in, checks rights and origin.

    Raises:
        NotSignedIn: the route needs somebody.
        Problem: 403, this role may not, or the request came from a foreign page.
    """
    rights = RIGHTS.get((request.method, request.scope["route"].path))
    if rights is None:
        raise Problem(403, "no_rights_listed", "This route is open to nobody.")
    person = await _person(request)
    request.state.person = person
    if rights is PUBLIC:
        return
    if person is None:
        raise NotSignedIn
    if person.role not in rights:
        raise Problem(403, "not_allowed", f"The role {person.role} may not do this.")


async def still_allowed(request: Request) -> bool:
    """Whether whoever opened this stream would still be let in; for a session it is a use."""
    try:
        await authorise(request)
    except Problem:
        return False
    return True


async def signed_in(request: Request) -> Person:
    """The person or program that asks; only for routes that are not public."""
    person = request.state.person
    if not isinstance(person, Person):
        raise NotSignedIn
    return person


SignedIn = Annotated[Person, Depends(signed_in)]


def start_session(context: Context, response: Response, token: str) -> None:
    """Hands the browser the token that ``Accounts.sign_in`` gave."""
    response.set_cookie(
        cookie_name(context),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=context.site.api.https,
        httponly=True,
        samesite="strict",
    )


def end_session(context: Context, request: Request, response: Response) -> None:
    """Ends the session of this browser, in the store and in the cookie. Blocks: use ``def``."""
    token = request.cookies.get(cookie_name(context))
    if token is not None:
        context.accounts.sign_out(token, computer=computer_of(request), at=context.now())
    response.delete_cookie(
        cookie_name(context),
        path="/",
        secure=context.site.api.https,
        httponly=True,
        samesite="strict",
    )


def cookie_name(context: Context) -> str:
    """``__Host-`` binds the cookie to this very host, where TLS allows it (ASVS 5.0 3.3.3)."""
    return "__Host-session" if context.site.api.https else "session"


def computer_of(request: Request) -> str:
    """The network address of the peer itself, whatever its headers say (ASVS 5.0 4.1.3)."""
    return "unknown" if request.client is None else request.client.host


async def _person(request: Request) -> Person | None:
    context = context_of(request)
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, bearer = header.partition(" ")
        holder = context.keys.holder(bearer, context.now()) if scheme == "Bearer" else None
        if holder is None:
            raise NotSignedIn
        return _as_person(holder, request)
    token = request.cookies.get(cookie_name(context))
    if request.method not in SAFE:
        _check_origin(request, needed=token is not None)
    if token is None:
        return None
    holder = await run_in_threadpool(context.accounts.session, token, context.now())
    return None if holder is None else _as_person(holder, request)


def _as_person(holder: Principal, request: Request) -> Person:
    return Person(
        name=holder.name,
        role=holder.role,
        language=holder.language,
        computer=computer_of(request),
    )


def _check_origin(request: Request, *, needed: bool) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        ours = site == "same-origin"
    elif origin is not None:
        ours = urlsplit(origin).netloc == request.headers.get("host")
    else:
        ours = not needed  # no browser: without a cookie there is nobody to impersonate
    if not ours:
        raise Problem(403, "foreign_origin", "This came from a page that is not ours.")
