"""The driver of MQTT sensors at a real broker, with every make."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.commands import Command
from drivers.mqtt_climate.driver import MqttSensor, MqttSensors
from drivers.mqtt_climate.wire import Make, dialect
from drivers.observations import ClimateReading, Quality
from drivers.subscription import Broker
from simulators.mqtt_sensor import SimulatedMqttSensor
from tests.drivers.rig import Rig, clock, running
from tests.services import eventually, free_port, mosquitto

BASES = {
    Make.ZIGBEE2MQTT: "zigbee2mqtt/store",
    Make.TASMOTA: "tele/store",
    Make.SHELLY: "shellyhtg3-0001",
    Make.ESPHOME: "store-node",
}


@pytest.fixture(scope="module")
def broker_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with mosquitto(tmp_path_factory.mktemp("broker"), port):
        yield port


@pytest.fixture
def base(tmp_path: Path) -> str:
    """A topic of this test's own: the broker keeps what was retained."""
    return tmp_path.name


class Heard(MqttSensors):
    """Sensors in the rig that other drivers share, which are told to do something."""

    def submit(self, command: Command) -> None:
        raise AssertionError(f"a sensor is told {command}")


def driver(port: int, *sensors: MqttSensor) -> Heard:
    topics = tuple(topic for sensor in sensors for topic in sensor.dialect.topics)
    broker = Broker(
        host="127.0.0.1",
        port=port,
        topics=topics,
        username=None,
        password=None,
        protocol="5",
        tls=None,
    )
    return Heard(name="broker-1", broker=broker, sensors=sensors, clock=clock)


def sensor(make: Make, topic: str, *, interval_s: float = 3600, name: str = "th-01") -> MqttSensor:
    return MqttSensor(name=name, dialect=dialect(make, topic), interval_s=interval_s)


def readings(rig: Rig) -> list[ClimateReading]:
    return [said for said in list(rig.said) if isinstance(said, ClimateReading)]


def values(rig: Rig) -> list[tuple[float | None, float | None]]:
    return [(one.temperature_c, one.relative_humidity_percent) for one in readings(rig)]


@pytest.mark.parametrize("make", list(Make))
def test_every_make_measures_dies_and_comes_back(make: Make, broker_port: int, base: str) -> None:
    topic = f"{base}/{BASES[make]}"
    with running(driver(broker_port, sensor(make, topic))) as rig:
        with SimulatedMqttSensor(make, port=broker_port, topic=topic) as device:
            rig.await_health("back")
            device.measure(19.5, 51.25)
            eventually(lambda: values(rig), lambda got: got == [(19.5, 51.25)])
            assert readings(rig)[0].quality is Quality.GOOD
            device.die()
            rig.await_health("back", "lost")
        with SimulatedMqttSensor(make, port=broker_port, topic=topic) as device:
            rig.await_health("back", "lost", "back")
            device.measure(20.5, 50.0)
            eventually(lambda: values(rig), lambda got: got[1:] == [(20.5, 50.0)])


@pytest.mark.parametrize("make", list(Make))
def test_what_could_not_be_measured_is_no_number(make: Make, broker_port: int, base: str) -> None:
    topic = f"{base}/{BASES[make]}"
    with (
        running(driver(broker_port, sensor(make, topic))) as rig,
        SimulatedMqttSensor(make, port=broker_port, topic=topic) as device,
    ):
        rig.await_health("back")
        device.measure(None, 51.0)
        eventually(lambda: values(rig), lambda got: got == [(None, 51.0)])
        assert (readings(rig)[0].quality, readings(rig)[0].fault) == (Quality.BAD, "invalid")


