"""The owner of one Modbus line: whoever uses it asks here, and the most urgent goes first.

Racks, sensors and others share one owner when they share a line. One thread talks; callers
wait for a future. The watchdog of a device is beaten by that same thread, so a hung line stops
the shelf, and only for as long as its driver keeps renewing the beat, so a hung driver stops
it, too. A unit that does not answer is asked ever more rarely; writes are never held back.
"""

import heapq
import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from time import monotonic

from drivers.errors import Declined, DeviceError, Garbled, Unreachable
from drivers.modbus.breaker import Breaker
from drivers.modbus.exchange import Exchange, NotSent, Read, Request, Write
from drivers.modbus.line import Line

Registers = tuple[int, ...]
Work = Callable[[], Registers]


class Skipped(NotSent):
    """Not asked, because it did not answer for a while; it will be, later."""


class Priority(IntEnum):
    """Who goes first when several wait for the line. Beats go between stop and command."""

    STOP = 0
    COMMAND = 2
    ACTIVE = 3
    POLL = 5


def always() -> bool:
    """The request is wanted whatever happened since it was queued."""
    return True


@dataclass(slots=True, kw_only=True)
class _Beat:
    """One register that must keep changing until ``until_s``."""

    unit: int
    address: int
    period_s: float
    connection: int
    until_s: float
    due_s: float
    value: int = 0


