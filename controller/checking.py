"""``check``: the site file explained line by line, and every door knocked at, nothing started."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from controller.config import Desk, Site, SiteFileError, load_site, read_secret
from controller.notifying import looking
from controller.reader_profiles import require_profile
from controller.shelving_profiles import profile_of
from controller.site_climate import ModbusSensorLink
from controller.site_desks import access_password, desk_secret
from controller.site_racks import UdpRack, Watched, machine_profile
from controller.site_readers import (
    HttpReader,
    JsonReader,
    LlrpReader,
    ReaderAccess,
    SerialReader,
    control_secret,
    profile_name,
    reader_secret,
)
from controller.store.database import StoreError, open_engine
from drivers.modbus.line import Line, parse_line
from drivers.profiles import ProfileError, find_profile, load_profile

KNOCK_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    what: str
    well: bool
    says: str


def check_site(path: Path, *, offline: bool) -> list[Finding]:
    """Everything there is to say about the site file at ``path``.

    With ``offline`` only files are judged; otherwise each address is tried once, for at most
    two seconds, and nothing is written or moved.
    """
    try:
        site = load_site(path)
    except SiteFileError as error:
        return [Finding(what="site file", well=False, says=line) for line in str(error).split("\n")]
    findings = [_summary(site), *_doors(site), *_desks(site), *_listeners(site)]
    findings += [*_racks(site), *_sensors(site)]
    findings += _lines(site)
    findings += _profiles(site, path.resolve().parent)
    findings += [Finding(what=w, well=True, says=says) for w, says in looking.described(site)]
    findings += _secrets(site)
    if not offline:
        findings += _addresses(site)
        findings.append(_database(site))
    return findings


def _summary(site: Site) -> Finding:
    says = f"{site.site.name} ({site.site.id}), {len(site.rooms)} rooms, {site.site.timezone}"
    return Finding(what="site", well=True, says=says)


def _doors(site: Site) -> Iterator[Finding]:
    for door in site.doors:
        sides = ", ".join(f"antenna {a.port} looks {a.side}" for a in door.antennas)
        lamps = [name for name, output in door.lights if output is not None]
        says = f"{door.name} of {door.room}: {sides}; light stack: {', '.join(lamps) or 'none'}"
        says += f"; read by {door.reader.kind}"
        yield Finding(what=f"door {door.id}", well=True, says=says)


def _desks(site: Site) -> Iterator[Finding]:
    for desk in site.desks:
        says = f"{desk.name} in {desk.room}: tags are written here"
        says += f"; read by {desk.reader.kind}; locked where wanted: {', '.join(desk.locks)}"
        yield Finding(what=f"desk {desk.id}", well=True, says=says)
        if desk.access_password_file is not None:
            yield _password(desk)


def _password(desk: Desk) -> Finding:
    what = f"secret {desk_secret(desk.id)}"
    try:
        access_password(desk)
    except SiteFileError as error:
        return Finding(what=what, well=False, says=str(error))
    return Finding(what=what, well=True, says=f"{desk.access_password_file} can be read")


def _listeners(site: Site) -> Iterator[Finding]:
    for zone in site.zones:
        ports = ", ".join(str(port) for port in zone.antennas) or "all"
        says = f"{zone.name} in {zone.room}: antennas {ports}; read by {zone.reader.kind}"
        yield Finding(what=f"zone {zone.id}", well=True, says=says)
    for reader in site.shelf_readers:
        spots = ", ".join(f"antenna {a.port} covers {a.spot}" for a in reader.antennas)
        says = f"{reader.name} in {reader.room}: {spots}; read by {reader.reader.kind}"
        yield Finding(what=f"shelf reader {reader.id}", well=True, says=says)


def _racks(site: Site) -> Iterator[Finding]:
    for rack in site.racks:
        says = f"{rack.name} in {rack.room}: {rack.columns} columns, {rack.aisles} aisles"
        yield Finding(what=f"rack {rack.id}", well=True, says=says + _unwatched(rack.link))
    for machine in site.machines:
        sizes = ", ".join(f"{most} {name}" for name, most in machine.sizes)
        says = f"{machine.name} in {machine.room}: {sizes}{_unwatched(machine.link)}"
        yield Finding(what=f"{machine.kind} {machine.id}", well=True, says=says)


def _unwatched(link: Watched) -> str:
    return "; allowed to move without a watchdog" if link.allow_without_watchdog else ""


def _sensors(site: Site) -> Iterator[Finding]:
    for sensor in site.sensors:
        limits = ", ".join(f"{x.quantity} {x.side} {x.limit:g}" for x in sensor.limits)
        says = f"{sensor.name} in {sensor.room}, every {sensor.interval_s:g} s"
        says += f", limits: {limits or 'none'}"
        if sensor.calibration is not None:
            due = sensor.calibration.due
            says += f", calibrated {sensor.calibration.valid_from}, due {due or 'never'}"
        yield Finding(what=f"sensor {sensor.id}", well=True, says=says)


def _profiles(site: Site, beside: Path) -> Iterator[Finding]:
    for door in site.reading_places:
        name = profile_name(door.reader)
        yield _profile(door.id, name, partial(require_profile, door.reader, beside))
    for rack in site.racks:
        if not isinstance(rack.link, UdpRack):
            name = rack.link.profile
            load = partial(_moved, name, "mobile_shelving", beside, {"columns": rack.columns})
            yield _profile(rack.id, name, partial(load, rack.link))
    for machine in site.machines:
        name = machine_profile(machine)
        load = partial(_moved, name, machine.kind, beside, dict(machine.sizes))
        yield _profile(machine.id, name, partial(load, machine.link))
    for sensor in site.sensors:
        if isinstance(sensor.link, ModbusSensorLink):
            name = sensor.link.profile
            yield _profile(sensor.id, name, partial(_load, name, beside))


def _moved(name: str, kind: str, beside: Path, sizes: dict[str, int], link: Watched) -> None:
    profile = profile_of(name, kind, beside, sizes)
    if profile.watchdog is None and not link.allow_without_watchdog:
        raise ProfileError(
            f"{name}: has no watchdog, so nothing moves on our word; where people can see it "
            "move, write allow_without_watchdog = true in its link"
        )


def _load(name: str, beside: Path) -> None:
    load_profile(find_profile(name, beside))


def _profile(device: str, name: str, load: Callable[[], None]) -> Finding:
    try:
        load()
    except ProfileError as error:
        return Finding(what=f"profile of {device}", well=False, says=str(error))
    return Finding(what=f"profile of {device}", well=True, says=name)


def _secrets(site: Site) -> Iterator[Finding]:
    for name, path in _named_secrets(site):
        if path is None:
            continue
        try:
            read_secret(name, path)
        except SiteFileError as error:
            yield Finding(what=f"secret {name}", well=False, says=str(error))
        else:
            yield Finding(what=f"secret {name}", well=True, says=f"{path} can be read")


def _named_secrets(site: Site) -> Iterator[tuple[str, Path | None]]:
    yield "database-password", site.database.password_file
    if site.mqtt is not None:
        yield "mqtt-password", site.mqtt.password_file
    if site.trends is not None:
        yield "trends-token", site.trends.token_file
    yield from looking.secrets(site)
    for door in site.reading_places:
        if isinstance(door.reader, ReaderAccess):
            yield reader_secret(door.id), door.reader.password_file
        control = getattr(door.reader, "control", None)
        if isinstance(control, ReaderAccess):
            yield control_secret(door.id), control.password_file


def _addresses(site: Site) -> Iterator[Finding]:
    for door in site.reading_places:
        yield _reader(f"reader of {door.id}", door.reader)
    for rack in site.racks:
        if isinstance(rack.link, UdpRack):
            where = f"{rack.link.host}:{rack.link.port}"
            says = f"{where} is UDP: whether a bank is there is seen when the controller runs"
            yield Finding(what=f"rack {rack.id}", well=True, says=says)
    for device, url in _urls(site):
        yield _line(device, url)
    for sensor in site.sensors:
        if not isinstance(sensor.link, ModbusSensorLink):
            yield _knock(f"broker of {sensor.id}", sensor.link.host, sensor.link.port)
    servers = (("MQTT broker", site.mqtt), ("mail server", site.notifications.smtp))
    yield from (_knock(what, one.host, one.port) for what, one in servers if one is not None)


def _knock(what: str, host: str, port: int) -> Finding:
    try:
        socket.create_connection((host, port), KNOCK_S).close()
    except OSError as error:
        cure = "is it switched on, is the address right, is a firewall between?"
        return Finding(what=what, well=False, says=f"{host}:{port}: {error}; {cure}")
    return Finding(what=what, well=True, says=f"{host}:{port} accepts connections")


def _reader(what: str, reader: LlrpReader | SerialReader | JsonReader) -> Finding:
    match reader:
        case LlrpReader(listen=str() as address):
            return Finding(
                what=what, well=True, says=f"{reader.known_by} connects to us at {address}"
            )
        case LlrpReader():
            return _knock(what, reader.host, reader.tcp_port)
        case SerialReader():
            parts = urlsplit(reader.url)
            if parts.scheme:
                return _knock(what, parts.hostname or "", parts.port or 0)
            return _plugged(what, Path(reader.url))
        case HttpReader():
            parts = urlsplit(reader.url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            return _knock(what, parts.hostname or "", port)
        case _:
            return _knock(what, reader.host, reader.port)


def _lines(site: Site) -> Iterator[Finding]:
    """Every Modbus line once, with all who share it; wrong words or other settings are said."""
    known: dict[Line, list[str]] = {}
    for device, url in _urls(site):
        try:
            line = parse_line(url)
        except ValueError as error:
            yield Finding(what=f"line of {device}", well=False, says=str(error))
        else:
            known.setdefault(line, []).append(device)
    for line, devices in known.items():
        twins = [other for other in known if other != line and str(other) == str(line)]
        says = f"shared by {', '.join(devices)}"
        if twins:
            says += f"; {', '.join(known[twins[0]])} use it with other settings: make them equal"
        yield Finding(what=f"line {line}", well=not twins, says=says)


def _urls(site: Site) -> Iterator[tuple[str, str]]:
    """Whatever is on a Modbus line, with the line's URL."""
    for rack in site.racks:
        if not isinstance(rack.link, UdpRack):
            yield rack.id, rack.link.url
    for machine in site.machines:
        yield machine.id, machine.link.url
    for sensor in site.sensors:
        if isinstance(sensor.link, ModbusSensorLink):
            yield sensor.id, sensor.link.url


def _line(device: str, url: str) -> Finding:
    parts = urlsplit(url)
    if parts.scheme in ("tcp", "rtu+tcp"):
        return _knock(f"line of {device}", parts.hostname or "", parts.port or 502)
    return _plugged(f"line of {device}", Path(parts.path))


def _plugged(what: str, device: Path) -> Finding:
    if device.exists():
        return Finding(what=what, well=True, says=f"{device} exists")
    says = f"{device} does not exist; plug it in, or use its name under /dev/serial/by-id"
    return Finding(what=what, well=False, says=says)


def _database(site: Site) -> Finding:
    try:
        password = read_secret("database-password", site.database.password_file)
        engine = open_engine(site.database.url, password=password)
        with engine.connect():
            pass
        engine.dispose()
    except (StoreError, SiteFileError) as error:
        return Finding(what="database", well=False, says=str(error))
    return Finding(what="database", well=True, says="it opens")
