"""The application: routes over one store, every one of them behind the table of rights."""

import gc
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI
from sqlalchemy import Engine
from starlette.types import ASGIApp

from api import problems, screens
from api.context import Context
from api.description import described
from api.guard import Guard, Served
from api.live import Feed
from api.routes import ROUTERS
from api.security import authorise
from controller.clock import system_clock
from controller.config import Site
from controller.store.accounts import Accounts
from controller.store.held import HeldConnection
from controller.store.keys import KeyRing
from controller.store.views_whereabouts import WhereaboutsView
from drivers.observations import Clock

GARBAGE = 20_000
"""Objects made before the collector looks: some bulk answers' worth, a few megabytes."""
THREADS = 8
"""For what writes or scans; more would only fight over two cores."""


class Application(FastAPI):
    """FastAPI inside the guard, so that even an internal error carries the headers."""

    served: Served
    https: bool

    def build_middleware_stack(self) -> ASGIApp:
        """Called once, by the first request."""
        return Guard(super().build_middleware_stack(), self.served, https=self.https)

    def openapi(self) -> dict[str, Any]:
        """The API's description; made once."""
        if self.openapi_schema is None:
            self.openapi_schema = described(super().openapi())
        return self.openapi_schema


def create_app(
    site: Site,
    engine: Engine,
    reader: Engine,
    *,
    clock: Clock = system_clock,
    beside: Path | None = None,
) -> Application:
    """The application for ``site``; ``engine`` may write, ``reader`` may not."""
    held = HeldConnection(reader)
    context = Context(
        site=site,
        engine=engine,
        reader=reader,
        held=held,
        accounts=Accounts(engine),
        keys=KeyRing(reader, held),
        whereabouts=WhereaboutsView(reader, held, f"{site.site.id}/controller"),
        feed=Feed(reader, held),
        clock=clock,
        beside=beside,
    )
    app = Application(
        title="Smart repository",
        version="1",
        openapi_url=None,  # behind sign-in, as /v1/openapi.json
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(authorise)],
        lifespan=_lifespan,
    )
    app.served = Served()
    app.https = site.api.https
    app.state.context = context
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    screens.mount(app, context)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    current_default_thread_limiter().total_tokens = THREADS
    gc.collect()
    gc.freeze()  # what is here now stays; looking through it again slows every bulk answer,
    gc.set_threshold(GARBAGE, 20, 20)  # and so does looking after every few hundred objects
    _end_streams_on_signals(context.feed)
    yield
    context.feed.stop()
    context.held.close()


def _end_streams_on_signals(feed: Feed) -> None:
    """An open stream would hold the server until its grace is over: end them at the signal."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        previous = signal.getsignal(number)

        def handle(number: int, frame: FrameType | None, previous: Any = previous) -> None:
            feed.stop()
            if callable(previous):
                previous(number, frame)

        signal.signal(number, handle)
