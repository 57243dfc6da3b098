"""Drains the trends outbox into an InfluxDB v2 write API, a batch of lines at a time.

The client's own batching loses points when the server is away or the process dies, so it is not
used: a line leaves the outbox only after the server said 204. Writing a line twice is harmless,
for series and time identify a point. What the server will never take is found by halving the
batch and moved aside with the server's reason; everything else waits. A server that refuses all
of a batch is set up wrongly, and nothing is moved aside for that.
"""

import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS, WriteApi
from influxdb_client.rest import ApiException
from sqlalchemy import Engine
from urllib3.exceptions import HTTPError

from controller.backoff import Backoff
from controller.clock import system_clock
from controller.config import Trends
from controller.publications import TRENDS
from controller.store import outbox
from controller.store.database import StoreError
from controller.store.outbox import Queued
from drivers.observations import Clock

log = logging.getLogger(__name__)

BATCH = 1000
PRECISION: Any = "ms"
"""As the client spells it; its own constant is a plain text with a wrong type."""
POLL_S = 1.0
TIMEOUT_MS = 5_000
RETRY_AFTER_MOST_S = 300.0
BAD_LINE: Final = frozenset({400, 413, 422})
"""Not line protocol, too large, outside the bucket's retention: no retry helps that line."""
WHAT_TO_DO: Final = {
    401: "the token is not accepted; correct trends.token_file",
    403: "the token may not write there; give it write access to the bucket",
    404: "no such organisation, bucket or path; correct trends.org, trends.bucket or trends.url",
}


class NotNow(Exception):
    """The server took nothing; keep the lines and try again."""

    def __init__(self, why: str, *, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s
        """When the server wants to be asked again, if it said so."""


class TrendsWriter:
    """Writes one site's points for as long as it runs."""

    def __init__(
        self,
        *,
        engine: Engine,
        trends: Trends,
        token: str | None,
        poll_s: float = POLL_S,
        clock: Clock = system_clock,
    ) -> None:
        self._engine = engine
        self._trends = trends
        self._token = token
        self._poll_s = poll_s
        self._clock = clock
        self._backoff = Backoff(f"{trends.url} {trends.bucket}", first_s=poll_s, most_s=60.0)
        self._counts = Counter(written=0, failures=0, dead_letters=0)
        self._said = ""

    def counters(self) -> Mapping[str, int]:
        """What ``/metrics`` shows: totals since start."""
        return dict(self._counts)

    def run(self, stop: threading.Event) -> None:
        """Write until ``stop``; returns within the time-out of one request."""
        with InfluxDBClient(
            url=self._trends.url,
            token=self._token or "",
            org=self._trends.org,
            timeout=TIMEOUT_MS,
            retries=False,
        ) as client:
            api = client.write_api(write_options=SYNCHRONOUS)
            while not stop.is_set():
                stop.wait(self._round(api, stop))

    def _round(self, api: WriteApi, stop: threading.Event) -> float:
        """Write one batch; returns how many seconds to wait before the next."""
        try:
            with self._engine.connect() as connection:
                rows = outbox.peek(connection, TRENDS, 0, BATCH)
            if not rows:
                return self._poll_s
            rejected = self._write(api, rows, stop)
            if len(rejected) == len(rows) > 1:
                raise NotNow(f"the server refuses every single line: {rejected[0][1]}")
            self._settle(rows, rejected)
        except (NotNow, StoreError) as error:
            self._counts["failures"] += 1
            self._say(f"points wait in the outbox: {error}", logging.WARNING)
            asked_s = error.after_s if isinstance(error, NotNow) else None
            return self._backoff.next_s() if asked_s is None else asked_s
        self._backoff.reset()
        self._say("points are written", logging.INFO)
        return 0.0 if len(rows) == BATCH else self._poll_s

    def _write(
        self, api: WriteApi, rows: Sequence[Queued], stop: threading.Event
    ) -> list[tuple[Queued, str]]:
        """Write ``rows``; returns the ones the server will never take, with its reason.

        Raises:
            NotNow: the server is away, busy, or not set up for us; or we are to stop.
        """
        rejected: list[tuple[Queued, str]] = []
        parts = [rows]
        while parts:
            if stop.is_set():
                raise NotNow("stopping")
            part = parts.pop()
            try:
                self._post(api, part)
            except ApiException as error:
                if error.status not in BAD_LINE:
                    raise _not_now(error) from error
                if len(part) == 1:
                    rejected.append((part[0], f"{error.status} {error.message}"))
                else:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
            except HTTPError as error:
                raise NotNow(f"{self._trends.url}: {error}") from error
        return rejected

    def _post(self, api: WriteApi, rows: Sequence[Queued]) -> None:
        lines = b"\n".join(row.payload for row in rows)
        api.write(self._trends.bucket, record=lines, write_precision=PRECISION)

    def _settle(self, rows: Sequence[Queued], rejected: Sequence[tuple[Queued, str]]) -> None:
        at = self._clock().utc
        with self._engine.begin() as connection:
            for row, reason in rejected:
                outbox.bury(connection, row.id, reason, at)
            outbox.trim(connection, TRENDS, rows[-1].id)
        for row, reason in rejected:
            log.error("trends: %r is never taken, moved aside: %s", row.payload, reason)
        self._counts["dead_letters"] += len(rejected)
        self._counts["written"] += len(rows) - len(rejected)

    def _say(self, what: str, level: int) -> None:
        """Log a state once, not on every retry."""
        if what != self._said:
            self._said = what
            log.log(level, "trends: %s", what)


def _not_now(error: ApiException) -> NotNow:
    hint = WHAT_TO_DO.get(error.status, error.message)
    return NotNow(f"the server says {error.status}: {hint}", after_s=_retry_after_s(error))


def _retry_after_s(error: ApiException) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3); a date there is not honoured."""
    headers: Mapping[str, str] = error.headers or {}
    text = headers.get("Retry-After", "")
    return min(float(text), RETRY_AFTER_MOST_S) if text.isdecimal() else None
