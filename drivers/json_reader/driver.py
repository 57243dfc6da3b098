"""Readers that push JSON: one thread, one connection, for ever.

They report what the reader saw. They judge nothing and switch nothing: where the reads come
from, these interfaces take no commands.
"""

import base64
import logging
import ssl
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from math import inf
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from drivers.commands import Command
from drivers.errors import Declined, Unreachable
from drivers.json_reader.intake import COUNTED, Intake
from drivers.json_reader.link import Link, Stopped
from drivers.json_reader.profile import JsonReaderProfile
from drivers.json_reader.subscription import Broker, Protocol, Subscription
from drivers.json_reader.wire import DIALECTS, EventNumbers, HttpResponse
from drivers.observations import Clock, TagReport
from drivers.ports import Emit
from drivers.supervise import Answered, Supervisor

log = logging.getLogger(__name__)

PROBATION_S = 0.5
"""A TCP peer that has said no nonsense for so long is taken for the reader, where none promises
to say anything; else it is once it has said something."""
ANSWER_WITHIN_S = 5.0
PORTS = {"http": 80, "https": 443}
OK = 200


class _Session:
    """One connection's way from messages to observations."""

    def __init__(self, reader: str, *, intake: Intake, answered: Answered, emit: Emit,
                 clock: Clock) -> None:  # fmt: skip
        self._reader = reader
        self._intake = intake
        self._answered = answered
        self._emit = emit
        self._clock = clock

    def alive(self) -> None:
        """The reader has answered sensibly."""
        self._answered("")

    def take(self, message: bytes) -> None:
        """Report what ``message`` says, unless it says nothing sensible."""
        reads = self._intake.take(message)
        if reads is None:
            return
        self.alive()
        if reads:
            self._emit(TagReport(at=self._clock(), reader=self._reader, reads=reads))


class _JsonReader(ABC):
    """What all of them have in common: a name, counters, and being supervised."""

    def __init__(self, *, name: str, profile: JsonReaderProfile, clock: Clock) -> None:
        self._name = name
        self._profile = profile
        self._clock = clock
        self._counters: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self._numbers = EventNumbers()
        self._supervisor: Supervisor | None = None

    @property
    def name(self) -> str:
        """The device's id in the site file."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Messages, bad ones, reads, gaps in the reader's own numbering, reconnects."""
        reconnects = self._supervisor.reconnects if self._supervisor else 0
        return {**self._counters, "reconnects": reconnects}

    def submit(self, command: Command) -> None:
        """Log that it cannot be done: a stream of reads takes no commands."""
        self._counters["declined"] += 1
        log.warning("%s: a JSON reader cannot do %s", self._name, type(command).__name__)

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Report reads until ``stop`` is set; returns within a second then."""
        supervisor = self._supervisor = Supervisor(self._name, emit=emit, clock=self._clock)

        def attempt(answered: Answered) -> None:
            intake = Intake(
                self._name,
                form=self._profile.format,
                counters=self._counters,
                numbers=self._numbers,
            )
            session = _Session(
                self._name, intake=intake, answered=answered, emit=emit, clock=self._clock
            )
            with suppress(Stopped):
                self._attend(session, stop)

        supervisor.run(attempt, stop)

    @abstractmethod
    def _attend(self, session: _Session, stop: threading.Event) -> None:
        """Connect, and take messages until the connection fails or ``stop`` is set."""


class _Ear:
    """Hears a link, and how long it has been silent."""

    def __init__(self, link: Link, *, silence_s: float | None, counters: Counter[str]) -> None:
        self._link = link
        self._silence_s = inf if silence_s is None else silence_s
        self._counters = counters
        self._heard_at = monotonic()

    def hear(self, until: float = inf) -> bytes:
        """What has arrived; empty when that is nothing yet, at monotonic time ``until`` at last.

        Raises:
            Unreachable: the connection is gone, or silent for too long.
        """
        limit = self._heard_at + self._silence_s
        data = self._link.receive(min(until, limit))
        now = monotonic()
        if data:
            self._heard_at = now
            self._counters["bytes"] += len(data)
        elif now >= limit:
            raise Unreachable(f"silent for {self._silence_s:g} s")
        return data


class TcpJsonReader(_JsonReader):
    """A reader that serves its events on a TCP socket, as Zebra's IoT Connector does."""

    def __init__(
        self, *, name: str, host: str, port: int, profile: JsonReaderProfile, clock: Clock
    ) -> None:
        super().__init__(name=name, profile=profile, clock=clock)
        self._address = (host, port)

    def _attend(self, session: _Session, stop: threading.Event) -> None:
        with Link(*self._address, tls=None, stop=stop) as link:
            splitter = DIALECTS[self._profile.format].splitter()
            silence_s = self._profile.stream_silence_s
            ear = _Ear(link, silence_s=silence_s, counters=self._counters)
            probation = monotonic() + PROBATION_S if silence_s is None else inf
            while True:
                for message in splitter.feed(ear.hear(probation)):
                    session.take(message)
                if monotonic() >= probation:
                    session.alive()
                    probation = inf


