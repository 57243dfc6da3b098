"""One driver in its own thread against one simulated reader, and what the driver said."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic

from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import ReaderProfile
from drivers.observations import (
    DeviceBack,
    DeviceLost,
    InputChanged,
    Moment,
    Observation,
    TagRead,
    TagReport,
)
from simulators.llrp_reader import SimulatedReader
from tests.services import eventually

START = datetime(2026, 3, 2, tzinfo=UTC)
KEEPALIVE_S = 0.3


def clock() -> Moment:
    return Moment(utc=START, monotonic_s=monotonic())


class Rig:
    """What a test needs in its hands."""

    def __init__(
        self, port: int, profile: ReaderProfile, keepalive_s: float, *, allow_kill: bool = False
    ) -> None:
        self._watch(
            PortalReader(
                name="door-north",
                host="127.0.0.1",
                port=port,
                profile=profile,
                keepalive_s=keepalive_s,
                clock=clock,
                allow_kill=allow_kill,
            )
        )

    @classmethod
    def of(cls, driver: PortalReader) -> "Rig":
        rig = cls.__new__(cls)
        rig._watch(driver)
        return rig

    def _watch(self, driver: PortalReader) -> None:
        self.driver = driver
        self.stop = threading.Event()
        self.said: list[Observation] = []
        self.thread = threading.Thread(target=self.driver.run, args=(self.said.append, self.stop))

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
        return [read for said in self.said if isinstance(said, TagReport) for read in said.reads]

    @property
    def health(self) -> list[str]:
        """``back`` and ``lost``, in order."""
        told = [said for said in list(self.said) if isinstance(said, DeviceBack | DeviceLost)]
        return ["back" if isinstance(said, DeviceBack) else "lost" for said in told]

    @property
    def reasons(self) -> list[str]:
        return [said.reason for said in self.said if isinstance(said, DeviceLost)]

    def await_health(self, *words: str) -> None:
        eventually(lambda: self.health, lambda health: health == list(words))

    def await_reads(self, *epcs: str) -> None:
        eventually(lambda: [read.epc for read in self.reads], lambda seen: seen == list(epcs))

    def finish(self, within_s: float = 10.0) -> None:
        self.stop.set()
        self.thread.join(within_s)
        assert not self.thread.is_alive()


@contextmanager
def driving(
    port: int,
    profile: ReaderProfile | None = None,
    keepalive_s: float = KEEPALIVE_S,
    *,
    allow_kill: bool = False,
) -> Iterator[Rig]:
    rig = Rig(port, profile or ReaderProfile(), keepalive_s, allow_kill=allow_kill)
    rig.thread.start()
    try:
        yield rig
    finally:
        rig.finish()


@contextmanager
def connected(
    reader: SimulatedReader,
    profile: ReaderProfile | None = None,
    keepalive_s: float = KEEPALIVE_S,
    *,
    allow_kill: bool = False,
) -> Iterator[Rig]:
    """A driver that has just said that the reader is back."""
    with driving(reader.port, profile, keepalive_s, allow_kill=allow_kill) as rig:
        rig.await_health("back")
        yield rig
