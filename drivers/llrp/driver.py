"""A portal reader that speaks LLRP: one thread, one connection, for ever.

It reports what the reader saw and switches its outputs. It judges nothing, and no reader, however
wrong, ends it.
"""

import logging
import ssl
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

from drivers.commands import (
    Command,
    KillTag,
    LockTag,
    ReadTagMemory,
    SwitchOutputs,
    WriteTagMemory,
)
from drivers.errors import Declined, DeviceError
from drivers.link import Link, Stopped, Waker
from drivers.llrp import plan
from drivers.llrp.access import Accesses
from drivers.llrp.capabilities import IMPINJ, Capabilities, read_capabilities
from drivers.llrp.gathering import Gathering
from drivers.llrp.listener import Expected, Listener
from drivers.llrp.profile import ReaderProfile
from drivers.llrp.reporter import Reporter
from drivers.llrp.session import Session
from drivers.observations import Clock
from drivers.outputs import Outputs
from drivers.ports import Emit
from drivers.supervise import Answered, Supervisor

log = logging.getLogger(__name__)

VERSION_1_1 = 2
GOODBYE_WITHIN_S = 0.3
REFUSES_EVERY_S = 0.2
SILENT_PERIODS = 2
"""So many keepalive periods without a byte, and the reader counts as lost."""
COUNTED = ("frames", "bad_frames", "unknown_frames", "reads", "bytes", "declined", "overflows")


