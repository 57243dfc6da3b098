"""Builds the sensors of the site: what is known of each, and who listens to it."""

import ssl
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from controller import site_climate
from controller.config import Sensor, Site, SiteFileError, read_secret
from controller.domain.calibration import Calibration, CalibrationPoint
from controller.domain.plans import LimitPlan, SensorPlan
from controller.site_climate import ModbusSensorLink, MqttSensorLink
from drivers.climate.driver import SensorLine, SensorPoint
from drivers.modbus.bus import Bus
from drivers.modbus.buses import Buses
from drivers.mqtt_climate.driver import MqttSensor, MqttSensors
from drivers.mqtt_climate.wire import Dialect, Make, dialect
from drivers.observations import Clock
from drivers.profiles import Profile, find_profile, load_profile
from drivers.subscription import Broker

STALE_AFTER_INTERVALS = 3
STALE_AFTER_LEAST_S = 30.0


def sensor_plan(sensor: Sensor, site: Site) -> SensorPlan:
    """A sensor as the domain sees it."""
    return SensorPlan(
        id=sensor.id,
        room=sensor.room,
        rules=None if site.climate_rules is None else site.climate_rules.rules(),
        surface_sensor=sensor.surface_sensor or "",
        stale_after_s=max(STALE_AFTER_INTERVALS * sensor.interval_s, STALE_AFTER_LEAST_S),
        limits=tuple(LimitPlan(**limit.model_dump()) for limit in sensor.limits),
        calibration=_calibration(sensor),
    )


def _calibration(sensor: Sensor) -> Calibration | None:
    known = sensor.calibration
    if known is None:
        return None
    return Calibration(
        certificate=known.certificate,
        valid_from=known.valid_from,
        due=known.due,
        temperature_c=_points(known.temperature_c),
        relative_humidity_percent=_points(known.relative_humidity_percent),
    )


def _points(given: Iterable[site_climate.CalibrationPoint]) -> tuple[CalibrationPoint, ...]:
    return tuple(CalibrationPoint(**point.model_dump()) for point in given)


def sensor_devices(
    site: Site, beside: Path, buses: Buses, clock: Clock
) -> Iterator[SensorLine | MqttSensors]:
    """Everything that listens to sensors.

    Raises:
        ProfileError: a profile is missing or cannot be used.
        SiteFileError: a broker cannot be reached as the site file says, or a secret not be read.
    """
    yield from _lines(site, beside, buses, clock)
    yield from _brokers(site, clock)


def bus_at(device: str, url: str, profile: Profile, buses: Buses) -> Bus:
    """The bus at ``url``, shared by all that name it; raises ``SiteFileError``."""
    try:
        return buses.at(url, profile.link)
    except ValueError as error:
        raise SiteFileError(f"{device}: link.url: {error}") from error


def _lines(site: Site, beside: Path, buses: Buses, clock: Clock) -> Iterator[SensorLine]:
    """One line per URL: sensors that name the same line share it, and racks may share it, too."""
    lines: dict[str, list[SensorPoint]] = defaultdict(list)
    for sensor in site.sensors:
        if isinstance(sensor.link, ModbusSensorLink):
            lines[sensor.link.url].append(_point(sensor, sensor.link, beside))
    for number, (url, points) in enumerate(lines.items(), start=1):
        *_, bus = [bus_at(point.name, url, point.profile, buses) for point in points]
        yield SensorLine(name=f"sensor-line-{number}", bus=bus, sensors=points, clock=clock)


def _point(sensor: Sensor, link: ModbusSensorLink, beside: Path) -> SensorPoint:
    return SensorPoint(
        name=sensor.id,
        unit=link.unit,
        profile=load_profile(find_profile(link.profile, beside)),
        interval_s=sensor.interval_s,
    )


def _brokers(site: Site, clock: Clock) -> Iterator[MqttSensors]:
    """One connection per broker and login."""
    logins: dict[tuple[object, ...], list[tuple[Sensor, MqttSensorLink]]] = defaultdict(list)
    for sensor in site.sensors:
        if isinstance(link := sensor.link, MqttSensorLink):
            login = (link.host, link.port, link.username, link.password_file, link.ca_file)
            logins[*login, link.protocol].append((sensor, link))
    for number, sensors in enumerate(logins.values(), start=1):
        heard = [
            MqttSensor(name=sensor.id, dialect=_dialect(sensor, link), interval_s=sensor.interval_s)
            for sensor, link in sensors
        ]
        topics = tuple(topic for one in heard for topic in one.dialect.topics)
        broker = _broker(sensors[0][0].id, sensors[0][1], topics)
        yield MqttSensors(name=f"sensor-broker-{number}", broker=broker, sensors=heard, clock=clock)


def _dialect(sensor: Sensor, link: MqttSensorLink) -> Dialect:
    try:
        return dialect(Make(link.kind), link.topic, link.part)
    except ValueError as error:
        raise SiteFileError(f"sensor {sensor.id}: {error}") from error


def _broker(sensor: str, link: MqttSensorLink, topics: tuple[str, ...]) -> Broker:
    tls = None
    if link.ca_file is not None:
        try:
            tls = ssl.create_default_context(cafile=link.ca_file)
        except OSError as error:
            raise SiteFileError(f"sensor {sensor}: ca_file {link.ca_file}: {error}") from error
    return Broker(
        host=link.host,
        port=link.port,
        topics=topics,
        username=link.username,
        password=read_secret(f"{sensor}-password", link.password_file),
        protocol=link.protocol,
        tls=tls,
    )
