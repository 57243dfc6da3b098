"""A simulated bank whose time runs, and the driver that is connected to it."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest

from controller.clock import system_clock
from drivers.commands import OpenAisle, StopRack
from drivers.modbus.buses import Buses
from drivers.observations import CommandOutcome, DeviceBack, Observation, Outcome
from drivers.profiles import Profile, find_profile, load_profile
from drivers.shelving.driver import Machine
from simulators.mobile_rack import SimulatedRack
from tests.services import eventually

T = TypeVar("T")
RACK = "rack-a"
COLUMNS = 8
FASTER = {
    "response_timeout_ms = 300": "response_timeout_ms = 100",
    "active_period_ms = 100": "active_period_ms = 20",
    "period_ms = 500 ": "period_ms = 60 ",
    "period_ms = 500\n": "period_ms = 60\n",
    "stale_after_ms = 1500": "stale_after_ms = 600",
    "period_ms = 400": "period_ms = 100",
    "timeout_ms = 2000": "timeout_ms = 500",
}
"""The shipped profile with shorter times, lest the tests take as long as shelves do."""


def fast_profile(folder: Path, columns: int = COLUMNS) -> Profile:
    """The default map, made fast."""
    text = find_profile("shelving/mobile-shelving.toml").read_text(encoding="utf-8")
    for slow, fast in FASTER.items():
        text = text.replace(slow, fast)
    path = folder / "fast.toml"
    path.write_text(text, encoding="utf-8")
    return load_profile(path, columns=columns)


@dataclass(slots=True)
class Rig:
    """What a test holds in its hands."""

    rack: SimulatedRack
    driver: Machine
    seen: list[Observation] = field(default_factory=list)
    inbox: "queue.SimpleQueue[Observation]" = field(default_factory=queue.SimpleQueue)
    time_runs: threading.Event = field(default_factory=threading.Event)

    def open(self, aisle: int, command_id: str = "move") -> None:
        """Ask for an aisle."""
        self.driver.submit(OpenAisle(device=RACK, command_id=command_id, aisle=aisle))

    def stop(self, command_id: str = "stop") -> None:
        """Ask for a stop."""
        self.driver.submit(StopRack(device=RACK, command_id=command_id))

    def next(self, kind: type[T], ok: Callable[[T], bool] = lambda _: True) -> T:
        """The next observation of that kind that is ``ok``; everything before is kept too."""
        end = monotonic() + 10.0
        while (left := end - monotonic()) > 0:
            try:
                observation = self.inbox.get(timeout=left)
            except queue.Empty:
                break
            self.seen.append(observation)
            if isinstance(observation, kind) and ok(observation):
                return observation
        pytest.fail(f"no {kind.__name__} came; last: {self.seen[-3:]}")

    def last_word(self, command_id: str = "move") -> CommandOutcome:
        """The final outcome of a command."""
        return self.next(
            CommandOutcome,
            lambda o: o.command_id == command_id and o.outcome is not Outcome.ACCEPTED,
        )

    def accepted(self, command_id: str = "move") -> None:
        """Wait until the bank has accepted a command, and moves."""
        self.next(
            CommandOutcome,
            lambda o: o.command_id == command_id and o.outcome is Outcome.ACCEPTED,
        )

    def all_seen(self) -> list[Observation]:
        """Everything reported so far."""
        while not self.inbox.empty():
            self.seen.append(self.inbox.get())
        return list(self.seen)

    def outcomes(self, command_id: str = "move") -> list[Outcome]:
        """Every outcome reported for a command so far."""
        return [
            o.outcome
            for o in self.all_seen()
            if isinstance(o, CommandOutcome) and o.command_id == command_id
        ]


@contextmanager
def running(profile: Profile, *, speed_mm_per_s: float = 6000.0) -> Iterator[Rig]:
    """A bank in motion at real time, and its driver, connected."""
    with SimulatedRack(profile=profile, speed_mm_per_s=speed_mm_per_s) as rack:
        driver = driver_for(rack, profile)
        rig = Rig(rack=rack, driver=driver)
        rig.time_runs.set()
        ended = threading.Event()
        world = threading.Thread(target=_let_time_run, args=(rig, ended))
        world.start()
        with driving(rig):
            rig.next(DeviceBack)
            try:
                yield rig
            finally:
                ended.set()
                world.join()


@contextmanager
def driving(rig: Rig) -> Iterator[threading.Event]:
    """The driver's thread for as long as the block lasts; its end may be brought forward."""
    stop = threading.Event()
    thread = threading.Thread(target=rig.driver.run, args=(rig.inbox.put, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def driver_for(rack: SimulatedRack, profile: Profile) -> Machine:
    """A driver that will find that bank."""
    bus = Buses().at(f"tcp://127.0.0.1:{rack.port}", profile.link)
    return Machine(name=RACK, bus=bus, profile=profile, clock=system_clock)


def stands(rack: SimulatedRack) -> None:
    """Wait until the bank no longer moves."""
    eventually(lambda: rack.moving, lambda moving: not moving)


def _let_time_run(rig: Rig, ended: threading.Event) -> None:
    last = monotonic()
    while not ended.wait(0.005):
        now = monotonic()
        if rig.time_runs.is_set():
            rig.rack.advance(now - last)
        last = now
