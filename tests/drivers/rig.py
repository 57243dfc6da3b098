"""One driver of a reader in its own thread, and what it said; for every family alike."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic

from drivers.observations import (
    DeviceBack,
    DeviceLost,
    InputChanged,
    Moment,
    Observation,
    TagRead,
    TagReport,
)
from drivers.ports import Actuator
from tests.services import eventually

START = datetime(2026, 3, 2, tzinfo=UTC)


def clock() -> Moment:
    """Some day, and the monotonic clock as it is."""
    return Moment(utc=START, monotonic_s=monotonic())


class Rig:
    """What a test needs in its hands."""

    def __init__(self, driver: Actuator) -> None:
        self.driver = driver
        self.stop = threading.Event()
        self.said: list[Observation] = []
        self.thread = threading.Thread(target=driver.run, args=(self.said.append, self.stop))

    @property
    def told(self) -> list[Observation]:
        """What it said, except how inputs stand."""
        return [said for said in list(self.said) if not isinstance(said, InputChanged)]

    @property
    def inputs(self) -> list[tuple[int, bool]]:
        """What it said of inputs."""
        told = [said for said in list(self.said) if isinstance(said, InputChanged)]
        return [(said.input, said.active) for said in told]

    @property
    def reads(self) -> list[TagRead]:
        told = [said for said in list(self.said) if isinstance(said, TagReport)]
        return [read for said in told for read in said.reads]

    @property
    def health(self) -> list[str]:
        """``back`` and ``lost``, in order."""
        told = [said for said in list(self.said) if isinstance(said, DeviceBack | DeviceLost)]
        return ["back" if isinstance(said, DeviceBack) else "lost" for said in told]

    @property
    def reasons(self) -> list[str]:
        return [said.reason for said in list(self.said) if isinstance(said, DeviceLost)]

    @property
    def details(self) -> list[str]:
        return [said.detail for said in list(self.said) if isinstance(said, DeviceBack)]

    def await_health(self, *words: str) -> None:
        eventually(lambda: self.health, lambda health: health == list(words))

    def await_reads(self, *epcs: str) -> None:
        eventually(lambda: [read.epc for read in self.reads], lambda seen: seen == list(epcs))

    def await_count(self, counter: str, least: int) -> None:
        eventually(lambda: self.driver.counters()[counter], lambda count: count >= least)

    def finish(self, within_s: float = 10.0) -> None:
        self.stop.set()
        self.thread.join(within_s)
        assert not self.thread.is_alive()


@contextmanager
def running(driver: Actuator) -> Iterator[Rig]:
    """The driver at work until the context ends."""
    rig = Rig(driver)
    rig.thread.start()
    try:
        yield rig
    finally:
        rig.finish()
