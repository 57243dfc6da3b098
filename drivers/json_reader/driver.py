"""Readers that push JSON: one thread, one connection, for ever.

They report what the reader saw, and switch its outputs where its maker's REST interface is named.
They judge nothing. Commands to tags are refused: see docs/readers-json.md.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from math import inf
from pathlib import Path
from time import monotonic

from drivers.commands import (
    Command,
    KillTag,
    LockTag,
    ReadTagMemory,
    SwitchOutputs,
    WriteTagMemory,
)
from drivers.errors import Declined, DeviceError, Unreachable
from drivers.json_reader.control import Control
from drivers.json_reader.endpoint import ANSWER_WITHIN_S, Endpoint, verifying
from drivers.json_reader.intake import COUNTED, Intake
from drivers.json_reader.profile import JsonReaderProfile
from drivers.json_reader.wire import DIALECTS, MAX_MESSAGE_BYTES, EventNumbers, HttpResponse
from drivers.link import Link, Stopped, Waker
from drivers.observations import Clock, TagReport
from drivers.outputs import Outputs
from drivers.ports import Emit
from drivers.subscription import Broker, Protocol, Subscription
from drivers.supervise import Answered, Supervisor
from drivers.tag_access import CANNOT
from drivers.tag_queue import TagQueue

log = logging.getLogger(__name__)

PROBATION_S = 0.5
"""A TCP peer that has said no nonsense for so long is taken for the reader, where none promises
to say anything; else it is once it has said something."""
SWITCHES_AGAIN_S = 1.0
"""After an output could not be switched because nobody answered."""
LOOKS_EVERY_S = 0.1
"""How often a broker's connection, which cannot be woken, is left to see to outputs."""
OK = 200


class _Session:
    """One connection's way from messages to observations."""

    def __init__(self, reader: str, *, intake: Intake, answered: Answered, emit: Emit,
                 clock: Clock) -> None:  # fmt: skip
        self._reader = reader
        self._intake = intake
        self._answered = answered
        self.emit = emit
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
            self.emit(TagReport(at=self._clock(), reader=self._reader, reads=reads))


