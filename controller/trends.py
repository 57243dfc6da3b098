"""Drains the trends outbox into an InfluxDB v2 write API, a batch of lines at a time.

The client's own batching loses points when the server is away or the process dies, so it is not
used: a line leaves the outbox only after the server said 204. Writing a line twice is harmless,
for series and time identify a point. What the server will never take is found by halving the
batch and moved aside with the server's reason; everything else waits. A server that refuses all
of a batch is set up wrongly, and nothing is moved aside for that.

A 204 is no proof of storage: some servers drop what they find too old or too new and say nothing.
Such points are moved aside before they are sent. A queue that grows towards its limit raises an
alarm first; only after that are the oldest points let go.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS, WriteApi
from influxdb_client.rest import ApiException
from sqlalchemy import Engine
from urllib3.exceptions import HTTPError, TimeoutError  # noqa: A004 -- urllib3's own

from controller.backoff import Backoff
from controller.clock import system_clock
from controller.config import Trends
from controller.publications import TRENDS
from controller.store import outbox
from controller.store.database import StoreError
from controller.store.outbox import Queued
from drivers.observations import Clock, DeviceBack, DeviceLost

log = logging.getLogger(__name__)

BATCH = 5000
"""Lines a request; half of it where the server finds that too much or takes too long."""
GROW_AFTER = 20
"""So many batches must go well before a halved one is doubled again."""
PRECISION: Any = "ms"
"""As the client spells it; its own constant is a plain text with a wrong type."""
POLL_S = 1.0
TIMEOUT_MS = 5_000
RETRY_AFTER_MOST_S = 300.0
AHEAD: Final = timedelta(days=1)
"""VictoriaMetrics drops what is more than two days ahead, with 204 (measured)."""
OLDEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LOOK_EVERY_S: Final = 60.0
ALARM_AT, CALM_AT, THIN_TO = 0.8, 0.5, 0.95
"""Shares of the queue's limit: alarm, end of the alarm, and where letting go ends."""
SERVER, QUEUE = "trends", "trends-queue"
"""What is lost and back, as devices are."""
TOO_LARGE = 413
BAD_LINE: Final = frozenset({400, TOO_LARGE, 422})
"""Not line protocol, too large, outside the bucket's retention: no retry helps that line."""
WHAT_TO_DO: Final = {
    401: "the token is not accepted; correct trends.token_file",
    403: "the token may not write there; give it write access to the bucket",
    404: "no such organisation, bucket or path; correct trends.org, trends.bucket or trends.url",
}


Tell = Callable[[DeviceLost | DeviceBack], None]


class NotNow(Exception):
    """The server took nothing; keep the lines and try again."""

    def __init__(self, why: str, *, after_s: float | None = None, ours: bool = False) -> None:
        super().__init__(why)
        self.after_s = after_s
        """When the server wants to be asked again, if it said so."""
        self.ours = ours
        """Waiting does not help: somebody has to correct the site file or the server."""


