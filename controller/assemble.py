"""Builds the running system from the site file. The only place that names a concrete driver."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from controller.config import ModbusSensorLink, Sensor, Site
from controller.domain.plans import DoorPlan, LimitPlan, RackPlan, SensorPlan
from drivers.climate.driver import SensorLine, SensorPoint
from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import load_reader_profile
from drivers.observations import Clock
from drivers.ports import Actuator, Device
from drivers.profiles import find_profile, load_profile
from drivers.shelving.driver import MobileRack

STALE_AFTER_INTERVALS = 3
STALE_AFTER_LEAST_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The site as the domain sees it."""

    doors: tuple[DoorPlan, ...]
    racks: tuple[RackPlan, ...]
    sensors: tuple[SensorPlan, ...]


def plans(site: Site) -> Plans:
    """What the domain needs to know of the site: no addresses, no profiles."""
    return Plans(
        doors=tuple(
            DoorPlan(
                id=door.id,
                room=door.room,
                antennas={antenna.port: antenna.side for antenna in door.antennas},
                green=door.lights.green,
                amber=door.lights.amber,
                red=door.lights.red,
                buzzer=door.lights.buzzer,
            )
            for door in site.doors
        ),
        racks=tuple(RackPlan(id=rack.id, aisles=rack.aisles) for rack in site.racks),
        sensors=tuple(_sensor_plan(sensor) for sensor in site.sensors),
    )


def _sensor_plan(sensor: Sensor) -> SensorPlan:
    return SensorPlan(
        id=sensor.id,
        room=sensor.room,
        stale_after_s=max(STALE_AFTER_INTERVALS * sensor.interval_s, STALE_AFTER_LEAST_S),
        limits=tuple(LimitPlan(**limit.model_dump()) for limit in sensor.limits),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Every device of the site, ready to run."""

    devices: tuple[Device, ...]
    actuators: Mapping[str, Actuator]


def field(site: Site, *, beside: Path, clock: Clock) -> Field:
    """The drivers of every device that the site file names.

    Profiles are looked for in ``beside``, the site file's folder, first.

    Raises:
        ProfileError: a profile is missing or cannot be used; says which file and which key.
    """
    readers = [
        PortalReader(
            name=door.id,
            host=door.reader.host,
            port=door.reader.port,
            profile=load_reader_profile(find_profile(door.reader.profile, beside)),
            keepalive_s=door.reader.keepalive_s,
            clock=clock,
        )
        for door in site.doors
    ]
    racks = [
        MobileRack(
            name=rack.id,
            host=rack.link.host,
            port=rack.link.port,
            unit=rack.link.unit,
            profile=load_profile(find_profile(rack.link.profile, beside), columns=rack.columns),
            columns=rack.columns,
            clock=clock,
        )
        for rack in site.racks
    ]
    lines = list(_sensor_lines(site, beside, clock))
    actuators: list[Actuator] = [*readers, *racks]
    return Field(
        devices=(*readers, *racks, *lines),
        actuators={actuator.name: actuator for actuator in actuators},
    )


def _sensor_lines(site: Site, beside: Path, clock: Clock) -> Iterator[SensorLine]:
    """One line per URL: sensors that name the same line share it."""
    lines: dict[str, list[Sensor]] = defaultdict(list)
    for sensor in site.sensors:
        lines[sensor.link.url].append(sensor)
    for number, (url, sensors) in enumerate(lines.items(), start=1):
        points = [_sensor_point(sensor, sensor.link, beside) for sensor in sensors]
        yield SensorLine(name=f"sensor-line-{number}", url=url, sensors=points, clock=clock)


def _sensor_point(sensor: Sensor, link: ModbusSensorLink, beside: Path) -> SensorPoint:
    return SensorPoint(
        name=sensor.id,
        unit=link.unit,
        profile=load_profile(find_profile(link.profile, beside)),
        interval_s=sensor.interval_s,
    )
