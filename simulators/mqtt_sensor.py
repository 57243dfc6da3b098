"""A temperature and humidity sensor that is not there, publishing as one of four makes does."""

import json
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from drivers.mqtt_climate.wire import Make

PUBLISH_WITHIN_S = 10.0
KEEPALIVE_S = 60
BORN = datetime(2026, 3, 2, tzinfo=UTC)

_STATUS = {
    Make.ZIGBEE2MQTT: ("availability", '{"state":"online"}', '{"state":"offline"}'),
    Make.TASMOTA: ("LWT", "Online", "Offline"),
    Make.SHELLY: ("online", "true", "false"),
    Make.ESPHOME: ("status", "online", "offline"),
}


class SimulatedMqttSensor:
    """Connects when made; its last will is the broker's to say."""

    def __init__(self, make: Make, *, port: int, topic: str, fahrenheit: bool = False) -> None:
        """``fahrenheit``: as a Tasmota device may be set."""
        self._make = make
        self._topic = topic
        self._fahrenheit = fahrenheit
        ending, self._online, offline = _STATUS[make]
        self._status = f"{topic}/{ending}"
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.will_set(self._status, offline, qos=1, retain=True)
        self._client.connect("127.0.0.1", port, KEEPALIVE_S)
        self._client.loop_start()
        self._publish(self._status, self._online, retain=True)

    def measure(self, temperature_c: float | None, relative_humidity_percent: float | None) -> None:
        """Say what it measured; ``None``: as its make says that it could not."""
        match self._make:
            case Make.ZIGBEE2MQTT:
                self._object(
                    self._topic,
                    temperature=temperature_c,
                    humidity=relative_humidity_percent,
                    battery=97,
                    linkquality=120,
                )
            case Make.TASMOTA:
                self._tasmota(temperature_c, relative_humidity_percent)
            case Make.SHELLY:
                self._shelly(temperature_c, relative_humidity_percent)
            case Make.ESPHOME:
                self._plain("temperature", temperature_c)
                self._plain("humidity", relative_humidity_percent)

    def say(self, ending: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish anything below its topic; the topic itself with an empty ending."""
        topic = f"{self._topic}/{ending}" if ending else self._topic
        self._publish(topic, payload, retain=retain)

    def die(self) -> None:
        """Lose power: the broker says its last will."""
        wire = self._client.socket()
        self._client.loop_stop()
        if wire is not None:
            wire.close()

    def close(self) -> None:
        """Go without a word."""
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _tasmota(self, temperature_c: float | None, humidity: float | None) -> None:
        warmth = temperature_c
        if warmth is not None and self._fahrenheit:
            warmth = warmth * 1.8 + 32
        self._object(
            f"{self._topic}/SENSOR",
            Time=f"{BORN:%Y-%m-%dT%H:%M:%S}",
            AM2301={"Temperature": warmth, "Humidity": humidity},
            TempUnit="F" if self._fahrenheit else "C",
        )

    def _shelly(self, temperature_c: float | None, humidity: float | None) -> None:
        self._object(
            f"{self._topic}/events/rpc",
            src=self._topic,
            method="NotifyFullStatus",
            params={
                "ts": BORN.timestamp(),
                "temperature:0": {"id": 0, "tC": temperature_c, "tF": None},
                "humidity:0": {"id": 0, "rh": humidity},
                "devicepower:0": {"id": 0, "battery": {"V": 5.8, "percent": 88}},
            },
        )

    def _plain(self, name: str, value: float | None) -> None:
        text = "nan" if value is None else f"{value:.2f}"
        self._publish(f"{self._topic}/sensor/{name}/state", text)

    def _object(self, topic: str, **fields: object) -> None:
        self._publish(topic, json.dumps(fields))

    def _publish(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        sent.wait_for_publish(PUBLISH_WITHIN_S)
