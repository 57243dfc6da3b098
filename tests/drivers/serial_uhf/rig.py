"""One driver in its own thread against one simulated serial reader, for every family alike."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import TypeVar

from drivers.observations import DeviceBack, DeviceLost, Moment, Observation, TagRead, TagReport
from drivers.serial_uhf.driver import SerialReader
from drivers.serial_uhf.profile import KNOWN_RSSI, SerialProfile
from simulators.serial_reader import Brain, SimulatedSerialReader
from simulators.serial_reader_cfm import CfmBrain
from simulators.serial_reader_r200 import R200Brain
from simulators.serial_reader_uhf288 import Uhf288Brain
from tests.services import eventually

START = datetime(2026, 3, 2, tzinfo=UTC)
B = TypeVar("B", bound=Brain)
EPC = "E28011704000021D35AE4008"
OTHER = "30751FEB705C5904E3D50D70"


@dataclass(frozen=True)
class Kind:
    """One family, on one sort of line."""

    name: str
    make_brain: Callable[[], Brain]
    profile: SerialProfile
    tcp: bool


def fast(kind: str, **changes: object) -> SerialProfile:
    """A profile whose waits are short, lest tests take as long as readers may."""
    profile = SerialProfile(
        kind=kind,
        silence_s=0.4,
        answer_within_s=0.3,
        inter_byte_s=0.05,
        access_within_s=0.5,
        scan_time_s=0.1,
        rssi=KNOWN_RSSI.get(kind),
    )
    return replace(profile, **changes)  # type: ignore[arg-type]


KINDS = [
    Kind("r200", R200Brain, fast("r200"), tcp=False),
    Kind("r200-aa", lambda: R200Brain(0xAA), fast("r200", variant="AA"), tcp=True),
    Kind("uhf288", Uhf288Brain, fast("uhf288"), tcp=True),
    Kind("uhf18", lambda: Uhf288Brain("18"), fast("uhf288", variant="18"), tcp=False),
    Kind("cfm", CfmBrain, fast("cfm"), tcp=True),
]


def clock() -> Moment:
    return Moment(utc=START, monotonic_s=monotonic())


class Rig:
    """What a test needs in its hands."""

    def __init__(self, url: str, profile: SerialProfile, *, allow_kill: bool = False) -> None:
        self.driver = SerialReader(
            name="door-north", url=url, profile=profile, clock=clock, allow_kill=allow_kill
        )
        self.stop = threading.Event()
        self.said: list[Observation] = []
        self.thread = threading.Thread(target=self.driver.run, args=(self.said.append, self.stop))

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

    def finish(self, within_s: float = 5.0) -> None:
        self.stop.set()
        self.thread.join(within_s)
        assert not self.thread.is_alive()


@contextmanager
def driving(url: str, profile: SerialProfile, *, allow_kill: bool = False) -> Iterator[Rig]:
    rig = Rig(url, profile, allow_kill=allow_kill)
    rig.thread.start()
    try:
        yield rig
    finally:
        rig.finish()


@contextmanager
def connected(
    reader: SimulatedSerialReader[B], profile: SerialProfile, *, allow_kill: bool = False
) -> Iterator[Rig]:
    """A driver that has just said that the reader is back, and lets it read."""
    with driving(reader.url, profile, allow_kill=allow_kill) as rig:
        rig.await_health("back")
        eventually(lambda: reader.reading, bool)
        yield rig
