"""A reader's HTTP interface: where it is, who asks, and one question with its answer."""

import base64
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

from drivers.errors import Unreachable
from drivers.json_reader.wire import HttpResponse
from drivers.link import Link, Waker

ANSWER_WITHIN_S = 5.0
ASKS_WITHIN_S = 2.0
"""A question of a few bytes; a lamp must not wait for it much longer."""
PORTS = {"http": 80, "https": 443}
LONGEST_ANSWER = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One HTTP server, and as whom we speak to it."""

    host: str
    port: int
    netloc: str
    path: str
    """What the URL names on that server, with its query."""
    basic: str | None = field(repr=False)
    """What proves who asks (RFC 7617); ``None``: nobody in particular."""
    tls: ssl.SSLContext | None = field(repr=False)

    @classmethod
    def of(
        cls,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        ca_file: Path | None = None,
    ) -> Self:
        """The server that ``url`` names.

        ``ca_file`` holds the authority that signed its certificate, or that itself.

        Raises:
            ValueError: not an HTTP URL, or one with a user's name in it.
            OSError: ``ca_file`` cannot be read.
        """
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
            raise ValueError(f"{url!r} is no URL of a reader: http(s)://host[:port]/path")
        if not url.isascii() or " " in url:
            raise ValueError(f"{url!r} must be written with %xx")
        basic = None
        if username is not None:
            word = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
            basic = f"Basic {word}"
        return cls(
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            netloc=parts.netloc,
            path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            basic=basic,
            tls=verifying(ca_file) if parts.scheme == "https" else None,
        )

    def request(
        self, method: str, path: str, *, body: bytes = b"", authorization: str | None = None
    ) -> bytes:
        """The bytes of one request (RFC 9112)."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.netloc}", "Accept: application/json"]
        proof = authorization or self.basic
        lines += [] if proof is None else [f"Authorization: {proof}"]
        if method != "GET":
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + body

    def ask(
        self,
        method: str,
        path: str,
        stop: threading.Event,
        *,
        body: bytes = b"",
        authorization: str | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of the answer to one question, on a connection of its own.

        Raises:
            Unreachable: no answer in time.
            Garbled: it is no HTTP.
            Stopped: told to stop meanwhile.
        """
        until, content = monotonic() + ASKS_WITHIN_S, b""
        waker, response = Waker(), HttpResponse()
        try:
            with Link(self.host, self.port, stop=stop, waker=waker, tls=self.tls) as link:
                link.send(self.request(method, path, body=body, authorization=authorization))
                while not response.ended and len(content) <= LONGEST_ANSWER:
                    if monotonic() >= until:
                        raise Unreachable(f"no HTTP answer within {ASKS_WITHIN_S:g} s")
                    content += b"".join(response.feed(link.receive(until)))
        finally:
            waker.close()
        return response.status or 0, content


def verifying(ca_file: Path | None) -> ssl.SSLContext:
    """TLS that believes only what ``ca_file``, or the system, vouches for."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
