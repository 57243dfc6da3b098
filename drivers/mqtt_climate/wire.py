"""What MQTT sensors of four makes write into their messages: pure.

Zigbee2MQTT: zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages. Tasmota: tasmota.github.io/docs,
"MQTT". Shelly generations 2 and 3: shelly-api-docs.shelly.cloud, "Notifications". ESPHome:
esphome.io/components/mqtt.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from drivers.errors import Garbled

LARGEST_BYTES = 64 * 1024
"""More is no message of a sensor."""
DEEPEST = 16
_ONLINE = {"online": True, "offline": False, "true": True, "false": False}
ABSENT = object()


class Make(StrEnum):
    """How a sensor speaks."""

    ZIGBEE2MQTT = "zigbee2mqtt"
    TASMOTA = "tasmota"
    SHELLY = "shelly"
    ESPHOME = "esphome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one message says; ``None`` where it says nothing about it.

    A value the sensor calls invalid is ``nan``.
    """

    temperature_c: float | None = None
    relative_humidity_percent: float | None = None
    battery_percent: float | None = None
    online: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one sensor's messages are found and read."""

    readers: Mapping[str, Callable[[bytes], Said]]
    """By topic."""

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return tuple(self.readers)


def dialect(make: Make, topic: str, part: str = "") -> Dialect:
    """How to read the sensor at ``topic``, without the make's own endings.

    ``part`` says which sensor of several: Tasmota's name of it (``AM2301``), Shelly's number
    (0 when empty), ESPHome's object ids of temperature and humidity with a comma between
    (``temperature,humidity`` when empty).

    Raises:
        ValueError: a topic with wildcards, or a ``part`` that the make does not have.
    """
    if not topic or set(topic) & {"+", "#", "\0"}:
        raise ValueError(f"{topic!r} is not the topic of one sensor")
    return _DIALECTS[make](topic, part)


def _zigbee2mqtt(topic: str, part: str) -> Dialect:
    if part:
        raise ValueError("a Zigbee2MQTT device is one sensor; leave out which part")
    return Dialect(readers={topic: _zigbee_state, f"{topic}/availability": _availability})


def _tasmota(topic: str, part: str) -> Dialect:
    return Dialect(
        readers={
            f"{topic}/SENSOR": lambda payload: _tasmota_sensor(payload, part),
            f"{topic}/LWT": _availability,
        }
    )


def _shelly(topic: str, part: str) -> Dialect:
    number = part or "0"
    if not number.isdigit():
        raise ValueError(f"{part!r}: a Shelly's sensors are numbered from 0")
    return Dialect(
        readers={
            f"{topic}/events/rpc": lambda payload: _shelly_status(payload, number),
            f"{topic}/online": _availability,
        }
    )


def _esphome(topic: str, part: str) -> Dialect:
    names = (part or "temperature,humidity").split(",")
    if len(names) != 2 or not all(names):
        raise ValueError(f"{part!r}: name two ESPHome sensors, as in temperature,humidity")
    warm, damp = (f"{topic}/sensor/{name.strip()}/state" for name in names)
    return Dialect(
        readers={
            warm: lambda payload: Said(temperature_c=_plain_number(payload)),
            damp: lambda payload: Said(relative_humidity_percent=_plain_number(payload)),
            f"{topic}/status": _availability,
        }
    )


_DIALECTS = {
    Make.ZIGBEE2MQTT: _zigbee2mqtt,
    Make.TASMOTA: _tasmota,
    Make.SHELLY: _shelly,
    Make.ESPHOME: _esphome,
}


def _zigbee_state(payload: bytes) -> Said:
    state = _object(payload)
    return Said(
        temperature_c=_number(state, "temperature"),
        relative_humidity_percent=_number(state, "humidity"),
        battery_percent=_number(state, "battery"),
    )


def _tasmota_sensor(payload: bytes, part: str) -> Said:
    message = _object(payload)
    sensors = {
        name: value
        for name, value in message.items()
        if isinstance(value, dict) and {"Temperature", "Humidity"} & value.keys()
    }
    if part:
        sensors = {name: value for name, value in sensors.items() if name == part}
    if len(sensors) > 1:
        raise Garbled(
            f"several sensors, {', '.join(sorted(sensors))}: the site file must say which"
        )
    if not sensors:
        return Said()
    (sensor,) = sensors.values()
    temperature_c = _number(sensor, "Temperature")
    if temperature_c is not None and message.get("TempUnit") == "F":
        temperature_c = (temperature_c - 32) / 1.8
    return Said(temperature_c=temperature_c, relative_humidity_percent=_number(sensor, "Humidity"))


def _shelly_status(payload: bytes, number: str) -> Said:
    """NotifyStatus carries only what changed; NotifyFullStatus everything."""
    message = _object(payload)
    params = message.get("params")
    if message.get("method") not in ("NotifyStatus", "NotifyFullStatus"):
        return Said()
    if not isinstance(params, dict):
        raise Garbled("a status without params")
    battery = _part(_part(params, f"devicepower:{number}"), "battery")
    return Said(
        temperature_c=_number(_part(params, f"temperature:{number}"), "tC"),
        relative_humidity_percent=_number(_part(params, f"humidity:{number}"), "rh"),
        battery_percent=_number(battery, "percent"),
    )


def _part(params: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = params.get(name, {})
    if not isinstance(part, dict):
        raise Garbled(f"{name} is no object")
    return part


def _availability(payload: bytes) -> Said:
    """Plain words, or an object with ``state``, as newer Zigbee2MQTT writes it."""
    text = _text(payload).strip()
    if text.startswith("{"):
        text = str(_object(payload).get("state", ""))
    online = _ONLINE.get(text.lower())
    if online is None:
        raise Garbled(f"{text[:20]!r} is neither online nor offline")
    return Said(online=online)


def _plain_number(payload: bytes) -> float:
    text = _text(payload).strip()
    try:
        return float(text)
    except ValueError as error:
        raise Garbled(f"{text[:20]!r} is no number") from error


def _number(of: Mapping[str, Any], name: str) -> float | None:
    """``None`` where it is not said; ``nan`` where it is said to be nothing."""
    value = of.get(name, ABSENT)
    if value is ABSENT:
        return None
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Garbled(f"{name} is no number")
    return float(value)


def _object(payload: bytes) -> dict[str, Any]:
    text = _text(payload)
    if text.count("[") + text.count("{") > DEEPEST * 16:
        raise Garbled("nested too deep")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise Garbled("no JSON object")
    return message


def _text(payload: bytes) -> str:
    if len(payload) > LARGEST_BYTES:
        raise Garbled(f"{len(payload)} bytes: no message of a sensor")
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise Garbled("no UTF-8") from error
