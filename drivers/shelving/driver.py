"""One storage machine on a Modbus line: mobile shelving, a lift, a crane or a carousel.

What is here is operational control over a machine that is safe without us. A stop is an
operational stop; the emergency stop is the red button.
"""

import logging
import queue
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic

from drivers.commands import Command, MotionCommand, RecoverMotion, StopRack
from drivers.errors import Declined, DeviceError, Garbled, Unreachable
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.exchange import NotSent, Read, Write
from drivers.observations import Clock, CommandOutcome, Outcome
from drivers.ports import Emit
from drivers.profiles import Group, Profile
from drivers.registers import encode
from drivers.shelving.handshake import Following, Handshake, Recovery, StateFollower, Step
from drivers.shelving.status import status_of
from drivers.shelving.stops import WITHIN_S, Stop, Stops
from drivers.shelving.wire import SEQUENCE_MAX, MachineMap, Picture
from drivers.shelving.wishes import Wish, next_sequence, sequence_of, wish_of
from drivers.supervise import Answered, Supervisor

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.02
"""While a word from the machine is due: an acknowledgement, or standing still after a stop."""
SLICE_S = 0.25
"""The longest wait, so that ``run`` returns soon after it is told to stop."""

Asked = tuple[MotionCommand | RecoverMotion | Stop, Callable[[], bool]]


