"""One driver in its own thread against one simulated serial reader, for every family alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from drivers.serial_uhf.driver import SerialReader
from drivers.serial_uhf.profile import KNOWN_RSSI, SerialProfile
from simulators.serial_reader import Brain, SimulatedSerialReader
from simulators.serial_reader_cfm import CfmBrain
from simulators.serial_reader_r200 import R200Brain
from simulators.serial_reader_uhf288 import Uhf288Brain
from tests.drivers.rig import Rig, clock, running
from tests.services import eventually

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


@contextmanager
def driving(url: str, profile: SerialProfile, *, allow_kill: bool = False) -> Iterator[Rig]:
    driver = SerialReader(
        name="door-north", url=url, profile=profile, clock=clock, allow_kill=allow_kill
    )
    with running(driver) as rig:
        yield rig


@contextmanager
def connected(
    reader: SimulatedSerialReader[B], profile: SerialProfile, *, allow_kill: bool = False
) -> Iterator[Rig]:
    """A driver that has just said that the reader is back, and lets it read."""
    with driving(reader.url, profile, allow_kill=allow_kill) as rig:
        rig.await_health("back")
        eventually(lambda: reader.reading, bool)
        yield rig
