"""The publisher against a real Mosquitto: everything arrives, in order, whatever dies."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.store import outbox
from tests.services import eventually, free_port, mosquitto
from tests.shell.outlets import (
    EVENTS,
    Listener,
    Store,
    mqtt,
    passage,
    publisher,
    reading,
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


def emptied(store: Store) -> None:
    eventually(lambda: depth(store), lambda waiting: waiting == 0)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_every_event_arrives_once_and_in_order_and_then_leaves_the_outbox(
    tmp_path: Path, port: int, store: Store, protocol: str
) -> None:
    with mosquitto(tmp_path / "broker", port), Listener(port, EVENTS) as listener:
        service = publisher(store.engine, mqtt(port, protocol=protocol))
        with running(service.run):
            for batch in range(10):
                store.commit([passage(batch * 50 + n) for n in range(50)])
            emptied(store)
            listener.wait_for(500)
    assert listener.seqs() == list(range(1, 501))
    assert service.counters()["confirmed"] >= 500
    assert json.loads(listener.messages[7].payload)["data"]["passage_id"] == "p-7"


def test_with_the_broker_away_for_the_whole_run_every_event_arrives_when_it_is_back(
    tmp_path: Path, port: int, store: Store
) -> None:
    """The listener's session is kept by the broker's own store, so it misses nothing either."""
    folder = tmp_path / "broker"
    kept = ["persistence true", f"persistence_location {folder}/", "user root"]
    with mosquitto(folder, port, *kept), Listener(port, EVENTS):
        pass
    service = publisher(store.engine, mqtt(port))
    with running(service.run):
        for batch in range(10):
            store.commit([passage(batch * 30 + n) for n in range(30)])
        assert depth(store) == 300
        with mosquitto(folder, port, *kept), Listener(port, EVENTS) as listener:
            listener.wait_for(300)
            emptied(store)
    assert listener.seqs() == list(range(1, 301))


def test_a_publisher_that_starts_again_goes_on_where_the_broker_confirmed(
    tmp_path: Path, port: int, store: Store
) -> None:
    with mosquitto(tmp_path / "broker", port), Listener(port, EVENTS) as listener:
        with running(publisher(store.engine, mqtt(port)).run):
            store.commit([passage(n) for n in range(20)])
            listener.wait_for(20)
        store.commit([passage(n) for n in range(20, 40)])
        with running(publisher(store.engine, mqtt(port)).run):
            listener.wait_for(40)
    assert listener.seqs() == list(range(1, 41))


def test_a_broker_killed_in_the_middle_loses_no_unconfirmed_event(
    tmp_path: Path, port: int, store: Store
) -> None:
    """The session dies with the broker, so what it had taken may be gone; nothing else."""
    service = publisher(store.engine, mqtt(port))
    with running(service.run):
        with mosquitto(tmp_path / "one", port) as broker, Listener(port, EVENTS) as before:
            store.commit([passage(n) for n in range(2000)])
            before.wait_for(100)
            broker.kill()
            broker.wait()
        with mosquitto(tmp_path / "two", port), Listener(port, EVENTS) as after:
            last = store.commit([passage(2000)])[0].seq
            eventually(after.seqs, lambda seqs: last in seqs)
            emptied(store)
    seqs = after.seqs()
    assert seqs == list(range(seqs[0], last + 1))
    assert service.counters()["connects"] == 2


def test_birth_and_last_will_say_whether_the_daemon_is_there(
    tmp_path: Path, port: int, store: Store
) -> None:
    topic = "repo/v1/test/daemon/controller/status"
    with mosquitto(tmp_path / "broker", port), Listener(port, topic) as listener:
        with running(publisher(store.engine, mqtt(port)).run):
            listener.wait_for(1)
        listener.wait_for(2)
    states = [json.loads(message.payload)["state"] for message in listener.messages]
    assert states == ["online", "offline"]


def test_readings_are_telemetry_and_a_retained_last_value(
    tmp_path: Path, port: int, store: Store
) -> None:
    sensor = "repo/v1/test/room-1/th-01"
    with mosquitto(tmp_path / "broker", port):
        with running(publisher(store.engine, mqtt(port)).run):
            store.commit(readings=[reading(1, 20.5), reading(2, None)])
            emptied(store)
        with Listener(port, f"{sensor}/#") as late:
            (message,) = late.wait_for(1)
    assert message.topic == f"{sensor}/state"
    body = json.loads(message.payload)
    assert body["m"] == {"temperature_c": None, "humidity_pct": 51.0}
    assert body["ts"] == "2025-03-01T08:00:02Z"
    assert message.properties is not None
    properties = message.properties.json()  # type: ignore[no-untyped-call]
    assert properties["ContentType"] == "application/json"
    assert 0 < properties["MessageExpiryInterval"] <= 180
