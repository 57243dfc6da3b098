"""The shell around the domain: one thread per device, one inbox, one thread that decides.

Reading :meth:`Daemon._settle` is reading the order that must hold: what makes the room safer
goes out before it is written, what moves something is written before it goes out, and nothing
is told to anybody that is not committed.
"""

import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from controller.domain.decision import AiringDue, Fault, Tick
from controller.domain.requests import Request
from controller.domain.stackroom import Stackroom
from controller.recorder import Recorder
from controller.store.ballast import Ballast
from controller.store.database import StoreError, StoreFull
from controller.store.ledger import Ledger
from controller.systemd import notify
from drivers.commands import Command, StopRack, SwitchOutputs
from drivers.observations import Clock, Observation
from drivers.ports import Actuator, Device

log = logging.getLogger(__name__)

Message = Observation | Request | Tick | Fault | AiringDue
"""What the deciding thread takes in."""
Service = Callable[[threading.Event], None]
"""Work beside the deciding thread, in a thread of its own, until the event is set."""

AT_ONCE = (StopRack, SwitchOutputs)
"""Commands that are sent before they are written down; all others only after."""
INBOX_SIZE = 10_000
"""Reports waiting to be decided; when it is full the devices wait, and nothing is dropped."""
BATCH_SIZE = 256
TICK_S = 0.1
RETRY_STORE_S = 0.5
CLOCK_STEP_S = 2.0
"""A larger jump of UTC against the monotonic clock is a step, not a slew."""


class Daemon:
    """Runs one stack room against its devices until told to stop."""

    def __init__(
        self,
        *,
        stackroom: Stackroom,
        ledger: Ledger,
        devices: Sequence[Device],
        actuators: Mapping[str, Actuator],
        halt: Callable[[], None],
        ballast: Ballast,
        clock: Clock,
        clock_stepped: Callable[[], None],
        recorder: Recorder | None = None,
    ) -> None:
        """``halt`` stops every bank at once; it is called while nobody can decide."""
        self._stackroom = stackroom
        self._ledger = ledger
        self._devices = devices
        self._actuators = actuators
        self._halt = halt
        self._ballast = ballast
        self._clock = clock
        self._clock_stepped = clock_stepped
        self._recorder = recorder
        self._inbox: queue.Queue[Message] = queue.Queue(maxsize=INBOX_SIZE)
        self._stop = threading.Event()
        self._crashed = threading.Event()
        self._counters = {"messages": 0, "batches": 0, "store_retries": 0, "clock_steps": 0}

    def counters(self) -> Mapping[str, int]:
        """Since start: messages decided, batches, tries to reach the store, clock steps."""
        return self._counters

    def run(self, stop: threading.Event, services: Mapping[str, Service]) -> bool:
        """Decide until ``stop``, with ``services`` running beside; false when one died of a bug."""
        self._stop = stop
        threads = [
            self._start(device.name, partial(device.run, self.post, stop))
            for device in self._devices
        ]
        threads.append(self._start("ticker", self._tick))
        threads += [self._start(name, partial(service, stop)) for name, service in services.items()]
        notify("READY=1")
        log.info("ready: %d devices", len(self._devices))
        try:
            while not stop.is_set():
                self._settle(self._batch())
                notify("WATCHDOG=1")
        finally:
            stop.set()
            notify("STOPPING=1")
        for thread in threads:
            thread.join(2.0)
        self._settle(self._rest())
        return not self._crashed.is_set()

    def post(self, message: Message) -> None:
        """Put one message in; waits while the inbox is full, and gives up only on stop."""
        waiting = True
        while waiting:
            try:
                self._inbox.put(message, timeout=0.2)
            except queue.Full:
                waiting = not self._stop.is_set()
            else:
                waiting = False

    def _start(self, name: str, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=self._guard, args=(name, work), name=name, daemon=True)
        thread.start()
        return thread

    def _guard(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            log.exception("%s died of a bug; stopping, so that systemd starts us afresh", name)
            self._crashed.set()
            self._stop.set()

    def _tick(self) -> None:
        moment = self._clock()
        offset = moment.utc.timestamp() - moment.monotonic_s
        while not self._stop.wait(TICK_S):
            moment = self._clock()
            step = moment.utc.timestamp() - moment.monotonic_s - offset
            if abs(step) > CLOCK_STEP_S:
                offset += step
                self._counters["clock_steps"] += 1
                self._clock_stepped()
                detail = f"{step:+.0f} s"
                log.warning("the clock stepped by %s", detail)
                self.post(Fault(at=moment, kind="clock_stepped", active=True, detail=detail))
                self.post(Fault(at=moment, kind="clock_stepped", active=False, detail=detail))
            self.post(Tick(at=moment))

    def _batch(self) -> list[Message]:
        try:
            return [self._inbox.get(timeout=TICK_S), *self._rest(BATCH_SIZE - 1)]
        except queue.Empty:
            return []

    def _rest(self, most: int = INBOX_SIZE) -> list[Message]:
        taken: list[Message] = []
        while len(taken) < most:
            try:
                taken.append(self._inbox.get_nowait())
            except queue.Empty:
                break
        return taken

    def _settle(self, batch: Sequence[Message]) -> None:
        moves: list[Command] = []
        for message in batch:
            moves += self._decide(message)
        self._counters["messages"] += len(batch)
        self._counters["batches"] += 1
        if self._commit():
            for move in moves:
                self._order(move)

    def _decide(self, message: Message) -> list[Command]:
        """Take one message in; returns the moves, which wait for the commit."""
        decision = self._stackroom.handle(message)
        if self._recorder is not None:
            self._recorder.take(message, decision)
        for command in decision.commands:
            if isinstance(command, AT_ONCE):
                self._order(command)
        self._ledger.add(decision, message if isinstance(message, Request) else None)
        return [command for command in decision.commands if not isinstance(command, AT_ONCE)]

    def _order(self, command: Command) -> None:
        actuator = self._actuators.get(command.device)
        if actuator is None:
            log.error("no device %r can obey %s", command.device, type(command).__name__)
            return
        actuator.submit(command)

    def _commit(self) -> bool:
        """Commit, waiting for a store that is full or busy; false only when stopped meanwhile."""
        failed = False
        while True:
            try:
                recorded = self._ledger.commit()
            except StoreError as error:
                self._without_store(error, first=not failed)
                failed = True
                if self._stop.wait(RETRY_STORE_S):
                    return False
            else:
                if self._recorder is not None:
                    self._recorder.note(recorded)
                break
        if self._ballast.missing and self._ballast.restore():
            self._fault(active=False, detail="there is room again")
            return self._commit()
        return True

    def _without_store(self, error: StoreError, *, first: bool) -> None:
        """Nobody decides now: halt what moves, make room for the alarm, keep everything."""
        self._counters["store_retries"] += 1
        notify("WATCHDOG=1")
        if not first:
            return
        log.error("the store does not take this batch, keeping it: %s", error)
        notify(f"STATUS=store: {error}")
        self._halt()
        if isinstance(error, StoreFull) and self._ballast.release():
            self._fault(active=True, detail=str(error))

    def _fault(self, *, active: bool, detail: str) -> None:
        self._decide(Fault(at=self._clock(), kind="store_full", active=active, detail=detail))
