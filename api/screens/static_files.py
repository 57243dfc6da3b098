"""The screens' own files: a few kilobytes, held in memory, compressed once.

Browsers keep them for as long as their address stays the same; it changes with the content.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePath
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from api.screens.rendering import STATIC

FOR_EVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str
    plain: bytes
    zipped: bytes


class StaticFiles:
    """Serves ``static``, and nothing else, to everybody."""

    def __init__(self) -> None:
        self._files = {
            f"/{each.name}": _File(
                _TYPES[PurePath(each.name).suffix],
                each.read_bytes(),
                gzip.compress(each.read_bytes(), mtime=0),
            )
            for each in STATIC.iterdir()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED)
        file = self._files.get(scope["path"].removeprefix(scope["root_path"]))
        if file is None:
            return _plain(HTTPStatus.NOT_FOUND)
        versioned = scope["query_string"].startswith(b"v=")
        headers = {"Cache-Control": FOR_EVER if versioned else "no-cache"}
        return packed(Headers(scope=scope), file.plain, headers, file.media_type, file.zipped)


def packed(
    asked: Headers,
    plain: bytes,
    headers: Mapping[str, str],
    media_type: str,
    zipped: bytes | None = None,
) -> Response:
    """``plain``, or its gzip form where the asker takes it (RFC 9110 section 12.5.3)."""
    told = {**headers, "Vary": "Accept-Encoding"}
    if "gzip" not in asked.get("accept-encoding", ""):
        return Response(plain, media_type=media_type, headers=told)
    told["Content-Encoding"] = "gzip"
    body = gzip.compress(plain, compresslevel=5, mtime=0) if zipped is None else zipped
    return Response(body, media_type=media_type, headers=told)


def _plain(status: HTTPStatus) -> Response:
    return PlainTextResponse(status.phrase, status_code=status)
