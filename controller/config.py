"""The site file: one TOML, read once, frozen, unknown keys refused with their path.

It says what stands where and how to reach it. It holds no secret: passwords and tokens are
named by file, or by the systemd credential of that name.
"""

import os
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError, model_validator

from controller.domain.model import Priority, Side
from controller.domain.preservation.limits import PRESETS
from controller.site_alarms import AlarmSettings, ClimateRuleSettings, check_alarms
from controller.site_catalogues import Catalogue, KeyFields
from controller.site_climate import Calibration, SensorLink
from controller.site_lending import LendingSettings
from controller.site_notifications import Notifications
from controller.site_parts import Id, Part, Placed, Port, Seconds
from controller.site_presence import PresenceSettings, ShelfReader, Zone, check_shelves
from controller.site_racks import Machine as Machine
from controller.site_racks import Queues
from controller.site_racks import Rack as Rack
from controller.site_readers import DeskReader, Reader, check_callers
from controller.site_reconciling import Reconciliation
from controller.site_recordings import Recordings
from controller.site_reports import Reports
from controller.site_shelving import Airing, Places

TagScheme = Literal[
    "gdti-96", "gdti-174", "giai-96", "giai-202", "grai-96", "sgtin-96", "iso-28560-4"
]
LockedField = Literal["epc", "user", "access-password", "kill-password"]


def _known_preset(name: str) -> str:
    if name not in {preset.name for preset in PRESETS}:
        known = ", ".join(preset.name for preset in PRESETS)
        raise ValueError(f"preset {name!r} is not known; there are {known}")
    return name


PresetName = Annotated[str, AfterValidator(_known_preset)]


class SiteFileError(Exception):
    """A site file that cannot be used: what, where, and what to do."""


class Fonds(Part):
    """One fonds 全宗 kept here."""

    code: str
    name: str


class Room(Part):
    """One closed stack room."""

    id: Id
    name: str
    preset: PresetName = "jgj25-paper"
    """The limits its climate is judged by in reports."""
    airing: Airing | None = None


class Antenna(Part):
    """One port of a portal reader and the side of the door it looks at."""

    port: Annotated[int, Field(ge=1, le=255)]
    side: Side


class LightStack(Part):
    """Which outputs of the reader switch which lamp."""

    green: int | None = None
    amber: int | None = None
    red: int | None = None
    buzzer: int | None = None


class Tuning(Part):
    """Bias and scale of "it went through"; what ``tune-door`` has written goes before it."""

    bias: Annotated[float, Field(ge=-2, le=2)] = 0.0
    scale: Annotated[float, Field(ge=0.5, le=1.5)] = 1.0


class Door(Placed):
    """A doorway with a portal reader; its room is the one on its inside."""

    reader: Reader
    antennas: Annotated[tuple[Antenna, ...], Field(min_length=2)]
    beams: tuple[Annotated[int, Field(ge=1, le=255)], ...] = ()
    """Inputs of the reader that are light beams across the doorway."""
    tuning: Tuning = Tuning()
    lights: LightStack = LightStack()

    @model_validator(mode="after")
    def _both_sides(self) -> Self:
        ports = [antenna.port for antenna in self.antennas]
        if len(set(ports)) != len(ports):
            raise ValueError("an antenna port is named twice")
        if {antenna.side for antenna in self.antennas} != {Side.INSIDE, Side.OUTSIDE}:
            raise ValueError("a door needs at least one antenna on each side to tell in from out")
        return self


class Desk(Placed):
    """A desk where staff give tags their numbers, one at a time."""

    reader: DeskReader
    locks: Annotated[tuple[LockedField, ...], Field(min_length=1)] = ("epc",)
    """What is locked where a person wants it locked; the TID never, its maker has done that."""
    access_password_file: Path | None = None
    """Eight hexadecimal digits: the password that tags get before they are locked."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.locks)) != len(self.locks):
            raise ValueError("locks names a field twice")
        return self


class Limit(Part):
    """One alarm limit. The limit itself is still a good value; the deadband lies inside it."""

    quantity: Literal["temperature_c", "relative_humidity_percent"]
    side: Literal["high", "low"]
    limit: float
    deadband: Annotated[float, Field(ge=0)] = 0.0
    on_delay_s: Annotated[float, Field(ge=0)] = 0.0
    off_delay_s: Annotated[float, Field(ge=0)] = 0.0
    priority: Priority = Priority.MEDIUM


class Sensor(Placed):
    """One temperature and humidity sensor."""

    interval_s: Seconds = 60.0
    link: SensorLink
    limits: tuple[Limit, ...] = ()
    calibration: Calibration | None = None
    surface_sensor: Id | None = None
    """The sensor on the coldest surface in the same air: how close that is to condensation."""


class Database(Part):
    """Where the store lies: ``sqlite:///relative``, ``sqlite:////absolute`` or PostgreSQL."""

    url: str
    password_file: Path | None = None
    """For PostgreSQL; put into the URL's empty password."""


class Mqtt(Part):
    """The broker everything is published to. Absent from the site file: nothing is published."""

    host: str
    port: Port = 1883
    protocol: Literal["5", "3.1.1"] = "5"
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    """Given: TLS, verified against this authority."""
    client_cert_file: Path | None = None
    client_key_file: Path | None = None
    watermark_consumers: tuple[Id, ...] = ()
    """Consumers that must lose nothing: events stay queued until each has committed them."""
    home_assistant: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    """Home Assistant's discovery prefix, usually ``homeassistant``; absent: it learns nothing."""


