"""The demo site's devices, started together: one reader, one bank, two sensors on one line."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.profiles import find_profile, load_profile
from simulators.bench import Bench, Subject
from simulators.climate_sensor import SimulatedSensor
from simulators.control_port import ControlPort
from simulators.demo_site import ANTENNAS, COLUMNS, DOOR, RACK, SENSOR_LINE, SENSORS
from simulators.llrp_reader import SimulatedReader
from simulators.misbehaving import Fault, line_fault, reader_fault
from simulators.mobile_rack import SimulatedRack
from simulators.serial_line import SerialLine
from simulators.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """Everything that was started, and where it listens."""

    world: World
    bench: Bench
    reader: SimulatedReader
    rack: SimulatedRack
    line: SerialLine
    faults: Mapping[str, Fault]
    control: str
    """The URL of the port where testers poke the Modbus devices."""


@contextmanager
def started_devices(folder: Path, seed: int) -> Iterator[Devices]:
    """Start them all and let time pass for them until the context ends."""
    with ExitStack() as stack:
        reader = stack.enter_context(SimulatedReader())
        profile = load_profile(find_profile("shelving/mobile-shelving.toml"), columns=COLUMNS)
        rack = stack.enter_context(SimulatedRack(profile=profile))
        kind = load_profile(find_profile("climate/xy-md02.toml"))
        sensors = {name: SimulatedSensor(kind, temperature_c=20.5) for name in SENSORS}
        units = dict(enumerate(sensors.values(), start=1))
        line = stack.enter_context(SerialLine(units, link=(folder / "sensor-line").absolute()))
        world = World(
            seed=seed,
            readers={DOOR: (reader, ANTENNAS)},
            racks={RACK: rack},
            sensors={name: sensor.air for name, sensor in sensors.items()},
        )
        stop = threading.Event()
        passing = threading.Thread(target=world.run, args=(stop,), name="world")
        passing.start()
        stack.callback(passing.join)
        stack.callback(stop.set)
        faults = {
            DOOR: reader_fault(reader),
            RACK: line_fault(rack),
            SENSOR_LINE: line_fault(line),
        }
        bench = Bench({
            RACK: Subject(device=rack, unit=1, line=rack.server),
            **{name: Subject(device=sensor, unit=unit, line=line)
               for unit, (name, sensor) in enumerate(sensors.items(), start=1)},
        })  # fmt: skip
        control = stack.enter_context(ControlPort(bench))
        yield Devices(
            world=world,
            bench=bench,
            control=control.url,
            reader=reader,
            rack=rack,
            line=line,
            faults=faults,
        )