def test_fahrenheit_is_understood(broker_port: int, base: str) -> None:
    topic = f"{base}/tele/store"
    with (
        running(driver(broker_port, sensor(Make.TASMOTA, topic))) as rig,
        SimulatedMqttSensor(Make.TASMOTA, port=broker_port, topic=topic, fahrenheit=True) as device,
    ):
        rig.await_health("back")
        device.measure(20.0, 50.0)
        eventually(lambda: values(rig), lambda got: len(got) == 1)
        assert readings(rig)[0].temperature_c == pytest.approx(20.0)


def test_half_a_measurement_is_completed_by_what_was_said_before(
    broker_port: int, base: str
) -> None:
    topic = f"{base}/shelly"
    status = {"method": "NotifyStatus", "params": {"humidity:0": {"id": 0, "rh": 60.5}}}
    with (
        running(driver(broker_port, sensor(Make.SHELLY, topic))) as rig,
        SimulatedMqttSensor(Make.SHELLY, port=broker_port, topic=topic) as device,
    ):
        rig.await_health("back")
        device.measure(19.0, 50.0)
        device.say("events/rpc", json.dumps(status).encode())
        eventually(lambda: values(rig), lambda got: got == [(19.0, 50.0), (19.0, 60.5)])


def test_what_the_broker_kept_from_earlier_is_no_reading(broker_port: int, base: str) -> None:
    topic = f"{base}/zigbee2mqtt/store"
    with SimulatedMqttSensor(Make.ZIGBEE2MQTT, port=broker_port, topic=topic) as device:
        device.say("", b'{"temperature":40,"humidity":90}', retain=True)
        with running(driver(broker_port, sensor(Make.ZIGBEE2MQTT, topic))) as rig:
            rig.await_count("retained", 1)
            device.measure(19.0, 50.0)
            eventually(lambda: values(rig), lambda got: got == [(19.0, 50.0)])


def test_nonsense_is_counted_and_the_next_word_is_heard(broker_port: int, base: str) -> None:
    topic = f"{base}/zigbee2mqtt/store"
    with (
        running(driver(broker_port, sensor(Make.ZIGBEE2MQTT, topic))) as rig,
        SimulatedMqttSensor(Make.ZIGBEE2MQTT, port=broker_port, topic=topic) as device,
    ):
        rig.await_health("back")
        for nonsense in (
            b"\xff\xfe",
            b"[1]",
            b'{"temperature":"warm"}',
            b"{" * 5000,
            b"x" * 60_000,
        ):
            device.say("", nonsense)
        rig.await_count("bad_messages", 5)
        device.measure(19.0, 50.0)
        eventually(lambda: values(rig), lambda got: got == [(19.0, 50.0)])


def test_a_value_no_room_has_is_a_quality(broker_port: int, base: str) -> None:
    topic = f"{base}/zigbee2mqtt/store"
    with (
        running(driver(broker_port, sensor(Make.ZIGBEE2MQTT, topic))) as rig,
        SimulatedMqttSensor(Make.ZIGBEE2MQTT, port=broker_port, topic=topic) as device,
    ):
        rig.await_health("back")
        device.measure(215.0, 50.0)
        eventually(lambda: values(rig), lambda got: got == [(None, 50.0)])
        assert readings(rig)[0].fault == "out_of_range"


def test_sensors_at_one_broker_are_told_apart_and_lost_with_it(tmp_path: Path) -> None:
    port = free_port()
    names = ("th-01", "th-02")
    with running(
        driver(port, *(sensor(Make.TASMOTA, f"tele/{name}", name=name) for name in names))
    ) as rig:
        with mosquitto(tmp_path, port):
            devices = [
                SimulatedMqttSensor(Make.TASMOTA, port=port, topic=f"tele/{name}") for name in names
            ]
            eventually(lambda: rig.health.count("back"), lambda count: count == 2)
            devices[1].measure(21.0, 40.0)
            eventually(lambda: [one.sensor for one in readings(rig)], lambda got: got == ["th-02"])
            for device in devices:
                device.close()
        eventually(lambda: rig.health[-2:], lambda health: health == ["lost", "lost"])