class Bus:
    """One line and its owner thread, which lives as long as anybody is ``running`` it."""

    def __init__(self, line: Line, *, timeout_s: float) -> None:
        self.line = line
        self._timeout_s = timeout_s
        self._connect_delay_s = 0.0
        self._users = 0
        self._coming_and_going = threading.Lock()
        self._owner: threading.Thread | None = None
        self._changed = threading.Condition()
        self._queue: list[tuple[Priority, int, Work, int | None, Future[Registers]]] = []
        self._order = itertools.count()
        self._beats: dict[int, _Beat] = {}
        self._running = False
        self._connection = 0
        self._breakers: defaultdict[int, Breaker] = defaultdict(Breaker)
        self._counters: Counter[str] = Counter()
        self._unit_counters: defaultdict[int, Counter[str]] = defaultdict(Counter)

    def heed(self, *, timeout_s: float, connect_delay_s: float) -> None:
        """Wait at least so long for answers, and after connecting, from the next start on."""
        self._timeout_s = max(self._timeout_s, timeout_s)
        self._connect_delay_s = max(self._connect_delay_s, connect_delay_s)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The owner thread, for as long as this block lasts, or another user's."""
        with self._coming_and_going:
            self._users += 1
            if self._owner is None:
                self._start()
        try:
            yield
        finally:
            with self._coming_and_going:
                self._users -= 1
                if not self._users:
                    self._end()

    def ask(
        self,
        request: Request,
        priority: Priority,
        *,
        connection: int | None = None,
        wanted: Callable[[], bool] = always,
    ) -> Future[Registers]:
        """Queue ``request``; the future carries the registers, or a ``DeviceError``.

        With ``connection`` it is sent over that very connection or not at all, so that nothing
        reaches a device whose identity was checked before the line was last opened; without,
        the line is opened when need be. ``wanted`` is asked at the last instant before sending.
        """
        work = partial(
            self._transact,
            request,
            connection,
            wanted,
            spared=priority is Priority.POLL and isinstance(request, Read),
        )
        return self._put(priority, work, request.unit)

    def perform(
        self, request: Request, priority: Priority, *, connection: int | None = None
    ) -> Registers:
        """``ask`` and wait.

        Raises:
            DeviceError: as ``Exchange.perform``.
        """
        return self.ask(request, priority, connection=connection).result()

    def connect(self) -> int:
        """Be connected; the number of this connection.

        Raises:
            NotSent: the line cannot be opened.
        """
        return self._put(Priority.ACTIVE, self._open).result()[0]

    def disconnect(self, connection: int) -> None:
        """Let go of the line if it is still that connection, and nobody else's."""
        self._put(Priority.ACTIVE, partial(self._close, connection)).result()

    def beat(
        self, *, unit: int, address: int, period_s: float, connection: int, for_s: float
    ) -> None:
        """Change the register at ``address`` every ``period_s`` until ``for_s`` from now."""
        now = monotonic()
        with self._changed:
            beat = self._beats.setdefault(
                unit,
                _Beat(
                    unit=unit,
                    address=address,
                    period_s=period_s,
                    connection=connection,
                    until_s=now,
                    due_s=now,
                ),
            )
            beat.connection = connection
            beat.until_s = now + for_s
            self._changed.notify()

    def rest(self, unit: int) -> None:
        """Beat no more for ``unit``."""
        with self._changed:
            if unit in self._beats:
                self._beats[unit].until_s = 0.0

    def counters(self, unit: int | None = None) -> Mapping[str, int]:
        """Requests by what became of them, since start: of the line, or of one unit on it."""
        return dict(self._counters if unit is None else self._unit_counters[unit])

    def _start(self) -> None:
        self._exchange = Exchange(
            self.line, timeout_s=self._timeout_s, connect_delay_s=self._connect_delay_s
        )
        self._running = True
        self._owner = threading.Thread(target=self._own, name=f"modbus {self.line}", daemon=True)
        self._owner.start()

    def _end(self) -> None:
        with self._changed:
            self._running = False
            self._changed.notify()
        if self._owner is not None:
            self._owner.join()
            self._owner = None

    def _count(self, unit: int | None, what: str) -> None:
        self._counters[what] += 1
        if unit is not None:
            self._unit_counters[unit][what] += 1

    def _put(self, priority: Priority, work: Work, unit: int | None = None) -> Future[Registers]:
        answer: Future[Registers] = Future()
        with self._changed:
            if not self._running:
                answer.set_exception(NotSent(f"{self.line}: nobody serves this line"))
            else:
                heapq.heappush(self._queue, (priority, next(self._order), work, unit, answer))
                self._changed.notify()
        return answer

    def _own(self) -> None:
        try:
            with self._exchange:
                while (task := self._next()) is not None:
                    task()
        finally:
            self._refuse_the_rest()

    def _refuse_the_rest(self) -> None:
        with self._changed:
            self._running = False
            left, self._queue = self._queue, []
        for _, _, _, _, answer in left:
            answer.set_exception(NotSent(f"{self.line}: nobody serves this line"))

    def _next(self) -> Callable[[], None] | None:
        """What to do now, waiting for it if need be; ``None`` when the line is given up."""
        with self._changed:
            while self._running:
                beat = self._soonest_beat()
                beat_due = beat is not None and beat.due_s <= monotonic()
                if self._queue and (self._queue[0][0] == Priority.STOP or not beat_due):
                    _, _, work, unit, answer = heapq.heappop(self._queue)
                    return partial(self._serve, work, unit, answer)
                if beat is not None and beat_due:
                    return partial(self._send_beat, beat)
                self._changed.wait(None if beat is None else beat.due_s - monotonic())
        return None

    def _soonest_beat(self) -> _Beat | None:
        now = monotonic()
        alive = [beat for beat in self._beats.values() if beat.until_s > now]
        return min(alive, key=lambda beat: beat.due_s, default=None)

    def _serve(self, work: Work, unit: int | None, answer: Future[Registers]) -> None:
        if not answer.set_running_or_notify_cancel():
            return  # given up by who asked, before it was sent
        try:
            registers = work()
        except DeviceError as error:
            if not isinstance(error, NotSent):
                self._count(unit, "bad_frames")
            self._count(unit, type(error).__name__.lower())
            answer.set_exception(error)
        except BaseException as bug:
            answer.set_exception(bug)
            raise
        else:
            self._count(unit, "frames")
            answer.set_result(registers)

    def _send_beat(self, beat: _Beat) -> None:
        beat.due_s = monotonic() + beat.period_s
        beat.value = beat.value % 65535 + 1
        write = Write(unit=beat.unit, address=beat.address, values=(beat.value,))
        try:
            self._transact(write, beat.connection, always)
        except DeviceError:
            self._count(beat.unit, "beats_lost")
        else:
            self._count(beat.unit, "beats")

    def _transact(
        self,
        request: Request,
        connection: int | None,
        wanted: Callable[[], bool],
        *,
        spared: bool = False,
    ) -> Registers:
        """Send; ``spared`` is what may as well be asked later of a unit that is silent."""
        if connection is None:
            self._open()
        elif connection != self._connection:
            raise NotSent(f"{self.line}: the connection was lost")
        if not wanted():
            raise NotSent(f"{self.line}: withdrawn before it was sent")
        breaker = self._breakers[request.unit]
        if spared and breaker.skips(monotonic()):
            raise Skipped(f"{self.line} unit {request.unit}: did not answer; asked again later")
        try:
            registers = self._exchange.perform(request)
        except (NotSent, Garbled):
            raise
        except Unreachable:
            breaker.timed_out(monotonic())
            raise
        except Declined:
            breaker.answered()
            raise
        breaker.answered()
        return registers

    def _open(self) -> Registers:
        if not self._exchange.connected:
            try:
                self._exchange.open()
            except Unreachable as error:
                raise NotSent(str(error)) from error
            self._connection += 1
            self._counters["connects"] += 1
        return (self._connection,)

    def _close(self, connection: int) -> Registers:
        if connection == self._connection and self._users <= 1:
            self._exchange.close()
        return ()
