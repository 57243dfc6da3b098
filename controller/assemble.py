"""Builds the running system from the site file; names concrete drivers, sensors' elsewhere."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from controller.assemble_sensors import bus_at, sensor_devices, sensor_plan
from controller.config import Door, Rack, Site, SiteFileError, read_secret
from controller.domain.lending.rules import LoanRules
from controller.domain.plans import (
    DeskPlan,
    DoorPlan,
    DoorRule,
    RackPlan,
    RoomPlan,
    SensorPlan,
)
from controller.domain.plans_alarms import AlarmPlan
from controller.domain.plans_presence import ListenerKind, ListenerPlan, PresenceRule
from controller.domain.plans_shelving import MachinePlan, QueueRule
from controller.reader_profiles import json_profile, llrp_profile, serial_profile
from controller.shelving_profiles import profile_of
from controller.site_desks import desk_plan
from controller.site_racks import (
    MachineLink,
    ModbusRack,
    ModbusTcpRack,
    UdpRack,
    machine_plan,
    machine_profile,
)
from controller.site_readers import (
    HttpReader,
    JsonReader,
    LlrpReader,
    MqttReader,
    ReaderControl,
    SerialReader,
    TcpReader,
    control_secret,
    json_dialect,
    reader_secret,
)
from drivers.bank_udp.driver import UdpBank
from drivers.json_reader.control import Control, ImpinjControl, ZebraControl
from drivers.json_reader.driver import HttpStreamReader, MqttJsonReader, TcpJsonReader
from drivers.json_reader.endpoint import Endpoint
from drivers.json_reader.profile import JsonReaderProfile
from drivers.llrp.driver import PortalReader
from drivers.llrp.listener import Listener
from drivers.modbus.buses import Buses
from drivers.observations import Clock
from drivers.ports import Actuator, Device
from drivers.profiles import Profile
from drivers.serial_uhf.driver import SerialReader as SerialUhf
from drivers.shelving.driver import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The site as the domain sees it."""

    doors: tuple[DoorPlan, ...]
    desks: tuple[DeskPlan, ...]
    listeners: tuple[ListenerPlan, ...]
    presence: PresenceRule
    lending: LoanRules
    racks: tuple[RackPlan, ...]
    machines: tuple[MachinePlan, ...]
    queues: QueueRule
    sensors: tuple[SensorPlan, ...]
    alarms: AlarmPlan
    rooms: tuple[RoomPlan, ...] = ()
    """Those whose shelving may move by the calendar."""
    patterns: tuple[str, ...] = ()
    """How location codes are written."""


def plans(site: Site) -> Plans:
    """What the domain needs to know of the site: no addresses, no profiles.

    Raises:
        SiteFileError: the access password of a desk cannot be read, or is none.
    """
    return Plans(
        doors=tuple(door_plan(door) for door in site.doors),
        desks=tuple(desk_plan(desk) for desk in site.desks),
        listeners=tuple(_listener_plans(site)),
        presence=site.presence.rule(),
        racks=tuple(rack.plan() for rack in site.racks),
        machines=tuple(machine_plan(machine) for machine in site.machines),
        queues=site.queues.rule(),
        patterns=site.places.patterns,
        lending=site.lending.rules(site.site.timezone),
        alarms=site.alarms.plan(
            {
                room.id: [sensor.id for sensor in site.sensors if sensor.room == room.id]
                for room in site.rooms
            }
        ),
        rooms=tuple(
            RoomPlan(
                id=room.id,
                motion_sensors=tuple((s.device, s.input) for s in room.airing.motion_sensors),
                quiet_s=room.airing.quiet_s,
            )
            for room in site.rooms
            if room.airing is not None
        ),
        sensors=tuple(sensor_plan(sensor, site) for sensor in site.sensors),
    )


def door_plan(door: Door) -> DoorPlan:
    """What the domain needs to know of one door."""
    return DoorPlan(
        id=door.id,
        room=door.room,
        antennas={antenna.port: antenna.side for antenna in door.antennas},
        rule=DoorRule(bias=door.tuning.bias, scale=door.tuning.scale),
        beams=door.beams,
        green=door.lights.green,
        amber=door.lights.amber,
        red=door.lights.red,
        buzzer=door.lights.buzzer,
    )


