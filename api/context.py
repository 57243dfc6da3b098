"""What every route works with, made once per process by ``create_app``.

Routes take it as ``ContextOf``; ``api.security.SignedIn`` is the person or program that asks.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from api.live import Feed
from controller.config import Site
from controller.store.accounts import Accounts
from controller.store.held import HeldConnection
from controller.store.keys import KeyRing
from controller.store.views_whereabouts import WhereaboutsView
from drivers.observations import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The site, its store and what is shared between requests."""

    site: Site
    engine: Engine
    """May write: requests and accounts only. Use it from ``def`` routes (thread pool)."""
    reader: Engine
    """Read only. Use it from ``def`` routes (thread pool)."""
    held: HeldConnection
    """Read only, for the event loop's thread: the hot routes."""
    accounts: Accounts
    keys: KeyRing
    whereabouts: WhereaboutsView
    """For the event loop's thread."""
    feed: Feed
    """``async for entry in context.feed.follow(after, kinds, still=…)``: the journal, live."""
    clock: Clock
    beside: Path | None = None
    """The site file's folder: profiles are looked for there first."""

    @property
    def writer(self) -> str:
        """The controller of this site, as its heartbeat and its events name it."""
        return f"{self.site.site.id}/controller"

    def now(self) -> datetime:
        """Aware UTC."""
        return self.clock().utc


def context_of(request: Request) -> Context:
    """The application's one ``Context``."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 -- Starlette's state is untyped
    return context


async def _context(request: Request) -> Context:
    return context_of(request)  # not a plain function: FastAPI would send it through a thread


ContextOf = Annotated[Context, Depends(_context)]
