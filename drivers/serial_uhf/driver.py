"""A UHF reader on a serial line or on a socket that carries one: one thread, for ever.

It reports what the reader saw, switches its relays and does to tags what it is told. It judges
nothing, and no reader, however wrong, ends it.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from time import monotonic
from typing import TypeVar

from drivers.commands import (
    Command,
    KillTag,
    LockTag,
    ReadTagMemory,
    SwitchOutputs,
    WriteTagMemory,
)
from drivers.errors import Declined, DeviceError
from drivers.link import Stopped, Waker
from drivers.observations import Clock, TagRead, TagReport
from drivers.outputs import Outputs
from drivers.ports import Emit
from drivers.serial_uhf import cfm, r200, uhf288
from drivers.serial_uhf.family import Family, Hearing, Report
from drivers.serial_uhf.line import Line, check_url, open_line
from drivers.serial_uhf.profile import CFM, R200, SerialProfile
from drivers.serial_uhf.talk import Talk
from drivers.serial_uhf.wire import cfm as cfm_wire
from drivers.serial_uhf.wire import r200 as r200_wire
from drivers.serial_uhf.wire import uhf288 as uhf288_wire
from drivers.serial_uhf.wire.framing import Framer
from drivers.supervise import Answered, Supervisor
from drivers.tag_queue import TagQueue

log = logging.getLogger(__name__)

F = TypeVar("F")

COUNTED = ("frames", "bad_frames", "unknown_frames", "reads", "bytes", "declined", "reader_errors")
REFUSES_EVERY_S = 0.2
GATE_COUNTED = ("gate_in", "gate_out", "gate_eas")


class SerialReader:
    """Keeps one serial reader reading as its profile says; the profile's kind is its family."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        profile: SerialProfile,
        clock: Clock,
        allow_kill: bool = False,
    ) -> None:
        """Take the reader at ``url``; nothing is opened before ``run``.

        Raises:
            ValueError: ``url`` names no line.
        """
        self._name = name
        self._url = check_url(url)
        self._profile = profile
        self._clock = clock
        self._outputs = Outputs()
        self._tags = TagQueue(name, allow_kill=allow_kill, clock=clock)
        counted = COUNTED + (GATE_COUNTED if profile.kind == CFM else ())
        self._counters: Counter[str] = Counter(dict.fromkeys(counted, 0))
        self._supervisor: Supervisor | None = None
        self._waker: Waker | None = None

    @property
    def name(self) -> str:
        """The device's id in the site file."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Frames, bad frames, reads, reconnects … and a gate's own in and out, since start."""
        reconnects = self._supervisor.reconnects if self._supervisor else 0
        return {**self._counters, "reconnects": reconnects}

    def submit(self, command: Command) -> None:
        """Switch relays, or do something to a tag.

        Of relays the latest wish for each counts, also one made while disconnected; a command to
        a tag is refused then. Each command to a tag is answered by one ``TagAccessed``.
        """
        match command:
            case SwitchOutputs():
                self._outputs.wish(command, monotonic())
            case ReadTagMemory() | WriteTagMemory() | LockTag() | KillTag():
                self._tags.wish(command, monotonic())
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
            self._tags.lost(emit)
            self._waker = None
            waker.close()

    def _attempt(self, answered: Answered, emit: Emit, stop: threading.Event, waker: Waker) -> None:
        def report(reads: tuple[TagRead, ...]) -> None:
            emit(TagReport(at=self._clock(), reader=self._name, reads=reads))

        with (
            suppress(Stopped),
            closing(open_line(self._url, self._profile.baud, stop=stop, waker=waker)) as line,
        ):
            talk, family = self._conversation(line, report)
            try:
                answered(family.prepare())
                family.start()
                self._watch(talk, family, emit)
            except Stopped:
                with suppress(DeviceError):
                    family.stop()

    def _conversation(self, line: Line, report: Report) -> tuple[Hearing, Family]:
        profile, counters = self._profile, self._counters
        if profile.kind == R200:
            module = self._talk(line, r200_wire.framer(), r200_wire.encode)
            return module, r200.R200(module, profile, report, counters)
        if profile.kind == CFM:
            gate = self._talk(line, cfm_wire.framer(), cfm_wire.encode)
            return gate, cfm.Cfm(gate, profile, report, counters)
        reader = self._talk(line, uhf288_wire.framer(), uhf288_wire.encode)
        return reader, uhf288.Uhf288(reader, profile, report, counters)

    def _talk(self, line: Line, framer: Framer[F], encode: Callable[[F], bytes]) -> Talk[F]:
        return Talk(
            self._name,
            line,
            framer=framer,
            encode=encode,
            answer_within_s=self._profile.answer_within_s,
            inter_byte_s=self._profile.inter_byte_s,
            counters=self._counters,
        )

    def _pause(self, seconds: float, emit: Emit, stop: threading.Event) -> None:
        """Wait between attempts; who wants something of a tag is not left waiting."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0 and not stop.is_set():
            self._tags.lost(emit)
            stop.wait(min(left, REFUSES_EVERY_S))

    def _watch(self, talk: Hearing, family: Family, emit: Emit) -> None:
        """Report, switch, and notice silence, until the reader is lost."""
        self._outputs.forget_sent()
        nudged = 0.0
        while True:
            now = monotonic()
            self._switch(family, self._outputs.take(now))
            self._access(family, emit)
            due = family.tend(now)
            quiet_at = max(talk.last_heard, nudged) + self._profile.silence_s
            if now >= quiet_at:
                family.nudge()
                nudged = monotonic()
                continue
            pulse_ends = self._outputs.next_due()
            talk.hear(min(due, quiet_at, due if pulse_ends is None else pulse_ends))

    def _switch(self, family: Family, states: Mapping[int, bool]) -> None:
        """A lamp that cannot be switched is no reason to stop reading."""
        absent = sorted(number for number in states if not 1 <= number <= family.outputs)
        if absent:
            self._counters["declined"] += 1
            log.warning("%s: no outputs %s: it has %d", self._name, absent, family.outputs)
        try:
            family.switch({n: on for n, on in states.items() if n not in absent})
        except Declined as error:
            self._counters["declined"] += 1
            log.warning("%s: outputs %s: %s", self._name, sorted(states), error)

    def _access(self, family: Family, emit: Emit) -> None:
        """Do to tags what is wanted, one thing after the other, and then read on."""
        command = self._tags.next(emit)
        if command is None:
            return
        while command is not None:
            try:
                family.aim(command)
            except (Declined, ValueError) as error:
                self._tags.refuse(str(error), emit)
            else:
                self._tags.begin()
                self._tags.finish(family.carry_out(command), emit)
            command = self._tags.next(emit)
        family.start()
