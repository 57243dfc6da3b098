"""An independent MQTT subscriber: what the outside world was told during the demo."""

import json
import threading
from collections import Counter
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion


class Tap:
    """Counts and keeps what is published below one site's topic."""

    def __init__(self, host: str, port: int, protocol: str, topic: str) -> None:
        version = MQTTProtocolVersion.MQTTv5 if protocol == "5" else MQTTProtocolVersion.MQTTv311
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=version)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.on_message = self._heard
        self._lock = threading.Lock()
        self.kinds: Counter[str] = Counter()
        """Messages by the fourth level of their topic and what follows for events."""
        self.event_ids: list[str] = []
        self._client.connect_async(host, port)
        self._client.loop_start()

    @property
    def received(self) -> int:
        """How many messages in all."""
        with self._lock:
            return sum(self.kinds.values())

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()

    def _heard(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        levels = message.topic.split("/")
        with self._lock:
            if levels[3:4] == ["events"]:
                self.kinds[f"events/{levels[4]}"] += 1
                self.event_ids.append(str(json.loads(message.payload)["id"]))
            else:
                self.kinds[next((x for x in levels[4:] if x in KINDS), levels[3])] += 1


KINDS = frozenset({"telemetry", "state", "status", "alarm"})
