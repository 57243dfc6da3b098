"""What the broker will not take: nothing is dropped silently, nothing blocks for ever."""

import json
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from controller.domain.events import PassageDetected
from controller.publisher import MqttPublisher
from controller.store import outbox
from tests.services import eventually, free_port, mosquitto
from tests.shell.outlets import (
    EVENTS,
    Listener,
    Store,
    lost,
    mqtt,
    passage,
    publisher,
    running,
    site,
)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def store(tmp_path: Path, port: int) -> Iterator[Store]:
    with Store(tmp_path, site(mqtt={"host": "127.0.0.1", "port": port})) as opened:
        yield opened


def depth(store: Store) -> int:
    with store.engine.connect() as connection:
        return outbox.depth(connection, "mqtt")


def large_passage() -> PassageDetected:
    usual = passage(99)
    return PassageDetected(
        at=usual.at, passage_id="large", door=usual.door, epc=usual.epc, holding_id=None,
        direction=usual.direction, place=usual.place, confidence=1.0, evidence={"x": "y" * 4000},
    )  # fmt: skip


def test_a_refused_message_is_kept_and_tried_until_the_broker_takes_it(
    tmp_path: Path, port: int, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic read #\n")
    rules.chmod(0o644)
    service = publisher(store.engine, mqtt(port))
    with (
        mosquitto(tmp_path / "broker", port, f"acl_file {rules}", "user root") as broker,
        Listener(port, EVENTS) as listener,
        running(service.run),
    ):
        store.commit([passage(n) for n in range(30)])
        eventually(lambda: service.counters()["refused"], lambda times: times >= 2)
        assert depth(store) == 30
        assert service.counters()["refusing"] == 1
        rules.write_text("topic readwrite #\n")
        broker.send_signal(signal.SIGHUP)
        listener.wait_for(30)
        eventually(lambda: depth(store), lambda waiting: waiting == 0)
    assert listener.seqs() == list(range(1, 31))
    assert service.counters()["refusing"] == 0
    said = [r.message for r in caplog.records if "refuses" in r.message]
    assert len(said) <= 2  # the greeting and the first event, not every attempt
    assert "Not authorized" in said[-1]


@pytest.mark.parametrize("limit", ["message_size_limit 2000", "max_packet_size 3000"])
def test_a_message_too_large_for_the_broker_is_moved_aside_and_the_others_go_on(
    tmp_path: Path, port: int, store: Store, limit: str
) -> None:
    service = publisher(store.engine, mqtt(port))
    with (
        mosquitto(tmp_path / "broker", port, limit),
        Listener(port, EVENTS) as listener,
        running(service.run),
    ):
        store.commit([passage(0), large_passage(), passage(1)])
        messages = listener.wait_for(3)
        eventually(lambda: depth(store), lambda waiting: waiting == 0)
    assert listener.seqs() == [1, 3, 2]
    assert messages[2].topic == "repo/v1/test/events/event-withheld"
    assert service.counters()["dead_letters"] == 1
    with store.engine.connect() as connection:
        aside = connection.execute(text("SELECT seq, reason FROM dead_letters")).one()
    assert aside.seq == 2
    assert "too large" in aside.reason or "Protocol error" in aside.reason


def test_mqtt_3_1_1_which_cannot_say_too_large_is_not_sent_what_might_be(
    tmp_path: Path, port: int, store: Store
) -> None:
    huge = PassageDetected(
        **{f: getattr(passage(1), f) for f in PassageDetected.__dataclass_fields__ if f != "epc"},
        epc="E" * 300_000,
    )
    service = publisher(store.engine, mqtt(port, protocol="3.1.1"))
    with (
        mosquitto(tmp_path / "broker", port),
        Listener(port, EVENTS) as listener,
        running(service.run),
    ):
        store.commit([huge, passage(2)])
        listener.wait_for(2)
    assert listener.seqs() == [2, 1]
    assert service.counters()["dead_letters"] == 1


def test_a_broker_that_allows_few_in_flight_still_gets_everything(
    tmp_path: Path, port: int, store: Store
) -> None:
    service = publisher(store.engine, mqtt(port))
    with (
        mosquitto(tmp_path / "broker", port, "max_inflight_messages 3"),
        Listener(port, EVENTS) as listener,
        running(service.run),
    ):
        store.commit([passage(n) for n in range(200)])
        listener.wait_for(200)
    assert listener.seqs() == list(range(1, 201))
    assert service.counters()["connects"] == 1


def test_a_wrong_password_is_said_once_and_everything_waits(
    tmp_path: Path, port: int, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "controller.publisher")
    service = publisher(store.engine, mqtt(port, username="nobody"))
    passwords = tmp_path / "passwords"
    passwords.write_text("")
    secured = ["allow_anonymous false", f"password_file {passwords}", "user root"]
    with mosquitto(tmp_path / "broker", port, *secured), running(service.run):
        store.commit([passage(1)])
        eventually(lambda: len(caplog.records), bool)
    assert [r.message for r in caplog.records] == [
        "mqtt: no broker, messages wait in the outbox: the broker refuses us: Not authorized"
    ]
    assert depth(store) == 1


def test_what_stands_is_published_again_to_a_broker_that_forgot_it(
    tmp_path: Path, port: int, store: Store
) -> None:
    with running(publisher(store.engine, mqtt(port)).run):
        for life in ("one", "two"):
            with mosquitto(tmp_path / life, port) as broker:
                if life == "one":
                    store.commit([lost("door-north"), passage(1)])
                    eventually(lambda: depth(store), lambda waiting: waiting == 0)
                with Listener(port, "repo/v1/test/room-1/#") as late:
                    (message,) = late.wait_for(1)
                broker.kill()
                broker.wait()
            assert message.topic == "repo/v1/test/room-1/door-north/status"
            assert json.loads(message.payload)["state"] == "offline"


class ForgetfulBroker:
    """Speaks just enough MQTT 3.1.1 to take a connection and never acknowledge on it."""

    def __init__(self, port: int) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self.payloads: list[bytes] = []

    def one_connection(self, until: bytes, answer: bytes) -> None:
        """CONNACK, read until ``until`` was seen, say ``answer``, close."""
        connection, _ = self._server.accept()
        with connection:
            connection.settimeout(5)
            connection.recv(4096)
            connection.sendall(b"\x20\x02\x00\x00")
            seen = b""
            while until not in seen:
                seen += connection.recv(65536)
            connection.sendall(answer)
        self.payloads.append(seen)

    def close(self) -> None:
        self._server.close()


def test_an_acknowledgement_counts_only_on_the_connection_of_its_message(
    port: int, store: Store
) -> None:
    """Two connections die unacknowledged; the third gets everything again from the first on."""
    store.commit([passage(n) for n in range(3)])
    broker = ForgetfulBroker(port)
    service: MqttPublisher = publisher(store.engine, mqtt(port, protocol="3.1.1"))
    acknowledge_the_second = b"\x40\x02\x00\x03"  # packet 1 is the birth, 2 the first event

    def play() -> None:
        broker.one_connection(b"p-2", b"")
        broker.one_connection(b"p-2", acknowledge_the_second)
        broker.one_connection(b"p-2", b"")

    thread = threading.Thread(target=play)
    thread.start()
    with running(service.run):
        thread.join(20)
        assert not thread.is_alive()
    broker.close()
    assert depth(store) == 3
    for seen in broker.payloads:
        order = [seen.index(b'"p-%d"' % n) for n in range(3)]
        assert order == sorted(order)
