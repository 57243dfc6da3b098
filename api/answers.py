"""How an answer is written: JSON straight from frozen dataclasses, tags, cursors."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Request, Response

from api.problems import Problem

_encoder = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    """JSON of any of the store's values; times end in Z."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:  # half a surrogate pair, which a device may have sent as text
        return json.dumps(msgspec.to_builtins(value)).encode()


def answer(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """``value`` as JSON. Never cached by anybody in between: the store changes under it."""
    return Response(
        encode(value),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-cache", **(headers or {})},
    )


def tagged(request: Request, value: object, *, weak: bytes | None = None) -> Response:
    """One thing with its entity tag, or 304 when the asker has it already (RFC 9110 13.1.2).

    ``weak`` holds what the tag is made of when the bytes also say something that changes all the
    time, such as ``as_of``.
    """
    body = encode(value)
    tag = f'"{hashlib.blake2b(weak or body, digest_size=12).hexdigest()}"'
    if weak is not None:
        tag = "W/" + tag
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    asked = request.headers.get("if-none-match")
    if asked is not None and _matches(asked, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _matches(asked: str, tag: str) -> bool:
    """The weak comparison, which is the one for If-None-Match (RFC 9110 8.8.3.2)."""
    bare = tag.removeprefix("W/")
    return any(one.strip().removeprefix("W/") in (bare, "*") for one in asked.split(","))


def cursor_of(key: str | int) -> str:
    """An opaque cursor that says where a list goes on."""
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def key_of(cursor: str | None) -> str | None:
    """What ``cursor_of`` was given.

    Raises:
        Problem: 400, somebody made this cursor up.
    """
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Problem(400, "bad_cursor", "Use the 'next' link as it was given.") from error


def number_of(cursor: str | None) -> int | None:
    """The same, where the key is a number."""
    key = key_of(cursor)
    if key is None:
        return None
    if not key.isdecimal() or len(key) > 18:
        raise Problem(400, "bad_cursor", "Use the 'next' link as it was given.")
    return int(key)


def page(
    request: Request, name: str, items: list[Any], limit: int, key: str, **more: object
) -> Response:
    """One page of a list; ``items`` holds one more than ``limit`` when there is a next page."""
    following = None
    if len(items) > limit:
        items = items[:limit]
        url = request.url.include_query_params(cursor=cursor_of(getattr(items[-1], key)))
        following = f"{url.path}?{url.query}"
    return answer({name: items, "next": following, **more})