def _listener_plans(site: Site) -> Iterator[ListenerPlan]:
    for zone in site.zones:
        yield ListenerPlan(
            id=zone.id,
            kind=ListenerKind.ZONE,
            room=zone.room,
            spots=dict.fromkeys(zone.antennas, zone.id),
            elsewhere=None if zone.antennas else zone.id,
        )
    for reader in site.shelf_readers:
        yield ListenerPlan(
            id=reader.id,
            kind=ListenerKind.SHELF,
            room=reader.room,
            spots={antenna.port: antenna.spot for antenna in reader.antennas},
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
        SiteFileError: a reader cannot be reached as the site file says, or a secret not be read.
    """
    readers, buses = list(_readers(site, beside, clock)), Buses()
    moved = list(_moved(site, beside, buses, clock))
    sensors = list(sensor_devices(site, beside, buses, clock))
    actuators: list[Actuator] = [*readers, *moved]
    return Field(
        devices=(*readers, *moved, *sensors),
        actuators={actuator.name: actuator for actuator in actuators},
    )


def _readers(site: Site, beside: Path, clock: Clock) -> Iterator[Actuator]:
    """One for each place that has one; those that connect to us at one address share a listener."""
    listeners: dict[str, Listener] = {}
    for door in site.reading_places:
        reader = door.reader
        try:
            match reader:
                case LlrpReader():
                    yield _llrp_reader(door.id, reader, listeners, beside, clock)
                case SerialReader():
                    profile = serial_profile(reader, beside)
                    yield SerialUhf(
                        name=door.id,
                        url=reader.url,
                        profile=profile,
                        clock=clock,
                        allow_kill=reader.allow_kill,
                    )
                case _:
                    yield _json_reader(door.id, reader, json_profile(reader, beside), clock)
        except (ValueError, OSError) as error:
            raise SiteFileError(f"{door.id}: reader: {error}") from error


def _llrp_reader(
    name: str, reader: LlrpReader, listeners: dict[str, Listener], beside: Path, clock: Clock
) -> PortalReader:
    if reader.listen is not None and reader.listen not in listeners:
        host, _, port = reader.listen.rpartition(":")
        tls = _our_tls(reader) if reader.tls else None
        listeners[reader.listen] = Listener(host.strip("[]"), int(port), tls=tls)
    calls = reader.tls and reader.listen is None
    return PortalReader(
        name=name,
        host=reader.host,
        port=reader.tcp_port,
        profile=llrp_profile(reader, beside),
        keepalive_s=reader.keepalive_s,
        clock=clock,
        allow_kill=reader.allow_kill,
        tls=ssl.create_default_context(cafile=reader.ca_file) if calls else None,
        listener=None if reader.listen is None else listeners[reader.listen],
        reader_id=reader.said_id,
    )


def _our_tls(reader: LlrpReader) -> ssl.SSLContext:
    """What readers that connect to us meet; they show a certificate where ``ca_file`` asks it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=reader.ca_file)
    context.load_cert_chain(reader.cert_file or "", reader.key_file)
    context.verify_mode = ssl.CERT_REQUIRED if reader.ca_file else ssl.CERT_NONE
    return context


def _json_reader(
    name: str, reader: JsonReader, profile: JsonReaderProfile, clock: Clock
) -> Actuator:
    control = _control(name, reader)
    match reader:
        case TcpReader():
            return TcpJsonReader(
                name=name,
                host=reader.host,
                port=reader.port,
                profile=profile,
                clock=clock,
                control=control,
            )
        case HttpReader():
            return HttpStreamReader(
                name=name,
                url=reader.url,
                profile=profile,
                clock=clock,
                username=reader.username,
                password=read_secret(reader_secret(name), reader.password_file),
                ca_file=reader.ca_file,
                control=control,
            )
        case MqttReader():
            return MqttJsonReader(
                name=name,
                host=reader.host,
                port=reader.port,
                topic=reader.topic,
                profile=profile,
                clock=clock,
                username=reader.username,
                password=read_secret(reader_secret(name), reader.password_file),
                protocol=reader.protocol,
                ca_file=reader.ca_file,
                control=control,
            )
        case _:
            assert_never(reader)


def _control(name: str, reader: JsonReader) -> Control | None:
    """What switches its outputs: the REST interface that is named, or that of its stream."""
    named: ReaderControl | HttpReader
    if reader.control is not None:
        named, secret = reader.control, control_secret(name)
    elif isinstance(reader, HttpReader):
        named, secret = reader, reader_secret(name)
    else:
        return None
    endpoint = Endpoint.of(
        named.url,
        username=named.username,
        password=read_secret(secret, named.password_file),
        ca_file=named.ca_file,
    )
    return ImpinjControl(endpoint) if json_dialect(reader) == "impinj" else ZebraControl(endpoint)


def _moved(site: Site, beside: Path, buses: Buses, clock: Clock) -> Iterator[Actuator]:
    """Banks, lifts, cranes, carousels; whatever is on the same line shares it."""
    for rack in site.racks:
        if isinstance(rack.link, UdpRack):
            yield _udp_bank(rack, rack.link, clock)
        else:
            sizes = {"columns": rack.columns}
            profile = profile_of(rack.link.profile, "mobile_shelving", beside, sizes)
            yield _machine(rack.id, rack.link, profile, buses, clock)
    for machine in site.machines:
        sizes = dict(machine.sizes)
        profile = profile_of(machine_profile(machine), machine.kind, beside, sizes)
        yield _machine(machine.id, machine.link, profile, buses, clock)


def _udp_bank(rack: Rack, link: UdpRack, clock: Clock) -> UdpBank:
    return UdpBank(
        name=rack.id,
        host=link.host,
        port=link.port,
        address=link.address,
        columns=rack.columns,
        fixed_left=link.fixed_left,
        clock=clock,
        allow_without_watchdog=link.allow_without_watchdog,
    )


def _machine(
    name: str,
    link: ModbusTcpRack | ModbusRack | MachineLink,
    profile: Profile,
    buses: Buses,
    clock: Clock,
) -> Machine:
    return Machine(
        name=name,
        bus=bus_at(name, link.url, profile, buses),
        unit=link.unit,
        profile=profile,
        clock=clock,
        allow_without_watchdog=link.allow_without_watchdog,
    )
