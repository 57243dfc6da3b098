"""The demo site's devices, started together: one reader, one bank, two sensors on one line."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.profiles import find_profile, load_profile
from simulators.climate_sensor import SimulatedSensor
from simulators.demo_site import ANTENNAS, COLUMNS, DOOR, RACK, SENSORS
from simulators.llrp_reader import SimulatedReader
from simulators.mobile_rack import SimulatedRack
from simulators.serial_line import SerialLine
from simulators.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """Everything that was started, and where it listens."""

    world: World
    reader: SimulatedReader
    rack: SimulatedRack
    line: SerialLine
    faults: Mapping[str, Callable[[str, float], None]]
    """Device → what makes it misbehave: the fault's name, and for how many seconds."""
