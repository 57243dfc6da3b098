"""Introduces the sensors to Home Assistant: device-based MQTT discovery, retained.

home-assistant.io/integrations/mqtt, "Device discovery payload" and "Availability". A value older
than three intervals is shown as unavailable, and so is everything while the controller is away.
"""

from collections.abc import Iterator
from importlib.metadata import version

from controller.config import Sensor, Site
from controller.messages import daemon_topic, device_topic, json_bytes
from controller.publications import MQTT
from controller.store.ledger import OutgoingMessage

EXPIRES_AFTER_INTERVALS = 3
_STATE = "{{ value_json.state }}"
_QUANTITIES = (
    ("temperature", "temperature_c", "temperature", "°C", 1),
    ("humidity", "humidity_pct", "humidity", "%", 0),
)
"""Component, member of the reading, device class, unit, digits shown."""


def introductions(site: Site, *, prefix: str, daemon: str) -> Iterator[OutgoingMessage]:
    """One message per sensor; publishing it again changes nothing there."""
    rooms = {room.id: room.name for room in site.rooms}
    for sensor in site.sensors:
        topic = f"{prefix}/device/{site.site.id}-{sensor.id}/config"
        payload = json_bytes(_introduction(site, sensor, rooms[sensor.room], daemon))
        yield OutgoingMessage(MQTT, topic, payload, retain=True)


def _introduction(site: Site, sensor: Sensor, room: str, daemon: str) -> dict[str, object]:
    own = f"{site.site.id}-{sensor.id}"
    return {
        "device": {"identifiers": [own], "name": sensor.name, "suggested_area": room},
        "origin": {"name": "smart-repository", "sw_version": version("smart-repository")},
        "state_topic": device_topic(site.site.id, sensor.room, sensor.id, "state"),
        "availability_mode": "all",
        "availability": [
            {"topic": daemon_topic(site.site.id, daemon), "value_template": _STATE},
            {
                "topic": device_topic(site.site.id, sensor.room, sensor.id, "status"),
                "value_template": _STATE,
            },
        ],
        "components": {
            component: {
                "platform": "sensor",
                "unique_id": f"{own}-{component}",
                "device_class": device_class,
                "state_class": "measurement",
                "unit_of_measurement": unit,
                "suggested_display_precision": digits,
                "value_template": f"{{{{ value_json.m.{member} }}}}",
                "expire_after": round(EXPIRES_AFTER_INTERVALS * sensor.interval_s),
            }
            for component, member, device_class, unit, digits in _QUANTITIES
        },
    }