class Machine:
    """A machine that moves: reports its status, does what it is wished to do, stops."""

    def __init__(
        self,
        *,
        name: str,
        bus: Bus,
        unit: int = 1,
        profile: Profile,
        clock: Clock,
        allow_without_watchdog: bool = False,
    ) -> None:
        """Bind ``profile``, loaded with its parameters; nothing is opened before ``run``.

        ``bus`` may be shared. A machine without watchdog moves on if this process dies:
        it is moved only with ``allow_without_watchdog``.

        Raises:
            ProfileError: the profile describes nothing that can be commanded.
        """
        self._name = name
        self._clock = clock
        self._unit = unit
        self._map = MachineMap(profile)
        self._bus = bus
        self._may_move = profile.watchdog is not None or allow_without_watchdog
        self._inbox: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self._submitting = threading.Lock()
        self._stops_asked = 0
        self._connection: int | None = None
        self._stops = Stops(name, self._report)
        self._motion: Following | None = None
        self._session = secrets.randbelow(SEQUENCE_MAX) + 1
        self._heartbeat: tuple[int, float] | None = None
        self._frozen = False
        self._supervisor: Supervisor | None = None
        self._counters: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The machine's id in the site file."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Frames, bad frames, reconnects, commands, blocks sent and beats since start."""
        reconnects = self._supervisor.reconnects if self._supervisor is not None else 0
        line = self._bus.counters(self._unit)
        return {**line, **self._counters, "reconnects": reconnects}

    def submit(self, command: Command) -> None:
        """Queue ``command``; a stop goes on the wire before anything else that waits.

        Raises:
            TypeError: a command for another kind of device.
        """
        if isinstance(command, StopRack):
            self._submit_stop(command)
        elif isinstance(command, MotionCommand | RecoverMotion):
            asked = self._stops_asked
            self._inbox.put((command, lambda: self._stops_asked == asked))
        else:
            kind = type(command).__name__
            raise TypeError(f"{self._name}: a storage machine cannot do {kind}")

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Report until ``stop`` is set. A motion under way is left to the machine's watchdog."""
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
        stop = Stop(command_id=command.command_id, answer=answer, deadline_s=monotonic() + WITHIN_S)
        self._inbox.put((stop, lambda: True))

    def _attempt(self, answered: Answered) -> None:
        connection = self._bus.connect()
        try:
            detail = self._identify(connection)
            picture = self._first_picture(connection)
            self._connection = connection
            answered(detail)
            while not self._ended.is_set():
                self._stops.write(
                    lambda: self._bus.ask(
                        self._stop_request(), Priority.STOP, connection=connection
                    )
                )
                picture = self._look(connection)
                self._stops.judge(moving=picture.moving)
                self._follow(picture, connection)
                self._wait(picture)
        finally:
            self._connection = None
            self._abandon_motion()
            self._bus.disconnect(connection)

    def _identify(self, connection: int) -> str:
        """Who answers; then it is told how long it may move without hearing from us."""
        identity, watchdog = self._map.identity, self._map.profile.watchdog
        detail = self._map.identify(self._read(identity, connection) if identity else ())
        if watchdog is not None and (point := watchdog.timeout_point) is not None:
            value = encode(point, watchdog.timeout_s * 1000)
            write = Write(unit=self._unit, kind=point.kind, address=point.address, values=value)
            self._bus.perform(write, Priority.COMMAND, connection=connection)
        return detail

    def _first_picture(self, connection: int) -> Picture:
        """A first picture; from a machine that froze before, one with a living heartbeat."""
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
        if "heartbeat_out" in picture.values:
            self._watch_heartbeat(picture)
        self._emit(status_of(picture, self._map.profile, self._name, at))
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
            self._report(motion.wish.command_id, step.outcome, step.detail)
            if step.outcome is not Outcome.ACCEPTED:
                self._motion = None
                self._bus.rest(self._unit)
        ours = self._motion is not None and not isinstance(motion, Recovery)
        if ours and motion.accepted and motion.wanted():
            self._renew_beat(connection)

    def _send(self, motion: Following, connection: int) -> Step:
        wish = motion.wish
        block = self._map.block(
            wish.verb, wish.arguments, session=self._session, sequence=motion.sequence
        )
        write = Write(unit=self._unit, kind=block.kind, address=block.address, values=block.values)
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
        watchdog = self._map.profile.watchdog
        if watchdog is not None:
            self._bus.beat(
                unit=self._unit,
                address=watchdog.point.address,
                period_s=watchdog.period_s,
                connection=connection,
                for_s=3 * watchdog.period_s,
            )

    def _stop_request(self) -> Write:
        stop, value = self._map.command.stop, self._map.command.stop_value
        values = encode(stop, value)
        return Write(unit=self._unit, kind=stop.kind, address=stop.address, values=values)

    def _wait(self, picture: Picture) -> None:
        """Until the next poll is due, or somebody wants something."""
        end = monotonic() + self._period_s(picture)
        while not self._ended.is_set() and (left := end - monotonic()) > 0:
            try:
                asked, wanted = self._inbox.get(timeout=min(left, SLICE_S))
            except queue.Empty:
                continue
            if isinstance(asked, Stop):
                self._stops.add(asked)
            else:
                self._begin(asked, picture, wanted)
            return

    def _period_s(self, picture: Picture) -> float:
        if self._stops or (self._motion is not None and not self._motion.accepted):
            return LOOK_AGAIN_S
        if self._motion is not None or picture.moving:
            return self._map.status.active_period_s
        return self._map.status.period_s

    def _begin(
        self,
        asked: MotionCommand | RecoverMotion,
        picture: Picture,
        wanted: Callable[[], bool],
    ) -> None:
        command = asked.wish if isinstance(asked, RecoverMotion) else asked
        wish = wish_of(command, self._map.command)
        refusal = self._refusal(wish)
        if wish is None or refusal:
            self._report(command.command_id, Outcome.REFUSED, refusal)
            return
        if isinstance(asked, RecoverMotion):
            self._motion = self._recovery(wish, wanted)
        else:
            self._counters["commands"] += 1
            self._motion = self._following(wish, picture, wanted)
        if self._motion is None:
            self._report(command.command_id, Outcome.UNKNOWN, "forgotten")

    def _refusal(self, wish: Wish | None) -> str:
        """Why nothing is sent; empty when it may be."""
        if self._motion is not None:
            return "busy"
        if wish is None:
            return "bad_argument"
        return "" if self._may_move or not wish.verb.moves else "no_watchdog"

    def _following(self, wish: Wish, picture: Picture, wanted: Callable[[], bool]) -> Following:
        known, now_s = self._map.command, monotonic()
        if not self._map.numbered:
            return StateFollower(
                wish=wish,
                ack_timeout_s=known.ack_timeout_s,
                done_timeout_s=known.done_timeout_s,
                now_s=now_s,
                wanted=wanted,
            )
        return Handshake(
            wish=wish,
            session=self._session,
            sequence=next_sequence(sequence_of(wish.command_id), picture),
            ack_timeout_s=known.ack_timeout_s,
            done_timeout_s=known.done_timeout_s,
            now_s=now_s,
            wanted=wanted,
        )

    def _recovery(self, wish: Wish, wanted: Callable[[], bool]) -> Following | None:
        """What a machine that numbers its commands can still tell; others tell nothing."""
        known = self._map.command
        if not self._map.numbered:
            return None
        return Recovery(
            wish=wish,
            session=0,
            sequence=sequence_of(wish.command_id),
            ack_timeout_s=known.ack_timeout_s,
            done_timeout_s=known.done_timeout_s,
            now_s=monotonic(),
            wanted=wanted,
        )

    def _abandon_motion(self) -> None:
        """Nobody can say what became of it once sent; unbeaten, the watchdog will stop it."""
        self._bus.rest(self._unit)
        if (motion := self._motion) is not None:
            told = motion.ever_sent or isinstance(motion, Recovery)
            outcome = Outcome.UNKNOWN if told else Outcome.FAILED
            self._report(motion.wish.command_id, outcome, "unreachable")
            self._motion = None

    def _pause(self, seconds: float) -> None:
        """Between attempts: refuse motions; a stop cuts the pause short."""
        end = monotonic() + seconds
        while not self._ended.is_set() and (left := end - monotonic()) > 0:
            self._stops.expire("unreachable")
            try:
                asked, _ = self._inbox.get(timeout=min(left, SLICE_S))
            except queue.Empty:
                continue
            if isinstance(asked, Stop):
                self._stops.add(asked)
                return
            if isinstance(asked, RecoverMotion):
                self._report(asked.wish.command_id, Outcome.UNKNOWN, "unreachable")
            else:
                self._report(asked.command_id, Outcome.FAILED, "unreachable")

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
