"""Tells people: from the journal to a message that the other side has taken. One thread.

Look at new events, queue what recipients are to be told, make messages of what is due, send them,
write down what became of each. Every step is durable before the next; whoever dies in between goes
on from there. A message is sent at least once, and twice only where the machine dies between the
server's word and our note of it: then with the same Message-ID, or the same id and body.
"""

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Engine

from controller.clock import system_clock
from controller.config import Site
from controller.notifying.post import Post
from controller.notifying.routing import ABOUT, Routing
from controller.notifying.undelivered import Never, NotNow
from controller.store.database import StoreError, begin_write
from controller.store.notifications import queue
from controller.store.notifications.queue import Waiting
from drivers.observations import Clock

log = logging.getLogger(__name__)

POLL_S = 0.5
RETRY_STORE_S = 2.0
FIRST_WAIT = timedelta(seconds=30)
REST = timedelta(minutes=1)
"""Between two messages to one recipient."""
CRITICAL_REST = timedelta(seconds=10)


class Notifier:
    """Tells the recipients of one site for as long as it runs."""

    def __init__(
        self, *, engine: Engine, site: Site, secrets: Mapping[str, str], clock: Clock = system_clock
    ) -> None:
        """``secrets``: the mail server's password and each webhook's key, by credential name."""
        self._engine = engine
        self._post = Post(site, secrets)
        self._routing = Routing(site)
        self._clock = clock
        self._give_up = timedelta(days=site.notifications.give_up_after_days)
        self._counts = Counter(queued=0, sent=0, failures=0, dead_letters=0)
        self._said = ""

    def counters(self) -> Mapping[str, int]:
        """What ``/metrics`` shows: totals since start."""
        return dict(self._counts)

    def begin(self) -> None:
        """Before the first event of this run is written: tell from here on, or go on.

        Raises:
            StoreError: the store does not answer.
        """
        with self._engine.begin() as connection:
            begin_write(connection)
            queue.begin_here(connection, self._clock().utc)

    def run(self, stop: threading.Event) -> None:
        """Tell until ``stop``; returns within the time-out of one sending."""
        while not stop.wait(POLL_S):
            try:
                self.round(stop)
            except StoreError as error:
                self._say(f"the store does not answer: {error}")
                stop.wait(RETRY_STORE_S)

    def round(self, stop: threading.Event) -> None:
        """Look once at everything.

        Raises:
            StoreError: nothing is lost; call again.
        """
        self._take_in()
        self._bundle()
        with self._engine.connect() as connection:
            turn = queue.waiting(connection, self._clock().utc)
        for message in turn:
            if stop.is_set():
                return
            self._send(message)

    def _take_in(self) -> None:
        now = self._clock().utc
        with self._engine.connect() as connection:
            found, upto = queue.happenings(connection, ABOUT)
        if not found:
            return
        told = [notice for each in found for notice in self._routing.notices(each, now)]
        with self._engine.begin() as connection:
            begin_write(connection)
            queue.put(connection, told, upto, now)
        self._counts["queued"] += len(told)

    def _bundle(self) -> None:
        now = self._clock().utc
        with self._engine.connect() as connection:
            if not queue.any_due(connection, now):
                return
        with self._engine.begin() as connection:
            begin_write(connection)
            queue.bundle(connection, now, rest=REST, critical_rest=CRITICAL_REST)

    def _send(self, message: Waiting) -> None:
        try:
            self._post.deliver(message, self._clock().utc)
        except Never as error:
            self._bury(message, str(error))
        except NotNow as error:
            self._later(message, error)
        else:
            with self._engine.begin() as connection:
                queue.ended(connection, message.id, self._clock().utc)
            self._counts["sent"] += 1
            self._say(f"{message.recipient} was told", logging.INFO)

    def _later(self, message: Waiting, error: NotNow) -> None:
        now = self._clock().utc
        if now - message.made_at >= self._give_up:
            self._bury(message, f"given up: {error}")
            return
        self._counts["failures"] += 1
        wait = min(FIRST_WAIT * 2 ** min(message.attempts, 10), queue.LONGEST_WAIT)
        with self._engine.begin() as connection:
            queue.failed(connection, message.id, now + (error.after or wait), str(error))
        self._say(f"{message.recipient} cannot be told, trying again: {error}")

    def _bury(self, message: Waiting, reason: str) -> None:
        with self._engine.begin() as connection:
            queue.ended(connection, message.id, self._clock().utc, reason)
        self._counts["dead_letters"] += 1
        log.error("notifications: %s is not told of message %s: %s",
                  message.recipient, message.id, reason)  # fmt: skip

    def _say(self, what: str, level: int = logging.WARNING) -> None:
        """Log a state once, not on every retry."""
        if what != self._said:
            self._said = what
            log.log(level, "notifications: %s", what)
