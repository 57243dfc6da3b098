"""A bank of mobile shelving over UDP: the same wishes, states and outcomes as over Modbus.

It has neither sequence numbers nor a watchdog, so a wish is sent once, what became of it is seen
by state and position, and the site must have allowed motion without a watchdog. Stop is an
operational stop; the emergency stop is the red button.
"""

import logging
import queue
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic

from drivers.bank_udp.picture import picture_of, question, verbs
from drivers.bank_udp.wire import ANSWER, Code, Frame, decode, encode, status_of
from drivers.commands import Command, MotionCommand, RecoverMotion, StopRack
from drivers.errors import Declined, Garbled, Unreachable
from drivers.observations import Clock, CommandOutcome, Outcome, RackStatus
from drivers.ports import Emit
from drivers.shelving.handshake import StateFollower
from drivers.shelving.stops import WITHIN_S
from drivers.shelving.wire import Picture
from drivers.shelving.wishes import wish_among
from drivers.supervise import Answered, Supervisor

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 0.3
PERIOD_S = 0.5
ACTIVE_PERIOD_S = 0.1
ACK_TIMEOUT_S = 2.0
DONE_TIMEOUT_S = 90.0
DATAGRAM = 512

Asked = tuple[Command, Callable[[], bool], float]


class UdpBank:
    """One bank, reached at one UDP address."""

    def __init__(
        self,
        *,
        name: str,
        host: str,
        port: int,
        address: int = 1,
        columns: int,
        fixed_left: bool = True,
        clock: Clock,
        allow_without_watchdog: bool = False,
    ) -> None:
        """Nothing is sent before ``run``. ``address`` is the bank's own code in its frames."""
        self._name = name
        self._where = (host, port)
        self._address = address
        self._columns = columns
        self._fixed_left = fixed_left
        self._clock = clock
        self._may_move = allow_without_watchdog
        self._verbs = verbs(columns)
        self._inbox: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self._stops_asked = 0
        self._socket: socket.socket | None = None
        self._stops: list[tuple[str, float]] = []
        self._motion: StateFollower | None = None
        self._supervisor: Supervisor | None = None
        self._counters: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """The rack's id in the site file."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Frames, bad frames, reconnects and commands since start."""
        reconnects = self._supervisor.reconnects if self._supervisor is not None else 0
        return {**self._counters, "reconnects": reconnects}

    def submit(self, command: Command) -> None:
        """Queue ``command``; a stop goes out at once.

        Raises:
            TypeError: a command for another kind of device.
        """
        if isinstance(command, StopRack):
            self._stops_asked += 1
            if (connection := self._socket) is not None:
                self._send(connection, Frame(address=self._address, code=Code.STOP))
        elif not isinstance(command, MotionCommand | RecoverMotion):
            raise TypeError(f"{self._name}: a rack cannot do {type(command).__name__}")
        asked = self._stops_asked
        self._inbox.put((command, lambda: self._stops_asked == asked, monotonic()))

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Report until ``stop`` is set."""
        self._emit = emit
        self._ended = stop
        self._supervisor = Supervisor(self._name, emit=emit, clock=self._clock)
        self._supervisor.run(self._attempt, stop, self._pause)

    def _attempt(self, answered: Answered) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            try:
                connection.connect(self._where)
                self._look(connection)
                self._socket = connection
                answered("mobile shelving, UDP frames")
                while not self._ended.is_set():
                    picture = self._look(connection)
                    self._judge_stops(picture)
                    self._follow(picture, connection)
                    self._wait(picture)
            except OSError as error:
                raise Unreachable(f"{self._where[0]}:{self._where[1]}: {error}") from error
            finally:
                self._socket = None
                self._abandon()

    def _look(self, connection: socket.socket) -> Picture:
        """Ask for the status; one answer may be lost, two may not."""
        try:
            data = self._ask(connection, Code.STATUS)
        except (Unreachable, Garbled):
            data = self._ask(connection, Code.STATUS)
        status = status_of(data)
        if len(status.columns) != self._columns:
            raise Declined(f"it has {len(status.columns)} columns, expected {self._columns}")
        picture = picture_of(status, self._columns)
        self._emit(
            RackStatus(
                at=self._clock(),
                rack=self._name,
                mode=picture.mode,
                open_aisle=picture.open_aisle,
                presence=picture.presence,
                fault_code=picture.fault_code,
            )
        )
        return picture

    def _ask(self, connection: socket.socket, code: Code) -> bytes:
        """The data of the answer. What came before the question is no answer to it."""
        self._drain(connection)
        self._send(connection, Frame(address=self._address, code=code))
        deadline = monotonic() + ANSWER_WITHIN_S
        while (left := deadline - monotonic()) > 0:
            connection.settimeout(left)
            try:
                frame = decode(connection.recv(DATAGRAM))
            except TimeoutError:
                break
            except Garbled:
                self._counters["bad_frames"] += 1
                raise
            self._counters["frames"] += 1
            if (frame.address, frame.code) == (self._address, code - ANSWER):
                return frame.data
        self._counters["bad_frames"] += 1
        self._ended.wait(ANSWER_WITHIN_S)  # let a late answer come, to be thrown away
        raise Unreachable(f"{self._where[0]}:{self._where[1]}: no answer")

    @staticmethod
    def _drain(connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            while True:
                connection.recv(DATAGRAM)
        except BlockingIOError:
            connection.setblocking(True)

    def _send(self, connection: socket.socket, frame: Frame) -> bool:
        """Whether it went out, as far as anybody can know."""
        try:
            connection.send(encode(frame))
        except OSError as error:
            log.warning("%s: not sent: %s", self._name, error)
            return False
        return True

    def _follow(self, picture: Picture, connection: socket.socket) -> None:
        motion = self._motion
        if motion is None:
            return
        step = motion.look(picture, monotonic())
        if step.send:
            frame = question(motion.wish, self._address, fixed_left=self._fixed_left)
            motion.lost()  # an answer would prove nothing; from here on it may have arrived
            self._send(connection, frame)
        if step.outcome is not None:
            self._report(motion.wish.command_id, step.outcome, step.detail)
            if step.outcome is not Outcome.ACCEPTED:
                self._motion = None

    def _judge_stops(self, picture: Picture) -> None:
        for command_id, deadline_s in list(self._stops):
            late = monotonic() >= deadline_s
            if not picture.moving or late:
                self._stops.remove((command_id, deadline_s))
                done = Outcome.UNKNOWN if picture.moving else Outcome.DONE
                self._report(command_id, done, "not_confirmed" if picture.moving else "")

    def _wait(self, picture: Picture) -> None:
        busy = self._stops or self._motion is not None or picture.moving
        try:
            command, wanted, asked_s = self._inbox.get(
                timeout=ACTIVE_PERIOD_S if busy else min(PERIOD_S, 0.25)
            )
        except queue.Empty:
            return
        match command:
            case StopRack(command_id=command_id):
                self._stops.append((command_id, asked_s + WITHIN_S))
                if self._socket is not None:
                    self._send(self._socket, Frame(address=self._address, code=Code.STOP))
            case RecoverMotion(wish=wish):
                self._report(wish.command_id, Outcome.UNKNOWN, "forgotten")
            case _ if isinstance(command, MotionCommand):
                self._begin(command, wanted)
            case _:
                pass

    def _begin(self, command: MotionCommand, wanted: Callable[[], bool]) -> None:
        wish = wish_among(command, self._verbs)
        if wish is None or self._motion is not None or not self._may_move:
            reason = "bad_argument" if wish is None else "busy" if self._motion else "no_watchdog"
            self._report(command.command_id, Outcome.REFUSED, reason)
            return
        self._counters["commands"] += 1
        self._motion = StateFollower(
            wish=wish,
            ack_timeout_s=ACK_TIMEOUT_S,
            done_timeout_s=DONE_TIMEOUT_S,
            now_s=monotonic(),
            wanted=wanted,
        )

    def _abandon(self) -> None:
        if self._motion is not None:
            outcome = Outcome.UNKNOWN if self._motion.ever_sent else Outcome.FAILED
            self._report(self._motion.wish.command_id, outcome, "unreachable")
            self._motion = None
        while self._stops:
            self._report(self._stops.pop()[0], Outcome.UNKNOWN, "unreachable")

    def _pause(self, seconds: float) -> None:
        """Between attempts: nothing can be done, and whoever asks is told."""
        end = monotonic() + seconds
        while not self._ended.is_set() and (left := end - monotonic()) > 0:
            try:
                command, _, _ = self._inbox.get(timeout=min(left, 0.25))
            except queue.Empty:
                continue
            if isinstance(command, RecoverMotion):
                self._report(command.wish.command_id, Outcome.UNKNOWN, "unreachable")
            elif isinstance(command, StopRack):
                self._report(command.command_id, Outcome.UNKNOWN, "unreachable")
            elif isinstance(command, MotionCommand):
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
