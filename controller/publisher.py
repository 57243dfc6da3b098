"""Drains the MQTT outbox. A message leaves it only when the other side has confirmed it.

One thread, one connection at a time. What goes next and what may be trimmed is decided in
:mod:`controller.outflow`; this is the loop around it. Nothing is dropped because a broker is
away, refuses, or forgets: it waits in the outbox, and what can never be sent is moved aside with
its reason. The door does not wait for any of this.
"""

import logging
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from time import monotonic

import msgspec
from sqlalchemy import Connection, Engine

from controller.backoff import Backoff
from controller.broker import POISONOUS, Acknowledgement, BrokerLink, BrokerLost, Parcel
from controller.clock import system_clock
from controller.config import Mqtt
from controller.messages import (
    EVENT_CONTENT_TYPE,
    WITHHELD,
    DaemonStatus,
    Watermark,
    daemon_topic,
    json_bytes,
    stand_in,
    watermark_topic,
)
from controller.outflow import STALL_S, Outflow, Trim
from controller.publications import MQTT
from controller.store import outbox
from controller.store.database import StoreError, begin_write
from controller.store.journal import epoch_of, last_seq
from controller.store.ledger import OutgoingMessage
from controller.store.outbox import Queued
from drivers.observations import Clock

log = logging.getLogger(__name__)

POLL_S = 0.02
FETCH = 500
TIDY_EVERY_S = 0.25
"""Each time is a write beside the deciding thread's; so often is cheap and soon enough."""
RETRY_STORE_S = 1.0
OFFLINE = DaemonStatus(state="offline")


