"""The calendar: what happens at an hour of the day. Nothing periodic that a device waits for.

APScheduler 3 counts wall-clock time: after a step back it sleeps the old hour away, after a step
forward it enumerates every missed run. So it holds calendar jobs only, coalesced, and is told
to look at the clock again whenever the daemon saw a step.
"""

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

log = logging.getLogger(__name__)
MISFIRE_GRACE_S = 6 * 3600
PUNCTUAL_S = 60
"""Carriages that should have moved at night must not do so in the morning."""


class Calendar:
    """Runs named jobs at their hour, in the site's own time zone."""

    def __init__(
        self,
        timezone: str,
        jobs: Mapping[str, tuple[str, Callable[[], None]]],
        *,
        punctual: Collection[str] = (),
    ) -> None:
        """``jobs``: name → (five-field crontab expression, what to do).

        Those named ``punctual`` are left out rather than done later than a minute.
        """
        self._punctual = frozenset(punctual)
        self._zone = ZoneInfo(timezone)
        self._jobs = jobs
        self._stepped = threading.Event()

    def clock_stepped(self) -> None:
        """Have every job's next run computed afresh."""
        self._stepped.set()

    def run(self, stop: threading.Event) -> None:
        """Keep the calendar until ``stop``."""
        scheduler = self._start()
        while not stop.wait(1.0):
            if self._stepped.is_set():
                self._stepped.clear()
                scheduler.shutdown(wait=False)
                scheduler = self._start()
        scheduler.shutdown(wait=False)

    def _start(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(timezone=self._zone)
        for name, (crontab, work) in self._jobs.items():
            scheduler.add_job(
                work,
                CronTrigger.from_crontab(crontab, timezone=self._zone),
                name=name,
                coalesce=True,
                misfire_grace_time=PUNCTUAL_S if name in self._punctual else MISFIRE_GRACE_S,
            )
        scheduler.start()
        return scheduler
