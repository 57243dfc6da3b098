"""What wraps the whole application: security headers, a limit for bodies, and what it counts.

A plain ASGI wrapper costs nothing measurable; ``BaseHTTPMiddleware`` halves the throughput.
"""

from collections import Counter
from http import HTTPStatus
from time import perf_counter
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, problem_response

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self';"
    " frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")


BODY_LIMIT: Final = 1024 * 1024
"""More than any request of ours needs, little enough to keep in memory."""

_TOO_LARGE: Final = HTTPStatus(413).name.lower()
_WORDS: Final = f"A request has {BODY_LIMIT} bytes at most."


class Served:
    """How many requests were answered with which status, and how long they took together."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()
        self.seconds = 0.0


class Guard:
    """Adds the headers and counts; knows no route."""

    def __init__(self, app: ASGIApp, served: Served, *, https: bool) -> None:
        self._app = app
        self._served = served
        self._headers = (*HEADERS, STRICT_TRANSPORT) if https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
                self._served.answers[message["status"]] += 1
                self._served.seconds += perf_counter() - began
            await send(message)

        if _announced(scope) > BODY_LIMIT:
            await problem_response(Problem(413, _TOO_LARGE, _WORDS))(scope, receive, send_guarded)
        elif scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send_guarded)
        else:
            await self._app(scope, _limited(receive), send_guarded)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _limited(receive: Receive) -> Receive:
    """Counts a body that came without its length."""
    read = 0

    async def receive_limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > BODY_LIMIT:
            raise HTTPException(413, _WORDS)  # the one kind that FastAPI lets through
        return message

    return receive_limited