class MqttPublisher:
    """Publishes one site's messages for as long as it runs."""

    def __init__(
        self,
        *,
        engine: Engine,
        mqtt: Mqtt,
        site_id: str,
        password: str | None,
        writer: str,
        standing: Iterable[OutgoingMessage] = (),
        stall_s: float = STALL_S,
        clock: Clock = system_clock,
    ) -> None:
        """``standing``: retained messages a broker that forgot everything should get again."""
        self._engine = engine
        self._mqtt = mqtt
        self._password = password
        self._site = site_id
        self._clock = clock
        self._daemon = writer.rpartition("/")[2]
        self._standing = {message.topic: _parcel(message) for message in standing}
        self._greetings: deque[Parcel] = deque()
        self._stall_s = stall_s
        self._counts = Counter(connected=0, published=0, confirmed=0, refused=0, refusing=0,
                               dead_letters=0, connects=0, rewinds=0)  # fmt: skip
        self._connecting = Backoff(f"{site_id} connect", first_s=0.2, most_s=10.0)
        self._refusal = Backoff(f"{site_id} refusal", first_s=1.0, most_s=60.0)
        self._said = ""
        self._epoch = ""
        self._committed: dict[str, int] = {}
        self._news: dict[str, int] = {}
        self._burials: list[tuple[Queued, str]] = []
        self._next_tidy = 0.0
        self._next_fetch = 0.0

    def counters(self) -> Mapping[str, int]:
        """What ``/metrics`` shows; ``connected`` and ``refusing`` are 0 or 1, the rest totals."""
        return dict(self._counts)

    def run(self, stop: threading.Event) -> None:
        """Publish until ``stop``; returns within a second or two of it."""
        flow = self._resume(stop)
        while flow is not None and not stop.is_set():
            with self._link() as link:
                try:
                    link.open(stop)
                    self._serve(link, flow, stop)
                except BrokerLost as error:
                    self._lost(error, link, flow, stop)

    def _resume(self, stop: threading.Event) -> Outflow[Queued] | None:
        """Begin at the oldest queued message; ``None`` when stopped before the store answers."""
        while not stop.is_set():
            try:
                with self._engine.begin() as connection:
                    self._epoch = epoch_of(connection)
                    self._committed = self._known_watermarks(connection)
            except StoreError as error:
                self._say(f"the store does not answer: {error}")
                stop.wait(RETRY_STORE_S)
            else:
                return Outflow(self._committed, stall_s=self._stall_s)
        return None

    def _known_watermarks(self, connection: Connection) -> dict[str, int]:
        """What each consumer has committed; a new one begins with what is still queued."""
        known = outbox.watermarks(connection)
        consumers = self._mqtt.watermark_consumers
        new = [name for name in consumers if name not in known]
        if new:
            begin = _first_queued(connection) - 1
            for name in new:
                known[name] = begin
                outbox.set_watermark(connection, name, begin, self._clock().utc)
        return {name: known[name] for name in consumers}

    def _link(self) -> BrokerLink:
        return BrokerLink(
            self._mqtt,
            client_id=f"{self._site}-{self._daemon}",
            password=self._password,
            will=self._status(OFFLINE),
        )

    def _serve(self, link: BrokerLink, flow: Outflow[Queued], stop: threading.Event) -> None:
        flow.connected(monotonic(), link.window)
        self._greet(link)
        while not stop.is_set():
            now = monotonic()
            self._hear(link, flow, now)
            if flow.overdue(now):
                raise BrokerLost("the broker acknowledges nothing any more")
            busy = False
            try:
                busy = self._send(link, flow, now)
                self._tidy(flow, now)
            except StoreError as error:
                self._say(f"the store does not answer: {error}")
            link.wait(0.0 if busy else POLL_S)
        self._part(link, flow)

    def _part(self, link: BrokerLink, flow: Outflow[Queued]) -> None:
        """Say goodbye, and write down what was confirmed until then."""
        link.farewell(self._status(OFFLINE))
        self._counts["connected"] = 0
        now = monotonic()
        self._hear(link, flow, now)
        self._next_tidy = now
        try:
            self._tidy(flow, now)
        except StoreError as error:
            log.warning("mqtt: the last confirmations were not written down: %s", error)

    def _greet(self, link: BrokerLink) -> None:
        """Birth, and what should be retained, in case the broker forgot."""
        for consumer in self._mqtt.watermark_consumers:
            link.subscribe(watermark_topic(self._site, consumer))
        birth = DaemonStatus(state="online", epoch=self._epoch, watermarks=dict(self._committed))
        self._greetings = deque([self._status(birth), *self._standing.values()])
        self._counts["connected"] = 1
        self._counts["connects"] += 1
        self._say(f"connected to {self._mqtt.host}:{self._mqtt.port}", logging.INFO)

    def _lost(
        self, error: BrokerLost, link: BrokerLink, flow: Outflow[Queued], stop: threading.Event
    ) -> None:
        self._counts["connected"] = 0
        self._hear(link, flow, monotonic())
        if error.complaint:
            row = flow.blamed()
            if row is not None:
                self._burials.append((row, f"the broker ends the connection over it: {error}"))
        self._say(f"no broker, messages wait in the outbox: {error}")
        stop.wait(self._connecting.next_s())

    def _send(self, link: BrokerLink, flow: Outflow[Queued], now: float) -> bool:
        """Send what the window allows; true when there may be more to send at once."""
        while self._greetings and flow.has_room(now):
            flow.greeted(link.publish(self._greetings.popleft()), now)
        if flow.hungry and now >= self._next_fetch:
            self._fetch(flow, now)
        sent = False
        while (row := flow.next(now)) is not None:
            parcel = _parcel(row)
            if link.fits(parcel):
                flow.sent(link.publish(parcel), now)
                self._counts["published"] += 1
                self._remember(parcel)
                sent = True
            else:
                self._burials.append((row, f"{len(parcel.payload)} bytes are too large"))
                flow.passed_over()
        return sent and flow.has_room(now)

    def _fetch(self, flow: Outflow[Queued], now: float) -> None:
        with self._engine.connect() as connection:
            rows = outbox.peek(connection, MQTT, flow.cursor, FETCH)
        flow.feed(rows)
        if not rows:
            self._next_fetch = now + POLL_S

    def _remember(self, parcel: Parcel) -> None:
        """Keep what is retained, to greet a forgetful broker; what expires renews itself."""
        if not parcel.retain or parcel.expiry_s is not None:
            return
        if parcel.payload:
            self._standing[parcel.topic] = parcel
        else:
            self._standing.pop(parcel.topic, None)

    def _hear(self, link: BrokerLink, flow: Outflow[Queued], now: float) -> None:
        for answer in link.acknowledged():
            if flow.awaits(answer.packet):
                self._answered(flow, answer, now)
        for topic, payload in link.received():
            self._watermark(flow, topic, payload, now)

    def _answered(self, flow: Outflow[Queued], answer: Acknowledgement, now: float) -> None:
        if answer.refused and answer.code not in POISONOUS:
            self._refused(flow, answer, now)
            return
        row = flow.acknowledged(answer.packet)
        if row is None:
            return
        self._connecting.reset()
        if answer.refused:
            self._burials.append((row, f"the broker says: {answer.text}"))
            return
        self._counts["confirmed"] += 1
        if self._counts["refusing"]:
            self._counts["refusing"] = 0
            self._refusal.reset()
            self._say("the broker takes messages again", logging.INFO)

    def _refused(self, flow: Outflow[Queued], answer: Acknowledgement, now: float) -> None:
        row = flow.refused(answer.packet, now + self._refusal.next_s())
        self._counts["refused"] += 1
        self._counts["refusing"] = 1
        topic = "its greeting" if row is None else row.topic
        self._say(f"the broker refuses {topic}: {answer.text}; trying again for ever",
                  logging.ERROR)  # fmt: skip

    def _watermark(self, flow: Outflow[Queued], topic: str, payload: bytes, now: float) -> None:
        consumer = topic.rpartition("/")[2]
        try:
            watermark = msgspec.json.decode(payload, type=Watermark)
        except msgspec.DecodeError as error:
            self._say(f"{topic}: not a watermark: {error}")
            return
        if watermark.epoch != self._epoch:
            self._say(f"{topic}: of another store, epoch {watermark.epoch}; not counted")
        elif flow.committed(consumer, watermark.seq, now):
            self._committed[consumer] = self._news[consumer] = watermark.seq

    def _tidy(self, flow: Outflow[Queued], now: float) -> None:
        """Write down what was confirmed, and only then look whether a consumer lags."""
        if now < self._next_tidy:
            return
        self._next_tidy = now + TIDY_EVERY_S
        trim = flow.trim()
        if trim is not None or self._news or self._burials:
            self._write(trim)
        if trim is not None:
            flow.trimmed(trim)
        flow.rewind_if_stalled(now)
        self._counts["rewinds"] = flow.rewinds

    def _write(self, trim: Trim | None) -> None:
        """One transaction: what can never be sent is moved aside before anything is trimmed."""
        at = self._clock().utc
        with self._engine.begin() as connection:
            if self._burials:
                begin_write(connection)  # a stand-in is queued in its turn
            for row, reason in self._burials:
                outbox.bury(connection, row.id, reason, at)
                outbox.put(connection, _stand_ins(row, reason))
            for consumer, seq in self._news.items():
                outbox.set_watermark(connection, consumer, seq, at)
            if trim is not None:
                outbox.trim(connection, MQTT, trim.id, trim.seq)
        for row, reason in self._burials:
            log.error("mqtt: %s can never be published, moved aside: %s", row.topic, reason)
        self._counts["dead_letters"] += len(self._burials)
        self._burials.clear()
        self._news.clear()

    def _status(self, status: DaemonStatus) -> Parcel:
        return Parcel(
            topic=daemon_topic(self._site, self._daemon),
            payload=json_bytes(status),
            retain=True,
            expiry_s=None,
            content_type="application/json",
        )

    def _say(self, what: str, level: int = logging.WARNING) -> None:
        """Log a state once, not on every retry."""
        if what != self._said:
            self._said = what
            log.log(level, "mqtt: %s", what)


def _first_queued(connection: Connection) -> int:
    """The number of the oldest queued event, or the one the next event will have."""
    coming = last_seq(connection) + 1  # read first: what is added meanwhile is found queued
    after = 0
    while page := outbox.peek(connection, MQTT, after, FETCH):
        for row in page:
            if row.seq is not None:
                return min(row.seq, coming)
        after = page[-1].id
    return coming


def _stand_ins(row: Queued, reason: str) -> list[tuple[int | None, OutgoingMessage]]:
    """What consumers that count get instead of an event that was moved aside."""
    root, _, kind = row.topic.rpartition("/")
    if row.content_type != EVENT_CONTENT_TYPE or kind == WITHHELD:
        return []
    payload = stand_in(row.payload, row.topic, reason)
    message = OutgoingMessage(MQTT, f"{root}/{WITHHELD}", payload, content_type=EVENT_CONTENT_TYPE)
    return [(row.seq, message)]


def _parcel(message: OutgoingMessage | Queued) -> Parcel:
    return Parcel(
        topic=message.topic,
        payload=message.payload,
        retain=message.retain,
        expiry_s=message.expiry_s,
        content_type=message.content_type,
    )