class _JsonReader(ABC):
    """What all of them have in common: a name, counters, outputs, and being supervised."""

    def __init__(
        self, *, name: str, profile: JsonReaderProfile, clock: Clock, control: Control | None
    ) -> None:
        self._name = name
        self._profile = profile
        self._clock = clock
        self._control = control
        self._outputs = Outputs()
        self._switch_again: float | None = None
        self._tags = TagQueue(name, allow_kill=False, clock=clock)
        self._counters: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self._numbers = EventNumbers()
        self._supervisor: Supervisor | None = None
        self._waker: Waker | None = None

    @property
    def name(self) -> str:
        """The device's id in the site file."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Messages, bad ones, reads, gaps in the reader's own numbering, reconnects."""
        reconnects = self._supervisor.reconnects if self._supervisor else 0
        return {**self._counters, "reconnects": reconnects}

    def submit(self, command: Command) -> None:
        """Switch outputs, where its REST interface is named: the latest wish for each counts.

        A command to a tag is answered by one ``TagAccessed``: refused.
        """
        match command:
            case SwitchOutputs() if self._control is not None:
                self._outputs.wish(command, monotonic())
            case ReadTagMemory() | WriteTagMemory() | LockTag() | KillTag():
                self._tags.wish(command, monotonic())
            case _:
                self._counters["declined"] += 1
                log.warning("%s: this reader cannot do %s", self._name, type(command).__name__)
                return
        waker = self._waker
        if waker is not None:
            waker.wake()

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Report reads until ``stop`` is set; returns within a second then."""
        supervisor = self._supervisor = Supervisor(self._name, emit=emit, clock=self._clock)
        waker = self._waker = Waker()

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
            self._outputs.forget_sent()
            with suppress(Stopped):
                self._attend(session, stop, waker)

        def pause(seconds: float) -> None:
            end = monotonic() + seconds
            while (left := end - monotonic()) > 0 and not stop.is_set():
                self._tags.lost(emit, CANNOT)
                stop.wait(min(left, LOOKS_EVERY_S))

        try:
            supervisor.run(attempt, stop, pause)
        finally:
            self._tags.lost(emit, CANNOT)
            self._waker = None
            waker.close()

    def _obey(self, session: "_Session", stop: threading.Event) -> float:
        """Do what is wanted now; return the monotonic time when something is due next."""
        self._tags.lost(session.emit, CANNOT)
        if self._control is None:
            return inf
        now = monotonic()
        if self._switch_again is not None and now >= self._switch_again:
            self._switch_again = None
            self._outputs.forget_sent()
        states = self._outputs.take(now)
        if states:
            self._switch(self._control, states, stop)
        dues = (self._outputs.next_due(), self._switch_again)
        return min((due for due in dues if due is not None), default=inf)

    def _switch(self, control: Control, states: Mapping[int, bool], stop: threading.Event) -> None:
        """A lamp that cannot be switched is no reason to stop reading."""
        absent = sorted(number for number in states if not 1 <= number <= control.outputs)
        if absent:
            self._counters["declined"] += 1
            log.warning("%s: no outputs %s: it has %d", self._name, absent, control.outputs)
        inverted = self._profile.inverted_outputs
        levels = {n: on != (n in inverted) for n, on in states.items() if n not in absent}
        try:
            if levels:
                control.switch(levels, stop)
        except Unreachable as error:
            self._switch_again = monotonic() + SWITCHES_AGAIN_S
            log.warning("%s: outputs %s: %s", self._name, sorted(levels), error)
        except DeviceError as error:
            self._counters["declined"] += 1
            log.warning("%s: outputs %s: %s", self._name, sorted(levels), error)

    @abstractmethod
    def _attend(self, session: "_Session", stop: threading.Event, waker: Waker) -> None:
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
        self,
        *,
        name: str,
        host: str,
        port: int,
        profile: JsonReaderProfile,
        clock: Clock,
        control: Control | None = None,
    ) -> None:
        super().__init__(name=name, profile=profile, clock=clock, control=control)
        self._address = (host, port)

    def _attend(self, session: _Session, stop: threading.Event, waker: Waker) -> None:
        with Link(*self._address, stop=stop, waker=waker) as link:
            splitter = DIALECTS[self._profile.format].splitter()
            silence_s = self._profile.stream_silence_s
            ear = _Ear(link, silence_s=silence_s, counters=self._counters)
            probation = monotonic() + PROBATION_S if silence_s is None else inf
            while True:
                due = self._obey(session, stop)
                for message in splitter.feed(ear.hear(min(probation, due))):
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
        control: Control | None = None,
    ) -> None:
        """``url`` is that of the stream, e.g. ``https://reader-1/api/v1/data/stream``.

        Raises:
            ValueError: not an HTTP URL, or one with a user's name in it.
            OSError: ``ca_file`` cannot be read.
        """
        super().__init__(name=name, profile=profile, clock=clock, control=control)
        self._endpoint = Endpoint.of(url, username=username, password=password, ca_file=ca_file)

    def _attend(self, session: _Session, stop: threading.Event, waker: Waker) -> None:
        place = self._endpoint
        with Link(place.host, place.port, tls=place.tls, stop=stop, waker=waker) as link:
            link.send(place.request("GET", place.path))
            splitter, response = DIALECTS[self._profile.format].splitter(), HttpResponse()
            silence_s = self._profile.stream_silence_s
            ear = _Ear(link, silence_s=silence_s, counters=self._counters)
            answer_by = monotonic() + ANSWER_WITHIN_S
            while True:
                due = inf if response.status is None else self._obey(session, stop)
                for piece in response.feed(ear.hear(min(answer_by, due))):
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
        control: Control | None = None,
    ) -> None:
        """``ca_file`` holds the authority that signed the broker's certificate; it means TLS.

        Raises:
            ValueError: a topic with wildcards: events of several readers cannot be told apart.
            OSError: ``ca_file`` cannot be read.
        """
        super().__init__(name=name, profile=profile, clock=clock, control=control)
        if not topic or set(topic) & {"+", "#", "\0"}:
            raise ValueError(f"{topic!r} is not the topic of one reader")
        self._broker = Broker(
            host=host,
            port=port,
            topics=(topic,),
            username=username,
            password=password,
            protocol=protocol,
            tls=None if ca_file is None else verifying(ca_file),
        )

    def _attend(self, session: _Session, stop: threading.Event, waker: Waker) -> None:
        silence_s = self._profile.topic_silence_s
        with Subscription(self._broker, largest=MAX_MESSAGE_BYTES) as subscription:
            subscription.open(stop)
            if silence_s is None:
                session.alive()
            heard = monotonic()
            while True:
                self._obey(session, stop)
                silent_at = inf if silence_s is None else heard + silence_s
                heard_now = subscription.receive(min(silent_at, monotonic() + LOOKS_EVERY_S), stop)
                messages = [message.payload for message in heard_now if not message.retained]
                self._counters["retained"] += len(heard_now) - len(messages)  # of another time
                now = monotonic()
                if not messages and now >= silent_at:
                    raise Unreachable(f"silent for {silence_s:g} s")
                heard = now if messages else heard
                for message in messages:
                    self._counters["bytes"] += len(message)
                    session.take(message)


def _require_stream(response: HttpResponse) -> None:
    if response.status != OK:
        raise Declined(f"the reader answers with HTTP status {response.status}")
    if response.ended:
        raise Unreachable("the reader ended the stream")
