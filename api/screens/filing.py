"""How a form changes anything: it files requests, waits a little, and goes back to its page.

The page it goes back to names the request, and tells what became of it; so a reload says it
again and does nothing again (303, RFC 9110 section 15.4.4).
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from api.context import Context, context_of
from api.filing import LIFETIME, PATIENCE_S
from api.security import Person
from controller.store.requests import FiledRequest, answer_of, file_request

POLL_S: Final = 0.02
_OWN_ADDRESS: Final = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path on this host: browsers read two slashes, or a slash and a backslash, as another host."""


async def file_and_return(
    request: Request,
    person: Person,
    kind: str,
    bodies: Sequence[Mapping[str, object]],
    *,
    back: str,
    lifetime: timedelta = LIFETIME,
) -> RedirectResponse:
    """File a request of ``kind`` for each of ``bodies``, then see the page at ``back``."""
    context = context_of(request)
    ids = await run_in_threadpool(_file, context, person, kind, bodies, lifetime)
    until = monotonic() + PATIENCE_S
    while True:
        filed = await run_in_threadpool(_look, context, ids)
        if all(each.answered_at is not None for each in filed) or monotonic() >= until:
            break
        await asyncio.sleep(POLL_S)
    refused = [each.id for each in filed if each.state == "refused"]
    path = urlsplit(own_address(back)).path
    return RedirectResponse(f"{path}?request={(refused or ids)[-1]}", status_code=303)


def own_address(back: str) -> str:
    """``back`` if it is an address on this very server, else the doors: never a foreign page."""
    return back if _OWN_ADDRESS.fullmatch(back) else "/"


def _file(
    context: Context,
    person: Person,
    kind: str,
    bodies: Sequence[Mapping[str, object]],
    lifetime: timedelta,
) -> list[str]:
    with context.engine.begin() as connection:
        return [
            file_request(
                connection,
                kind,
                body,
                by=person.name,
                computer=person.computer,
                now=context.now(),
                lifetime=lifetime,
            )
            for body in bodies
        ]


def _look(context: Context, ids: Sequence[str]) -> list[FiledRequest]:
    with context.reader.connect() as connection:
        return [filed for each in ids if (filed := answer_of(connection, each)) is not None]
