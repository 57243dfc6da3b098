"""The demo's MQTT broker: Mosquitto as a child where it is installed, else amqtt.

amqtt speaks MQTT 3.1.1 only and forgets unacknowledged messages: a tap to look at, never a store.
"""

import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 100
max_queued_messages 5000
persistence true
persistence_location {folder}/
"""

AMQTT = """\
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A broker ready to be started."""

    name: str
    protocol: str
    """The newest MQTT version it speaks, as the site file writes it."""
    command: tuple[str, ...]


class Choice(StrEnum):
    """Which broker to start."""

    AUTO = "auto"
    """Mosquitto where it is installed, else amqtt."""
    MOSQUITTO = "mosquitto"
    AMQTT = "amqtt"


def broker(folder: Path, port: int, choice: Choice = Choice.AUTO) -> Broker:
    """The broker that is wanted and there, configured to listen on loopback at ``port``.

    Raises:
        FileNotFoundError: Mosquitto is wanted and not installed.
    """
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if mosquitto is None and choice is Choice.MOSQUITTO:
        raise FileNotFoundError(
            "mosquitto is not installed; apt install mosquitto, or leave it out"
        )
    if mosquitto is not None and choice is not Choice.AMQTT:
        config = folder / "mosquitto.conf"
        config.write_text(MOSQUITTO.format(port=port, folder=folder))
        return Broker(name="Mosquitto", protocol="5", command=(mosquitto, "-c", str(config)))
    config = folder / "amqtt.yaml"
    config.write_text(AMQTT.format(port=port))
    amqtt = (sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(config))
    return Broker(name="amqtt", protocol="3.1.1", command=amqtt)