class Trends(Part):
    """An InfluxDB v2 write API. Absent: readings stay in the local database only."""

    url: str
    org: str
    bucket: str
    token_file: Path | None = None
    most_rows: Annotated[int, Field(ge=1000)] = 5_000_000
    """Points that may wait while the server is away: a week of 500 sensors, 0.9 GB. At 80 % there
    is an alarm; beyond the limit, and only after the alarm, the oldest are let go."""


class Api(Part):
    """Where the API listens and how it is reached."""

    host: str = "127.0.0.1"
    port: Port = 8000
    https: bool = False
    """True when people reach it over TLS: cookies then carry ``Secure`` and the host prefix."""


class Users(Part):
    """Where accounts come from. The database is filled by ``python -m api users add``."""

    source: Literal["database"] = "database"


class About(Part):
    """Which site this is. Every row, topic and event carries the id."""

    id: Id
    name: str
    language: Literal["zh-CN", "en"] = "zh-CN"
    timezone: str = "Asia/Shanghai"
    tag_schemes: tuple[TagScheme, ...] = ()
    """How numbers in tags are coded here; empty: whatever says by itself what it is."""

    @model_validator(mode="after")
    def _known_zone(self) -> Self:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"timezone {self.timezone!r} is not known here") from error
        return self


class Site(Part):
    """Everything one controller is in charge of."""

    site: About
    database: Database
    mqtt: Mqtt | None = None
    trends: Trends | None = None
    api: Api = Api()
    users: Users = Users()
    recordings: Recordings = Recordings()
    reconciliation: Reconciliation = Reconciliation()
    reports: Reports = Reports()
    notifications: Notifications = Notifications()
    fonds: tuple[Fonds, ...] = ()
    catalogues: tuple[Catalogue, ...] = ()
    key_fields: KeyFields = KeyFields()
    rooms: Annotated[tuple[Room, ...], Field(min_length=1)]
    doors: tuple[Door, ...] = ()
    desks: tuple[Desk, ...] = ()
    zones: tuple[Zone, ...] = ()
    shelf_readers: tuple[ShelfReader, ...] = ()
    presence: PresenceSettings = PresenceSettings()
    racks: tuple[Rack, ...] = ()
    machines: tuple[Machine, ...] = ()
    queues: Queues = Queues()
    places: Places = Places()
    lending: LendingSettings = LendingSettings()
    sensors: tuple[Sensor, ...] = ()
    climate_rules: ClimateRuleSettings | None = None
    alarms: AlarmSettings = AlarmSettings()

    @property
    def reading_places(self) -> tuple[Door | Desk | Zone | ShelfReader, ...]:
        """Whatever has a reader."""
        return (*self.doors, *self.desks, *self.zones, *self.shelf_readers)

    @property
    def placed(self) -> tuple[Placed, ...]:
        """Everything that stands in a room and has an id."""
        return (*self.reading_places, *self.racks, *self.machines, *self.sensors)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        devices = [part.id for part in self.placed]
        for what, ids in (
            ("room", [r.id for r in self.rooms]),
            ("device", devices),
            ("catalogue", [c.id for c in self.catalogues]),
        ):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"{what} id {twice[0]!r} is used twice")
        check_callers(place.reader for place in self.reading_places)
        rooms = {room.id for room in self.rooms}
        self.notifications.check_rooms(rooms)
        check_shelves(self.shelf_readers, {rack.id: rack.room for rack in self.racks})
        for part in self.placed:
            if part.room not in rooms:
                raise ValueError(f"{part.id!r} stands in room {part.room!r}, which is not listed")
        self._check_climate(rooms)
        return self

    def _check_climate(self, rooms: Collection[str]) -> None:
        sensors = {sensor.id for sensor in self.sensors}
        check_alarms(self.alarms, rooms, sensors, {place.id for place in self.reading_places})
        for sensor in self.sensors:
            if sensor.surface_sensor not in {None, *sensors} - {sensor.id}:
                raise ValueError(
                    f"{sensor.id!r} names surface_sensor {sensor.surface_sensor!r}, "
                    "which is no other sensor"
                )


def load_site(path: Path) -> Site:
    """The site file at ``path``, checked.

    Raises:
        SiteFileError: unreadable, not TOML, or not a site: one line per fault, with its path.
    """
    document = read_toml(path)
    try:
        return Site.model_validate(document)
    except ValidationError as error:
        raise SiteFileError(fault_lines(path, error)) from error


def read_toml(path: Path) -> dict[str, Any]:
    """The TOML document at ``path``.

    Raises:
        SiteFileError: unreadable, or not TOML: says where.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SiteFileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SiteFileError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SiteFileError(f"{path}: not TOML: {error}") from error


def fault_lines(path: Path, error: ValidationError) -> str:
    """One line for every fault, with the path of its key."""
    return "\n".join(_fault(path, fault) for fault in error.errors())


def _fault(path: Path, fault: object) -> str:
    assert isinstance(fault, dict)  # noqa: S101 -- narrows pydantic's TypedDict
    where = ".".join(str(step) for step in fault["loc"]) or "(whole file)"
    if fault["type"] == "extra_forbidden":
        return f"{path}: {where}: this key is not known; remove it or correct its spelling"
    return f"{path}: {where}: {fault['msg']}"


def read_secret(name: str, path: Path | None) -> str | None:
    """The secret in ``path``, or in the systemd credential ``name``; ``None`` without either.

    Raises:
        SiteFileError: the file is named but cannot be read.
    """
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if path is None and directory is not None and (Path(directory) / name).is_file():
        path = Path(directory) / name
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SiteFileError(f"{path}: the secret cannot be read: {error.strerror}") from error
