"""What wraps the whole application: security headers on every answer, and what it counts.

A plain ASGI wrapper costs nothing measurable; ``BaseHTTPMiddleware`` halves the throughput.
"""

from collections import Counter
from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

        await self._app(scope, receive, send_guarded)
