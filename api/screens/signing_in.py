"""Signing in and out, and the language: what works before anybody is known."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.screens.filing import own_address
from api.screens.frame import LANGUAGE_COOKIE, ScreensOf
from api.screens.language import LANGUAGES, mark
from api.security import Person, computer_of, end_session, start_session

router = APIRouter(include_in_schema=False)

REFUSED: Final = mark(
    "Name and password do not fit. After five failures an account is locked for 15 minutes."
)
"""One sentence for every reason: a stranger learns nothing from it (ASVS 5.0 6.3.8)."""
A_YEAR_S: Final = 365 * 24 * 3600

Typed = Annotated[str, Form(max_length=200)]


@router.get("/login")
def login_form(request: Request, screens: ScreensOf, next: str = "/") -> Response:  # noqa: A002
    """The sign-in page; whoever is signed in already goes on."""
    if request.state.person is not None:
        return RedirectResponse(own_address(next), status_code=303)
    return _form(request, screens, next, user="", refused=None, status=200)


@router.post("/login")
def sign_in(
    request: Request,
    screens: ScreensOf,
    user: Typed,
    password: Typed,
    next: Typed = "/",  # noqa: A002 -- the name in the address
) -> Response:
    """Sign in, and go where the person wanted to go."""
    token = screens.context.accounts.sign_in(
        user.strip(), password, computer=computer_of(request), at=screens.context.now()
    )
    if token is None:
        return _form(request, screens, next, user=user, refused=REFUSED, status=401)
    answer = RedirectResponse(own_address(next), status_code=303)
    start_session(screens.context, answer, token)
    return answer


@router.post("/logout")
def sign_out(request: Request, screens: ScreensOf) -> Response:
    """End the session, here and in the store."""
    answer = RedirectResponse("/login", status_code=303)
    end_session(screens.context, request, answer)
    return answer


@router.post("/language")
def choose_language(
    request: Request, screens: ScreensOf, language: Typed, back: Typed = "/"
) -> Response:
    """Remember the language: for the person who is signed in, and in this browser."""
    answer = RedirectResponse(own_address(back), status_code=303)
    if language in LANGUAGES:
        person: Person | None = request.state.person
        if person is not None:
            screens.context.accounts.set_language(person.name, language)
        answer.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=A_YEAR_S,
            secure=screens.site.api.https,
            httponly=True,
            samesite="strict",
        )
    return answer


def _form(
    request: Request,
    screens: ScreensOf,
    target: str,
    *,
    user: str,
    refused: str | None,
    status: int,
) -> Response:
    page = screens.bare(request)
    facts = {
        "next": own_address(target),
        "user": user,
        "refused": None if refused is None else page.language(refused),
    }
    return screens.html(request, page, "login.html", facts, status=status)
