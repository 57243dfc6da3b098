"""What only readers behind an MQTT broker do."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.json_reader.driver import MqttJsonReader
from drivers.json_reader.profile import JsonReaderProfile
from drivers.subscription import Protocol
from simulators.json_publisher import SimulatedPublisher
from simulators.json_reader import YEAR_2000
from tests.drivers.json_reader.rig import NAME
from tests.drivers.rig import clock, running
from tests.services import eventually, free_port, mosquitto, require_program

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "2C14257BF42EF800000004D2"
QUIET = JsonReaderProfile(format="zebra")


def driver(
    port: int,
    topic: str = "door/north",
    protocol: Protocol = "5",
    username: str | None = None,
    password: str | None = None,
) -> MqttJsonReader:
    return MqttJsonReader(
        name=NAME,
        host="127.0.0.1",
        port=port,
        topic=topic,
        profile=QUIET,
        clock=clock,
        username=username,
        password=password,
        protocol=protocol,
    )


def publisher(port: int, topic: str = "door/north") -> SimulatedPublisher:
    return SimulatedPublisher("zebra", port=port, topic=topic, clock_start=YEAR_2000)


def test_without_a_promise_of_signs_of_life_the_brokers_word_is_enough(broker_port: int) -> None:
    with running(driver(broker_port)) as rig:
        rig.await_health("back")


def test_reads_the_broker_had_kept_are_of_another_time_and_dropped(broker_port: int) -> None:
    topic = "door/kept"
    with publisher(broker_port, topic) as reader:
        reader.leave_behind([(1, OTHER, -50.0)])
        with running(driver(broker_port, topic)) as rig:
            rig.await_health("back")
            reader.show([(1, EPC, -50.0)])
            rig.await_reads(EPC)
            assert rig.driver.counters()["retained"] == 1
            assert rig.reads[0].reader_time_us == 946_684_800_002_000


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_goes_is_lost_and_its_return_is_noticed(
    tmp_path: Path, protocol: Protocol
) -> None:
    port = free_port()
    with running(driver(port, protocol=protocol)) as rig:
        rig.await_health("lost")
        with mosquitto(tmp_path, port):
            rig.await_health("lost", "back")
        rig.await_health("lost", "back", "lost")
        with mosquitto(tmp_path, port), publisher(port) as reader:
            rig.await_health("lost", "back", "lost", "back")
            reader.show([(1, EPC, -50.0)])
            rig.await_reads(EPC)
        eventually(lambda: rig.health[-1], lambda word: word == "lost")
        assert "Connection refused" in rig.reasons[0]
        assert rig.reasons[1].startswith("the broker is gone: ")


@pytest.fixture
def guarded_port(tmp_path: Path) -> Iterator[int]:
    """A broker that knows one user."""
    port = free_port()
    users = tmp_path / "users"
    maker = require_program("mosquitto_passwd")
    subprocess.run([maker, "-b", "-c", str(users), "shelf", "sesame"], check=True)
    with mosquitto(tmp_path, port, f"password_file {users}", "user root"):
        yield port


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_the_password_is_given_and_a_wrong_one_is_said(
    guarded_port: int, protocol: Protocol
) -> None:
    named = driver(guarded_port, protocol=protocol, username="shelf", password="sesame")
    with running(named) as rig:
        rig.await_health("back")
    wrong = driver(guarded_port, protocol=protocol, username="shelf", password="simsim")
    with running(wrong) as rig:
        rig.await_health("lost")
        assert "the broker refuses us: Not authorized" in rig.reasons[0]


@pytest.mark.parametrize("topic", ["", "door/+", "#"])
def test_a_topic_of_several_readers_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="not the topic of one reader"):
        driver(1883, topic)
