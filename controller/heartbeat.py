"""Says that the controller lives, and how its parts do, for the API and ``/metrics``."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from sqlalchemy import Engine

from controller.clock import system_clock
from controller.store.database import StoreError
from controller.store.upkeep import beat

BEAT_S = 2.0


class Counted(Protocol):
    """A part with counters: a device, an outlet, the daemon itself."""

    def counters(self) -> Mapping[str, int]:
        """Since start."""
        ...


class Outlet(Counted, Protocol):
    """A part that drains one destination of the outbox in a thread of its own."""

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set."""
        ...


class Heartbeat:
    """Writes one row every two seconds, and once more at the end."""

    def __init__(self, engine: Engine, writer: str, parts: Mapping[str, Counted]) -> None:
        self._engine = engine
        self._writer = writer
        self._parts = parts

    def run(self, stop: threading.Event) -> None:
        """Beat until ``stop``, then say that it ended well."""
        started = system_clock().utc
        state = "running"
        while state == "running":
            if stop.wait(BEAT_S):
                state = "stopped"
            counters = {name: dict(part.counters()) for name, part in self._parts.items()}
            with suppress(StoreError):  # a full disk is the deciding thread's to tell of
                beat(
                    self._engine,
                    self._writer,
                    started_at=started,
                    at=system_clock().utc,
                    state=state,
                    counters=counters,
                )
