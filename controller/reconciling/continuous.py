"""Comparing beside the deciding thread: soon after anything happens, and by the calendar.

It reads what is committed and writes with a pen of its own, in short transactions: the door
never waits for it. One thread does all of it, so no two comparisons of one controller meet.
"""

import logging
import threading
from collections.abc import Callable, Mapping

from sqlalchemy import Engine

from controller.reconciling.comparing import Comparison, Tally, has_work
from controller.store.database import StoreError
from drivers.observations import Clock

log = logging.getLogger(__name__)

PAUSE_S = 2.0
"""Between two looks at the journal; a difference is told so late at most, and its judging."""


class Continuous:
    """The thread that compares."""

    def __init__(self, engine: Engine, begin: Callable[[], Comparison], clock: Clock) -> None:
        self._engine = engine
        self._begin = begin
        self._clock = clock
        self._changes_due = threading.Event()
        self._full_due = threading.Event()
        self._counters = {"comparisons": 0, "judged": 0, "found": 0, "closed": 0, "put_off": 0}

    def counters(self) -> Mapping[str, int]:
        """Since start: comparisons, holdings judged, differences found and closed."""
        return self._counters

    def due(self) -> None:
        """The calendar says: compare what has changed, and count."""
        self._changes_due.set()

    def full_due(self) -> None:
        """The calendar says: compare everything, and count."""
        self._full_due.set()

    def run(self, stop: threading.Event) -> None:
        """Compare until ``stop``; what could not be written is found again the next time."""
        while not stop.wait(PAUSE_S):
            try:
                self.look()
            except StoreError as error:
                self._counters["put_off"] += 1
                log.info("comparing is put off: %s", error)

    def look(self) -> None:
        """Once.

        Raises:
            StoreError: full, busy, or another comparison is at it; what was due stays due.
        """
        full, counted = self._full_due.is_set(), self._changes_due.is_set()
        if not (full or counted):
            with self._engine.connect() as connection:
                if not has_work(connection, self._clock().utc):
                    return
        comparison = self._begin()
        try:
            tally = comparison.of_everything() if full else comparison.of_changes()
            if full or counted:
                tally = comparison.finish(full=full)
        finally:
            comparison.close()
        self._count(tally)
        if full:
            self._full_due.clear()
        if full or counted:
            self._changes_due.clear()

    def _count(self, tally: Tally) -> None:
        self._counters["comparisons"] += 1
        self._counters["judged"] += tally.judged
        self._counters["found"] += sum(tally.found.values())
        self._counters["closed"] += tally.closed
