"""A store with events in it, a publisher that drains it, and somebody who listens."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from sqlalchemy import Engine

from controller.config import Mqtt, Site
from controller.domain.decision import Decision
from controller.domain.events import DeviceFailed, Event, PassageDetected
from controller.domain.model import Direction
from controller.publications import Publications
from controller.publisher import MqttPublisher
from controller.store.database import open_engine, upgrade
from controller.store.ledger import Ledger, Recorded
from drivers.observations import ClimateReading, Moment, Quality
from tests.services import eventually

BEGAN = datetime(2025, 3, 1, 8, tzinfo=UTC)
EVENTS = "repo/v1/test/events/#"


def site(**parts: Any) -> Site:
    """A site with one of everything in one room."""
    room = {"room": "room-1", "name": "n"}
    reader = {"kind": "llrp", "host": "127.0.0.1"}
    antennas = [{"port": 1, "side": "inside"}, {"port": 2, "side": "outside"}]
    rack_link = {"kind": "modbus-tcp", "host": "127.0.0.1"}
    sensor_link = {"kind": "modbus", "url": "tcp://127.0.0.1:502"}
    document = {
        "site": {"id": "test", "name": "Test"},
        "database": {"url": "sqlite:///unused.db"},
        "rooms": [{"id": "room-1", "name": "Room 1"}],
        "doors": [{"id": "door-north", **room, "reader": reader, "antennas": antennas}],
        "racks": [{"id": "rack-a", **room, "columns": 8, "link": rack_link}],
        "sensors": [{"id": "th-01", **room, "interval_s": 60, "link": sensor_link}],
    }
    return Site.model_validate(document | parts)


def mqtt(port: int, **more: Any) -> Mqtt:
    """A broker on this machine."""
    return Mqtt(host="127.0.0.1", port=port, **more)


def lost(device: str) -> DeviceFailed:
    """A device stopped answering."""
    return DeviceFailed(at=BEGAN, device=device, reason="no answer")


def passage(number: int) -> PassageDetected:
    """The ``number``-th of many passages."""
    return PassageDetected(
        at=BEGAN + timedelta(milliseconds=number),
        passage_id=f"p-{number}",
        door="door-north",
        epc=f"{number:024X}",
        holding_id=None,
        direction=Direction.OUT,
        place="outside",
        confidence=0.9,
        evidence={},
    )


def reading(number: int, temperature_c: float | None = 20.5) -> ClimateReading:
    """The ``number``-th reading of the one sensor."""
    return ClimateReading(
        at=Moment(utc=BEGAN + timedelta(seconds=number), monotonic_s=float(number)),
        sensor="th-01",
        temperature_c=temperature_c,
        relative_humidity_percent=51.0,
        quality=Quality.GOOD,
        fault="",
    )


class Store:
    """A fresh store and its one writer."""

    def __init__(self, folder: Path, of: Site) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = open_engine(f"sqlite:///{folder / 'store.db'}")
        upgrade(self.engine)
        self.publications = Publications(of)
        self._ledger = Ledger(
            self.engine, source=f"{of.site.id}/controller", compose=self.publications
        )

    def commit(
        self, events: Sequence[Event] = (), readings: Sequence[ClimateReading] = ()
    ) -> list[Recorded]:
        self._ledger.add(Decision(events=tuple(events), readings=tuple(readings)))
        return self._ledger.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ledger.close()
        self.engine.dispose()


@contextmanager
def running(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run a service in its thread; fails when it dies."""
    stop = threading.Event()
    died: list[BaseException] = []

    def guarded() -> None:
        try:
            work(stop)
        except BaseException as error:  # noqa: BLE001 -- told to the test below
            died.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert not died, died


def publisher(engine: Engine, broker: Mqtt, **more: Any) -> MqttPublisher:
    """The publisher of the test site."""
    return MqttPublisher(
        engine=engine, mqtt=broker, site_id="test", password=None, writer="test/controller", **more
    )


class Listener:
    """A subscriber of its own: MQTT 5, a session that outlives connections, order kept.

    With ``consumer``, it takes each event once and publishes its committed watermark, as
    something that must lose nothing does.
    """

    def __init__(self, port: int, *topics: str, consumer: str = "") -> None:
        self.messages: list[MQTTMessage] = []
        self.taken: dict[int, str] = {}
        """For a consumer: seq to event id, in the order of arrival."""
        self._port = port
        self._topics = topics
        self._consumer = consumer
        self._subscribed = threading.Event()
        name = f"listener-{consumer}"
        self.client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
        self.client.reconnect_delay_set(0.05, 0.2)  # type: ignore[arg-type]
        self.client.on_connect = self._connected
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_message = self._arrived

    def __enter__(self) -> Self:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 3600
        properties.ReceiveMaximum = 1000
        self.client.connect("127.0.0.1", self._port, 30, clean_start=False, properties=properties)
        self.client.loop_start()
        assert self._subscribed.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _p: object
    ) -> None:
        if not reason.is_failure:
            client.subscribe([(topic, 1) for topic in self._topics])

    def _arrived(self, client: Client, _: object, message: MQTTMessage) -> None:
        self.messages.append(message)
        if self._consumer:
            event = json.loads(message.payload)
            self.taken.setdefault(event["seq"], event["id"])
            committed = 0
            while committed + 1 in self.taken:
                committed += 1
            watermark = json.dumps({"epoch": event["epoch"], "seq": committed})
            client.publish(f"repo/v1/test/ack/{self._consumer}", watermark, qos=1, retain=True)

    def seqs(self) -> list[int]:
        """The journal numbers of the events, in the order of arrival."""
        return [json.loads(m.payload)["seq"] for m in list(self.messages) if "/events/" in m.topic]

    def wait_for(self, count: int, within_s: float = 15.0) -> list[MQTTMessage]:
        """At least so many messages."""
        return eventually(lambda: list(self.messages), lambda got: len(got) >= count, within_s)
