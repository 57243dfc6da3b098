"""The journal, followed live: one poller for all who listen, none while nobody does.

A listener keeps its own place, so a slow one costs the others nothing and misses nothing: what
has left the short shared tail it reads from the database.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from time import monotonic
from typing import Final

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine

from controller.store.feed import JournalEntry, entries_after, newest_seq
from controller.store.held import HeldConnection, Prepared

logger = logging.getLogger(__name__)

INTERVAL_S: Final = 0.025
RECHECK_S: Final = 30.0
PAGE: Final = 500
TAIL: Final = 2000


class Feed:
    """Who listens, and what they all have in common. Lives in one event loop."""

    def __init__(self, reader: Engine, held: HeldConnection) -> None:
        self._reader = reader
        self._held = held
        self._newest_query = Prepared(reader, newest_seq())
        self._tail: deque[JournalEntry] = deque(maxlen=TAIL)
        self._newest = 0
        self._listeners = 0
        self._poller: asyncio.Task[None] | None = None
        self._arrived = asyncio.Event()
        self._stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return self._listeners

    async def follow(
        self,
        after: int | None,
        kinds: Collection[str] = (),
        *,
        still: Callable[[], Awaitable[bool]],
    ) -> AsyncIterator[JournalEntry]:
        """Every event after number ``after`` (``None``: from now on), until the daemon stops.

        A number the journal has not reached (a database restored from a backup) counts as now.
        ``still`` is asked every half minute whether the listener may go on listening.
        """
        self._listeners += 1
        try:
            self._start()
            place = self._newest if after is None else min(after, self._newest)
            ask_at = monotonic() + RECHECK_S
            while not self._stopped:
                arrived = self._arrived
                upto = self._newest
                async for entry in self._between(place, upto, kinds):
                    yield entry
                place = upto
                if monotonic() >= ask_at:
                    if not await still():
                        return
                    ask_at = monotonic() + RECHECK_S
                if self._newest == place:
                    if self._poller is None or self._poller.done():
                        return  # the database failed: the client comes back and says where it was
                    await _wait(arrived, ask_at - monotonic())
        finally:
            self._listeners -= 1

    def stop(self) -> None:
        """Ends every stream soon; may be called from a signal handler."""
        self._stopped = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _start(self) -> None:
        if self._poller is None or self._poller.done():
            self._loop = asyncio.get_running_loop()
            self._tail.clear()
            self._newest = self._read_newest()
            self._poller = self._loop.create_task(self._poll())
            self._poller.add_done_callback(self._ended)

    def _read_newest(self) -> int:
        return int(self._held.rows(self._newest_query, {})[0][0])

    def _wake(self) -> None:
        self._arrived.set()
        self._arrived = asyncio.Event()

    async def _poll(self) -> None:
        while self._listeners and not self._stopped:
            newest = self._read_newest()
            if newest > self._newest:
                self._tail.extend(await self._read(self._newest, newest, ()))
                self._newest = self._tail[-1].seq
                self._wake()
            else:
                await asyncio.sleep(INTERVAL_S)

    def _ended(self, poller: asyncio.Task[None]) -> None:
        if not poller.cancelled() and poller.exception() is not None:
            logger.warning("the journal cannot be followed now: %s", poller.exception())
        self._wake()

    async def _between(
        self, after: int, upto: int, kinds: Collection[str]
    ) -> AsyncIterator[JournalEntry]:
        if after >= upto:
            return
        if self._tail and self._tail[0].seq <= after + 1:
            for entry in [entry for entry in self._tail if after < entry.seq <= upto]:
                if not kinds or entry.kind in kinds:
                    yield entry
            return
        while True:
            page = await self._read(after, upto, kinds)
            for entry in page:
                yield entry
            if len(page) < PAGE:
                return
            after = page[-1].seq

    async def _read(self, after: int, upto: int, kinds: Collection[str]) -> list[JournalEntry]:
        def read() -> list[JournalEntry]:
            with self._reader.connect() as connection:
                return entries_after(connection, after, upto=upto, kinds=kinds, limit=PAGE)

        return await run_in_threadpool(read)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), max(0.0, seconds))
