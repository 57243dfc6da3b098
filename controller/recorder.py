"""Keeps what a door's reader heard around every passage, so that it can be argued about later.

The deciding thread only holds on to the reports it has handled anyway, some seconds of them, and
hands a bundle over once a passage is committed; taking apart, packing and writing are the work of
another thread. A recording that cannot be written is counted and given up: no door waits for it.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine

from controller.domain.decision import Decision, Tick
from controller.domain.events import PassageDetected
from controller.domain.requests_recording import RecordDoor
from controller.recording.values import heard
from controller.site_recordings import Recordings
from controller.store.database import StoreError
from controller.store.ids import new_id
from controller.store.journal import Recorded
from controller.store.recordings import keeping
from controller.store.recordings.keeping import PassageOf, Recording
from drivers.observations import Clock, Moment, TagReport

log = logging.getLogger(__name__)

BEFORE_S: Final = 20.0
"""So far back a recording begins: longer than a file stays in the field before its last word."""
READS_BEFORE: Final = 12_000
"""And no more reads than these: what one door may hold in memory."""
AFTER_S: Final = 3.0
"""So long after the first verdict a recording ends; the rest of a trolley comes into it too."""
WAITING: Final = 64
TRIES: Final = 3


@dataclass(slots=True)
class _Order:
    """A recording somebody asked for."""

    id: str
    began: Moment
    until_s: float
    reports: list[TagReport] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bundle:
    """What the other thread makes a recording of."""

    id: str
    door: str
    began: Moment
    ended: Moment
    reports: Sequence[TagReport]
    passages: Sequence[PassageOf] = ()


class _Door:
    """The newest reports of one door, and what waits for its recording to end."""

    def __init__(self, door: str) -> None:
        self._door = door
        self._reports: deque[TagReport] = deque()
        self._reads = 0
        self._passages: list[PassageOf] = []
        self._due_s = 0.0
        self._orders: list[_Order] = []

    def hear(self, report: TagReport) -> None:
        """Hold on to ``report``, and let go of what is too old."""
        reports = self._reports
        reports.append(report)
        self._reads += len(report.reads)
        oldest_s = report.at.monotonic_s - BEFORE_S
        while self._reads > READS_BEFORE or reports[0].at.monotonic_s < oldest_s:
            if len(reports) == 1:
                break
            self._reads -= len(reports.popleft().reads)
        for order in self._orders:
            order.reports.append(report)

    def order(self, request: RecordDoor) -> None:
        """Somebody wants everything from now on."""
        at = request.asked.at
        until_s = at.monotonic_s + request.for_s
        self._orders.append(_Order(id=request.asked.request_id, began=at, until_s=until_s))

    def passed(self, passage: PassageOf, now_s: float) -> None:
        """A passage was committed."""
        if not self._passages:
            self._due_s = now_s + AFTER_S
        self._passages.append(passage)

    def bundles(self, at: Moment, *, all_now: bool = False) -> Iterable[_Bundle]:
        """What is complete; with ``all_now`` whatever there is."""
        for order in [o for o in self._orders if all_now or at.monotonic_s >= o.until_s]:
            self._orders.remove(order)
            yield _Bundle(
                id=order.id, door=self._door, began=order.began, ended=at, reports=order.reports
            )
        if self._passages and (all_now or at.monotonic_s >= self._due_s):
            reports, passages = tuple(self._reports), tuple(self._passages)
            self._passages.clear()
            began = reports[0].at if reports else at
            yield _Bundle(
                id=new_id(),
                door=self._door,
                began=began,
                ended=at,
                reports=reports,
                passages=passages,
            )


class Recorder:
    """``take`` and ``note`` are called by the deciding thread, ``run`` is the other one."""

    def __init__(
        self, engine: Engine, doors: Iterable[str], kept: Recordings, clock: Clock
    ) -> None:
        self._engine = engine
        self._doors = {door: _Door(door) for door in doors}
        self._keep_for = timedelta(days=kept.keep_days)
        self._at_most_bytes = kept.at_most_mb * 1_000_000
        self._clock = clock
        self._now_s = 0.0
        self._waiting: queue.Queue[_Bundle] = queue.Queue(maxsize=WAITING)
        self._bytes: int | None = None
        self._counters = {"recordings": 0, "recordings_lost": 0}

    def counters(self) -> Mapping[str, int]:
        """Since start: recordings written, and those that could not be."""
        return self._counters

    def take(self, message: object, decision: Decision) -> None:
        """A message was decided; costs an append for a report and next to nothing for others."""
        if isinstance(message, TagReport):
            door = self._doors.get(message.reader)
            if door is not None and not message.late:
                self._now_s = message.at.monotonic_s
                door.hear(message)
        elif isinstance(message, Tick):
            self._now_s = message.at.monotonic_s
            self._hand_over(message.at)
        elif isinstance(message, RecordDoor) and decision.answers[0].accepted:
            self._doors[message.door].order(message)

    def note(self, recorded: Iterable[Recorded]) -> None:
        """Events were committed; the passages among them get a recording."""
        for one in recorded:
            event = one.event
            if isinstance(event, PassageDetected) and event.door in self._doors:
                passage = PassageOf(passage_id=event.passage_id, seq=one.seq)
                self._doors[event.door].passed(passage, self._now_s)

    def run(self, stop: threading.Event) -> None:
        """Write what is complete until ``stop``."""
        while not stop.is_set():
            with suppress(queue.Empty):
                self._write(self._waiting.get(timeout=0.2), stop)

    def finish(self) -> None:
        """Write whatever there is; the daemon has ended."""
        self._hand_over(self._clock(), all_now=True)
        while not self._waiting.empty():
            self._write(self._waiting.get_nowait(), threading.Event())

    def prune(self) -> None:
        """Let the oldest go.

        Raises:
            StoreFull, StoreBusy: later, then.
        """
        before = self._clock().utc - self._keep_for
        keeping.prune(self._engine, before=before, at_most_bytes=self._at_most_bytes)
        with self._engine.connect() as connection:
            self._bytes = keeping.bytes_kept(connection)

    def _hand_over(self, at: Moment, *, all_now: bool = False) -> None:
        for door in self._doors.values():
            for bundle in door.bundles(at, all_now=all_now):
                try:
                    self._waiting.put_nowait(bundle)
                except queue.Full:
                    self._counters["recordings_lost"] += 1

    def _write(self, bundle: _Bundle, stop: threading.Event) -> None:
        recording = _recording(bundle)
        for _ in range(TRIES):
            try:
                self._keep(recording, bundle.passages)
            except StoreError as error:
                log.warning("%s: a recording was not written: %s", bundle.door, error)
                if stop.wait(0.5):
                    break
            else:
                self._counters["recordings"] += 1
                return
        self._counters["recordings_lost"] += 1

    def _keep(self, recording: Recording, passages: Sequence[PassageOf]) -> None:
        if self._bytes is None or self._bytes > self._at_most_bytes:
            self.prune()
        with self._engine.begin() as connection:
            size = keeping.keep(connection, recording, passages)
        self._bytes = (self._bytes or 0) + size


def _recording(bundle: _Bundle) -> Recording:
    """The bundle taken apart; times count from its beginning, or from the read before that."""
    reads = sorted(heard(bundle.reports), key=lambda read: read.time_s)
    began_s = min([bundle.began.monotonic_s, *(read.time_s for read in reads[:1])])
    began_at = bundle.began.utc + timedelta(seconds=began_s - bundle.began.monotonic_s)
    return Recording(
        id=bundle.id,
        door=bundle.door,
        began_at=began_at,
        ended_at=bundle.ended.utc,
        reads=tuple(read._replace(time_s=read.time_s - began_s) for read in reads),
    )