class PortalReader:
    """Keeps one reader reading as its profile says."""

    def __init__(
        self,
        *,
        name: str,
        host: str,
        port: int,
        profile: ReaderProfile,
        keepalive_s: float,
        clock: Clock,
        allow_kill: bool = False,
        tls: ssl.SSLContext | None = None,
        listener: Listener | None = None,
        reader_id: str = "",
    ) -> None:
        """With a ``listener`` the reader connects to us, and ``port`` and ``tls`` mean nothing.

        It is told by its ``reader_id`` (see `Expected`), without one by ``host``.

        Raises:
            ValueError: another reader that calls that listener is told by the same.
        """
        self._expected = Expected(reader_id=reader_id) if reader_id else Expected(host)
        if listener is not None:
            listener.expect(self._expected)
        self._name = name
        self._address = (host, port)
        self._tls = tls
        self._listener = listener
        self._profile = profile
        self._keepalive_s = keepalive_s
        self._clock = clock
        self._outputs = Outputs()
        self._accesses = Accesses(name, allow_kill=allow_kill, clock=clock)
        self._counters: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self._supervisor: Supervisor | None = None
        self._waker: Waker | None = None
        self._offers_versions = True

    @property
    def name(self) -> str:
        """The device's id in the site file."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Frames, bad frames, reads, bytes, reconnects and what was declined, since start."""
        reconnects = self._supervisor.reconnects if self._supervisor else 0
        return {**self._counters, "reconnects": reconnects}

    def submit(self, command: Command) -> None:
        """Switch outputs, or do something to a tag.

        Of outputs the latest wish for each counts, also one made while disconnected; a command
        to a tag is refused then. Each command to a tag is answered by one ``TagAccessed``.
        """
        match command:
            case SwitchOutputs():
                self._outputs.wish(command, monotonic())
            case ReadTagMemory() | WriteTagMemory() | LockTag() | KillTag():
                self._accesses.wish(command, monotonic())
            case _:
                log.warning("%s: a reader cannot do %s", self._name, type(command).__name__)
                return
        waker = self._waker
        if waker is not None:
            waker.wake()

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Report reads until ``stop`` is set; returns within a second then."""
        supervisor = self._supervisor = Supervisor(self._name, emit=emit, clock=self._clock)
        waker = self._waker = Waker()
        try:
            supervisor.run(
                lambda answered: self._attempt(answered, emit, stop, waker),
                stop,
                lambda seconds: self._pause(seconds, emit, stop),
            )
        finally:
            self._accesses.lost(emit)
            self._waker = None
            waker.close()

    def _attempt(self, answered: Answered, emit: Emit, stop: threading.Event, waker: Waker) -> None:
        with suppress(Stopped), self._connected(stop, waker) as link:
            reporter = Reporter(
                self._name, emit, self._clock, inverted_inputs=self._profile.inverted_inputs
            )
            session = Session(
                self._name,
                link,
                report=reporter.report,
                changed=reporter.changed,
                counters=self._counters,
            )
            try:
                can = self._prepare(session, reporter)
                answered(can.detail)
                reporter.open()
                self._watch(session, link, can, emit)
            except Stopped:
                with suppress(DeviceError):
                    session.send("CLOSE_CONNECTION")
                    link.drain(GOODBYE_WITHIN_S)

    def _connected(self, stop: threading.Event, waker: Waker) -> Link:
        if self._listener is None:
            return Link(*self._address, stop=stop, waker=waker, tls=self._tls)
        caller = self._listener.take(self._expected, stop, waker)
        return Link(*self._address, stop=stop, waker=waker, caller=caller)

    def _pause(self, seconds: float, emit: Emit, stop: threading.Event) -> None:
        """Wait between attempts; who wants something of a tag is not left waiting.

        A reader that calls us is not made to wait as long as one that we call.
        """
        end = monotonic() + (seconds if self._listener is None else REFUSES_EVERY_S)
        while (left := end - monotonic()) > 0 and not stop.is_set():
            self._accesses.lost(emit)
            stop.wait(min(left, REFUSES_EVERY_S))

    def _prepare(self, session: Session, reporter: Reporter) -> Capabilities:
        """From the greeting to a reader that reads.

        What it held while nobody was connected is asked for before its ROSpec is replaced: all
        that comes until then is late.
        """
        session.greet()
        self._agree_on_version(session)
        can = read_capabilities(session.ask("GET_READER_CAPABILITIES"))
        rospec = plan.rospec(self._profile, can)
        if can.maker == IMPINJ:
            session.enable_impinj_extensions()
        if can.holds_reports:
            session.send("ENABLE_EVENTS_AND_REPORTS")
            session.send("GET_REPORT")
        session.ask("DELETE_ROSPEC")
        reporter.late = False
        session.ask("DELETE_ACCESSSPEC")
        session.ask("SET_READER_CONFIG", *plan.configuration(can, self._keepalive_s))
        session.silence_s = SILENT_PERIODS * self._keepalive_s
        session.ask("ADD_ROSPEC", rospec)
        session.ask("ENABLE_ROSPEC", ROSpecID=plan.ROSPEC_ID)
        session.ask("START_ROSPEC", ROSpecID=plan.ROSPEC_ID)
        session.expect_reading()
        self._look_at_inputs(session, can, reporter)
        return can

    def _look_at_inputs(self, session: Session, can: Capabilities, reporter: Reporter) -> None:
        """Tell how the inputs stand; a reader that does not say has none for us."""
        if not can.inputs:
            return
        with suppress(Declined):
            answer = session.ask("GET_READER_CONFIG", RequestedData=plan.READS_INPUTS)
            for state in answer.all("GPIPortCurrentState"):
                if state.number("State") != plan.UNKNOWN_STATE:
                    reporter.changed(state.number("GPIPortNum"), bool(state.number("State")))

    def _agree_on_version(self, session: Session) -> None:
        """Speak 1.1 where the reader can; one of 1.0.1 does not know the question.

        A reader that hangs up on it, or says nothing, is not asked the next time.
        """
        if not self._offers_versions:
            return
        self._offers_versions = False
        session.version = VERSION_1_1
        try:
            offer = session.ask("GET_SUPPORTED_VERSION")
            if offer.number("SupportedVersion") < VERSION_1_1:
                session.version = 1
            elif offer.number("CurrentVersion") != VERSION_1_1:
                session.ask("SET_PROTOCOL_VERSION", ProtocolVersion=VERSION_1_1)
        except Declined:
            session.version = 1
        self._offers_versions = True

    def _watch(self, session: Session, link: Link, can: Capabilities, emit: Emit) -> None:
        """Report, switch, and notice silence, until the reader is lost."""
        self._outputs.forget_sent()
        now = monotonic()
        gathering = Gathering(now)
        while True:
            self._switch(session, can, self._outputs.take(now))
            self._accesses.advance(session, emit)
            dues = (now + self._keepalive_s, self._outputs.next_due(), self._accesses.next_due())
            reads = session.hear(min(due for due in dues if due is not None))
            now = monotonic()
            if pause_s := gathering.pause_s(reads, now):
                link.rest(pause_s)
                now = monotonic()

    def _switch(self, session: Session, can: Capabilities, states: Mapping[int, bool]) -> None:
        """A lamp that cannot be switched is no reason to stop reading."""
        absent = sorted(port for port in states if not 1 <= port <= can.outputs)
        if absent:
            self._counters["declined"] += 1
            log.warning("%s: no outputs %s: it has %d", self._name, absent, can.outputs)
        there = {port: on for port, on in states.items() if port not in absent}
        if not there:
            return
        try:
            session.ask("SET_READER_CONFIG", *plan.output_writes(there, self._profile))
        except Declined as error:
            self._counters["declined"] += 1
            log.warning("%s: outputs %s: %s", self._name, sorted(there), error)