class HttpStreamReader(_JsonReader):
    """A reader whose events are the endless body of an HTTP response, as the R700's are."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        profile: JsonReaderProfile,
        clock: Clock,
        username: str | None = None,
        password: str | None = None,
        ca_file: Path | None = None,
    ) -> None:
        """``url`` is that of the stream, e.g. ``https://reader-1/api/v1/data/stream``.

        ``ca_file`` holds the authority that signed the reader's certificate, or that itself.

        Raises:
            ValueError: not an HTTP URL, or one with a user's name in it.
            OSError: ``ca_file`` cannot be read.
        """
        super().__init__(name=name, profile=profile, clock=clock)
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
            raise ValueError(f"{url!r} is no URL of a stream: http(s)://host[:port]/path")
        if not url.isascii() or " " in url:
            raise ValueError(f"{url!r} must be written with %xx")
        self._address = (parts.hostname, parts.port or PORTS[parts.scheme])
        self._tls = _verifying(ca_file) if parts.scheme == "https" else None
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._request = _request(path, parts.netloc, username, password)

    def _attend(self, session: _Session, stop: threading.Event) -> None:
        with Link(*self._address, tls=self._tls, stop=stop) as link:
            link.send(self._request)
            splitter, response = DIALECTS[self._profile.format].splitter(), HttpResponse()
            silence_s = self._profile.stream_silence_s
            ear = _Ear(link, silence_s=silence_s, counters=self._counters)
            answer_by = monotonic() + ANSWER_WITHIN_S
            while True:
                for piece in response.feed(ear.hear(answer_by)):
                    for message in splitter.feed(piece) if response.status == OK else ():
                        session.take(message)
                if response.status is not None:
                    _require_stream(response)
                    session.alive()
                    answer_by = inf
                elif monotonic() >= answer_by:
                    raise Unreachable(f"no HTTP answer within {ANSWER_WITHIN_S:g} s")


class MqttJsonReader(_JsonReader):
    """A reader that publishes its events, a message each, to an MQTT broker."""

    def __init__(
        self,
        *,
        name: str,
        host: str,
        port: int,
        topic: str,
        profile: JsonReaderProfile,
        clock: Clock,
        username: str | None = None,
        password: str | None = None,
        protocol: Protocol = "5",
        ca_file: Path | None = None,
    ) -> None:
        """``ca_file`` holds the authority that signed the broker's certificate; it means TLS.

        Raises:
            ValueError: a topic with wildcards: events of several readers cannot be told apart.
            OSError: ``ca_file`` cannot be read.
        """
        super().__init__(name=name, profile=profile, clock=clock)
        if not topic or set(topic) & {"+", "#", "\0"}:
            raise ValueError(f"{topic!r} is not the topic of one reader")
        self._broker = Broker(
            host=host,
            port=port,
            topic=topic,
            username=username,
            password=password,
            protocol=protocol,
            tls=None if ca_file is None else _verifying(ca_file),
        )

    def _attend(self, session: _Session, stop: threading.Event) -> None:
        silence_s = self._profile.topic_silence_s
        with Subscription(self._broker, self._counters) as subscription:
            subscription.open(stop)
            if silence_s is None:
                session.alive()
            while True:
                until = inf if silence_s is None else monotonic() + silence_s
                messages = subscription.receive(until, stop)
                if not messages:
                    raise Unreachable(f"silent for {silence_s:g} s")
                for message in messages:
                    self._counters["bytes"] += len(message)
                    session.take(message)


def _require_stream(response: HttpResponse) -> None:
    if response.status != OK:
        raise Declined(f"the reader answers with HTTP status {response.status}")
    if response.ended:
        raise Unreachable("the reader ended the stream")


def _request(path: str, host: str, username: str | None, password: str | None) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Accept: application/json"]
    if username is not None:
        word = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
        lines.append(f"Authorization: Basic {word}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _verifying(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