def _nobody(_: DeviceLost | DeviceBack) -> None:
    """For writers that nobody listens to."""


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
        tell: Tell = _nobody,
    ) -> None:
        """``tell`` is told when the server is set up wrongly and when the queue grows too long."""
        self._engine = engine
        self._trends = trends
        self._token = token
        self._poll_s = poll_s
        self._clock = clock
        self._backoff = Backoff(f"{trends.url} {trends.bucket}", first_s=poll_s, most_s=60.0)
        self._counts = Counter(written=0, failures=0, dead_letters=0)
        self._counts["let_go"] = 0
        self._said = ""
        self._tell = tell
        self._batch = BATCH
        self._went_well = 0
        self._looked_s = float("-inf")
        self._told: dict[str, bool] = {}
        """What is known to be lost (true) or well, of ``SERVER`` and ``QUEUE``."""

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
            self._look_at_the_queue()
            batch = self._batch
            with self._engine.connect() as connection:
                rows = outbox.peek(connection, TRENDS, 0, batch)
            if not rows:
                return self._poll_s
            rejected = self._write_fit(api, rows, stop)
            self._settle(rows, rejected)
        except (NotNow, StoreError) as error:
            return self._failed(error)
        self._backoff.reset()
        self._say("points are written", logging.INFO)
        self._report(SERVER, lost=False, reason="")
        self._grow()
        return 0.0 if len(rows) == batch else self._poll_s

    def _failed(self, error: NotNow | StoreError) -> float:
        """Say it once; returns how long to wait."""
        self._counts["failures"] += 1
        self._went_well = 0
        self._say(f"points wait in the outbox: {error}", logging.WARNING)
        if isinstance(error, NotNow) and error.ours:
            self._report(SERVER, lost=True, reason=str(error))
        asked_s = error.after_s if isinstance(error, NotNow) else None
        return self._backoff.next_s() if asked_s is None else asked_s

    def _write_fit(
        self, api: WriteApi, rows: Sequence[Queued], stop: threading.Event
    ) -> list[tuple[Queued, str]]:
        """Write what a server may be believed to keep; returns the others with the reason."""
        latest = self._clock().utc + AHEAD
        unfit = [(row, why) for row in rows if (why := _unfit(row.payload, latest))]
        wrong = {row.id for row, _ in unfit}
        fit = [row for row in rows if row.id not in wrong]
        rejected = self._write(api, fit, stop) if fit else []
        if len(rejected) == len(fit) > 1:
            reason = f"the server refuses every single line: {rejected[0][1]}"
            raise NotNow(reason, ours=True)
        return unfit + rejected

    def _look_at_the_queue(self) -> None:
        """Now and then: alarm before it is full, let go of the oldest only after that."""
        now_s = self._clock().monotonic_s
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        most = self._trends.most_rows
        with self._engine.connect() as connection:
            waiting = outbox.depth(connection, TRENDS)
        if waiting >= most and self._told.get(QUEUE, False):
            with self._engine.begin() as connection:
                gone = outbox.let_go(connection, TRENDS, waiting - int(most * THIN_TO))
            self._counts["let_go"] += gone
            log.error("trends: the queue is full, the oldest %d points were let go", gone)
        elif waiting >= most * ALARM_AT:
            reason = f"{waiting} of at most {most} points wait; at the limit the oldest are let go"
            self._report(QUEUE, lost=True, reason=reason)
        elif waiting <= most * CALM_AT:
            self._report(QUEUE, lost=False, reason="")

    def _report(self, what: str, *, lost: bool, reason: str) -> None:
        """Tell a change, once."""
        if self._told.get(what) is lost:
            return
        self._told[what] = lost
        at = self._clock()
        if lost:
            self._tell(DeviceLost(at=at, device=what, reason=reason))
        else:
            self._tell(DeviceBack(at=at, device=what, detail=""))

    def _shrink(self, tried: int) -> None:
        self._batch = max(1, min(self._batch, tried // 2))
        self._went_well = 0

    def _grow(self) -> None:
        self._went_well += 1
        if self._went_well >= GROW_AFTER and self._batch < BATCH:
            self._batch = min(BATCH, self._batch * 2)
            self._went_well = 0

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
            refusal = self._post(api, part)
            if refusal and len(part) == 1:
                rejected.append((part[0], refusal))
            elif refusal:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
        return rejected

    def _post(self, api: WriteApi, rows: Sequence[Queued]) -> str:
        """Write ``rows``; why the server will never take them like this, empty when it has.

        Raises:
            NotNow: the server is away, busy, or not set up for us.
        """
        lines = b"\n".join(row.payload for row in rows)
        try:
            api.write(self._trends.bucket, record=lines, write_precision=PRECISION)
        except ApiException as error:
            if error.status == TOO_LARGE:
                self._shrink(len(rows))
            if error.status not in BAD_LINE:
                raise _not_now(error) from error
            return f"{error.status} {error.message}"
        except HTTPError as error:
            if isinstance(error, TimeoutError):
                self._shrink(len(rows))
            raise NotNow(f"{self._trends.url}: {error}") from error
        return ""

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
    why = f"the server says {error.status}: {hint}"
    return NotNow(why, after_s=_retry_after_s(error), ours=error.status in WHAT_TO_DO)


def _unfit(line: bytes, latest: datetime) -> str:
    """Why a server would drop this line without a word; empty when it would not."""
    stamp = line.rpartition(b" ")[2]
    if not stamp.removeprefix(b"-").isdigit():
        return "no time"
    milliseconds = int(stamp)
    if milliseconds > latest.timestamp() * 1000:
        return "measured later than now: check the clock"
    if milliseconds < OLDEST.timestamp() * 1000:
        return "measured before 1970: check the clock"
    values = line.partition(b" ")[2].rpartition(b" ")[0].lower()
    return "no finite number" if b"nan" in values or b"inf" in values else ""


def _retry_after_s(error: ApiException) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3); a date there is not honoured."""
    headers: Mapping[str, str] = error.headers or {}
    text = headers.get("Retry-After", "")
    return min(float(text), RETRY_AFTER_MOST_S) if text.isdecimal() else None
