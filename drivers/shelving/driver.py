"""One bank of mobile shelving over Modbus TCP.

What is here is operational control over a machine that is safe without us. A stop is an
operational stop; the emergency stop is the red button.
"""

import logging
import queue
import secrets
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic

from drivers.commands import Command, OpenAisle, StopRack
from drivers.errors import Declined, DeviceError, Garbled, Unreachable
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.exchange import NotSent, Read, Write
from drivers.modbus.line import TcpLine
from drivers.observations import Clock, CommandOutcome, Outcome, RackStatus
from drivers.ports import Emit
from drivers.profiles import Group, Profile
from drivers.registers import encode
from drivers.shelving.handshake import Handshake, Step, next_sequence
from drivers.shelving.wire import SEQUENCE_MAX, Picture, RackMap
from drivers.supervise import Answered, Supervisor

log = logging.getLogger(__name__)

STOP_WITHIN_S = 3.0
"""A stop that is not seen to have worked after so long is reported as unknown."""
LOOK_AGAIN_S = 0.02
"""While a word from the bank is due: an acknowledgement, or standing still after a stop."""
SLICE_S = 0.25
"""The longest wait, so that ``run`` returns soon after it is told to stop."""


@dataclass(slots=True, kw_only=True)
class _Stop:
    """A stop on its way; it may be written again and again, for stopping twice is stopping."""

    command_id: str
    answer: Future[tuple[int, ...]] | None
    deadline_s: float
    written: bool = False


class MobileRack:
    """A bank of mobile shelving: reports its status, opens aisles, stops."""

    def __init__(
        self,
        *,
        name: str,
        host: str,
        port: int = 502,
        unit: int = 1,
        profile: Profile,
        columns: int,
        clock: Clock,
    ) -> None:
        """Bind ``profile``, loaded for so many ``columns``; nothing is connected before ``run``.

        Raises:
            ProfileError: the profile cannot be used for this bank.
        """
        self._name = name
        self._clock = clock
        self._unit = unit
        self._map = RackMap(profile, columns)
        line = TcpLine(host=host, port=port, rtu=False)
        self._bus = Bus(line, timeout_s=profile.link.response_timeout_s)
        self._inbox: queue.SimpleQueue[tuple[OpenAisle | StopRack, _Stop | None, int]]
        self._inbox = queue.SimpleQueue()
        self._submitting = threading.Lock()
        self._stops_asked = 0
        self._connection: int | None = None
        self._stops: list[_Stop] = []
        self._motion: Handshake | None = None
        self._session = secrets.randbelow(SEQUENCE_MAX) + 1
        self._sequence = 0
        self._heartbeat: tuple[int, float] | None = None
        self._frozen = False
        self._supervisor: Supervisor | None = None
        self._counters: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The rack's id in the site file."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Frames, bad frames, reconnects, commands, blocks sent and beats since start."""
        reconnects = self._supervisor.reconnects if self._supervisor is not None else 0
        return {**self._bus.counters(), **self._counters, "reconnects": reconnects}

    def submit(self, command: Command) -> None:
        """Queue ``command``; a stop goes on the wire before anything else that waits.

        Raises:
            TypeError: a command for another kind of device.
        """
        match command:
            case StopRack():
                self._submit_stop(command)
            case OpenAisle():
                self._inbox.put((command, None, self._stops_asked))
            case _:
                raise TypeError(f"{self._name}: a rack cannot do {type(command).__name__}")

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Report until ``stop`` is set. A motion under way is left to the bank's watchdog."""
        self._emit = emit
        self._ended = stop
        self._supervisor = Supervisor(self._name, emit=emit, clock=self._clock)
        with self._bus.running():
            self._supervisor.run(self._attempt, stop, self._pause)

    def _submit_stop(self, command: StopRack) -> None:
        with self._submitting:
            self._stops_asked += 1
        self._bus.rest(self._unit)
        connection, answer = self._connection, None
        if connection is not None:
            answer = self._bus.ask(self._stop_request(), Priority.STOP, connection=connection)
        pending = _Stop(
            command_id=command.command_id, answer=answer, deadline_s=monotonic() + STOP_WITHIN_S
        )
        self._inbox.put((command, pending, self._stops_asked))

    def _attempt(self, answered: Answered) -> None:
        connection = self._bus.connect()
        try:
            detail = self._identify(connection)
            picture = self._first_picture(connection)
            self._connection = connection
            answered(detail)
            while not self._ended.is_set():
                self._write_stops(connection)
                picture = self._look(connection)
                self._judge_stops(picture)
                self._follow(picture, connection)
                self._wait(picture)
        finally:
            self._connection = None
            self._abandon_motion()
            self._bus.disconnect(connection)

    def _identify(self, connection: int) -> str:
        """Who answers; then the bank is told how long it may move without hearing from us."""
        identity = self._map.identify(self._read(self._map.identity, connection))
        watchdog = self._map.watchdog
        if (point := watchdog.timeout_point) is not None:
            value = encode(point, watchdog.timeout_s * 1000)
            write = Write(unit=self._unit, address=point.address, values=value)
            self._bus.perform(write, Priority.COMMAND, connection=connection)
        return f"mobile shelving, map {identity.version}"

    def _first_picture(self, connection: int) -> Picture:
        """A first picture; from a bank that froze before, one with a living heartbeat."""
        self._heartbeat = None
        picture = self._look(connection)
        while self._frozen and not self._ended.wait(LOOK_AGAIN_S):
            alive = self._look(connection).heartbeat
            self._frozen = alive == picture.heartbeat
        return picture

    def _look(self, connection: int) -> Picture:
        registers = self._read(self._map.status, connection)
        at = self._clock()
        picture = self._map.picture(registers)
        self._watch_heartbeat(picture)
        self._emit(
            RackStatus(
                at=at,
                rack=self._name,
                mode=picture.mode,
                open_aisle=picture.open_aisle,
                presence=picture.presence,
                fault_code=picture.fault_code,
            )
        )
        return picture

    def _read(self, group: Group, connection: int) -> tuple[int, ...]:
        """Read ``group``; one answer may be lost, two may not."""
        read = Read(unit=self._unit, kind=group.kind, address=group.address, count=group.count)
        try:
            return self._bus.perform(read, Priority.ACTIVE, connection=connection)
        except NotSent:
            raise
        except (Unreachable, Garbled):
            return self._bus.perform(read, Priority.ACTIVE, connection=connection)

    def _watch_heartbeat(self, picture: Picture) -> None:
        now = monotonic()
        if self._heartbeat is None or self._heartbeat[0] != picture.heartbeat:
            self._heartbeat = (picture.heartbeat, now)
        elif now - self._heartbeat[1] > self._map.status.stale_after_s:
            self._frozen = True
            raise Unreachable("it answers, but its heartbeat stands still")

    def _follow(self, picture: Picture, connection: int) -> None:
        """Take the motion under way one step further."""
        motion = self._motion
        if motion is None:
            return
        step = motion.look(picture, monotonic())
        if step.send:
            step = self._send(motion, connection)
        if step.outcome is not None:
            self._report(motion.command_id, step.outcome, step.detail)
            if step.outcome is not Outcome.ACCEPTED:
                self._motion = None
                self._bus.rest(self._unit)
        if self._motion is not None and motion.accepted and motion.wanted():
            self._renew_beat(connection)

    def _send(self, motion: Handshake, connection: int) -> Step:
        block = self._map.command.block
        values = self._map.block(
            session=self._session, sequence=motion.sequence, aisle=motion.aisle
        )
        write = Write(unit=self._unit, address=block[0].address, values=values)
        self._counters["blocks_sent"] += 1
        answer = self._bus.ask(write, Priority.COMMAND, connection=connection, wanted=motion.wanted)
        try:
            answer.result()
        except NotSent:
            pass  # withdrawn, or the connection is gone: the next look will tell
        except Declined as error:
            return Step(outcome=Outcome.REFUSED, detail=str(error))
        except DeviceError:
            motion.lost()
        else:
            motion.echoed()
        return Step()

    def _renew_beat(self, connection: int) -> None:
        watchdog = self._map.watchdog
        self._bus.beat(
            unit=self._unit,
            address=watchdog.point.address,
            period_s=watchdog.period_s,
            connection=connection,
            for_s=3 * watchdog.period_s,
        )

    def _write_stops(self, connection: int) -> None:
        for pending in self._stops:
            if pending.written:
                continue
            answer = pending.answer or self._bus.ask(
                self._stop_request(), Priority.STOP, connection=connection
            )
            pending.answer = None
            try:
                answer.result()
            except DeviceError as error:
                log.warning("%s: stop not yet written: %s", self._name, error)
            else:
                pending.written = True

    def _judge_stops(self, picture: Picture) -> None:
        for pending in list(self._stops):
            if pending.written and not picture.moving:
                self._stops.remove(pending)
                self._report(pending.command_id, Outcome.DONE)
        self._expire_stops("not_confirmed")

    def _expire_stops(self, detail: str) -> None:
        for pending in list(self._stops):
            if monotonic() >= pending.deadline_s:
                self._stops.remove(pending)
                self._report(pending.command_id, Outcome.UNKNOWN, detail)

    def _stop_request(self) -> Write:
        command = self._map.command
        return Write(unit=self._unit, address=command.stop.address, values=(command.stop_value,))

    def _wait(self, picture: Picture) -> None:
        """Until the next poll is due, or somebody wants something."""
        end = monotonic() + self._period_s(picture)
        while not self._ended.is_set() and (left := end - monotonic()) > 0:
            try:
                command, pending, stops_asked = self._inbox.get(timeout=min(left, SLICE_S))
            except queue.Empty:
                continue
            if pending is not None:
                self._stops.append(pending)
            elif isinstance(command, OpenAisle):
                self._begin(command, picture, stops_asked)
            return

    def _period_s(self, picture: Picture) -> float:
        if self._stops or (self._motion is not None and not self._motion.accepted):
            return LOOK_AGAIN_S
        if self._motion is not None or picture.moving:
            return self._map.status.active_period_s
        return self._map.status.period_s

    def _begin(self, command: OpenAisle, picture: Picture, stops_asked: int) -> None:
        if self._motion is not None:
            self._report(command.command_id, Outcome.REFUSED, "busy")
            return
        if not 1 <= command.aisle <= self._map.aisles:
            self._report(command.command_id, Outcome.REFUSED, "bad_argument")
            return
        self._sequence = next_sequence(self._sequence, picture)
        self._counters["commands"] += 1
        self._motion = Handshake(
            command_id=command.command_id,
            aisle=command.aisle,
            session=self._session,
            sequence=self._sequence,
            ack_timeout_s=self._map.command.ack_timeout_s,
            done_timeout_s=self._map.command.done_timeout_s,
            now_s=monotonic(),
            wanted=lambda: self._stops_asked == stops_asked,
        )

    def _abandon_motion(self) -> None:
        """Nobody can say what became of it once sent; unbeaten, the watchdog will stop it."""
        self._bus.rest(self._unit)
        if self._motion is not None:
            outcome = Outcome.UNKNOWN if self._motion.ever_sent else Outcome.FAILED
            self._report(self._motion.command_id, outcome, "unreachable")
            self._motion = None

    def _pause(self, seconds: float) -> None:
        """Between attempts: refuse motions; a stop cuts the pause short."""
        end = monotonic() + seconds
        while not self._ended.is_set() and (left := end - monotonic()) > 0:
            self._expire_stops("unreachable")
            try:
                command, pending, _ = self._inbox.get(timeout=min(left, SLICE_S))
            except queue.Empty:
                continue
            if pending is not None:
                self._stops.append(pending)
                return
            self._report(command.command_id, Outcome.FAILED, "unreachable")

    def _report(self, command_id: str, outcome: Outcome, detail: str = "") -> None:
        log.info("%s: command %s: %s %s", self._name, command_id, outcome, detail)
        self._emit(
            CommandOutcome(
                at=self._clock(),
                device=self._name,
                command_id=command_id,
                outcome=outcome,
                detail=detail,
            )
        )
