"""Where a consumer must lose nothing, an event stays queued until the consumer committed it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.store import outbox
from controller.store.journal import epoch_of
from tests.services import eventually, free_port, mosquitto
from tests.shell.outlets import EVENTS, Listener, Store, mqtt, passage, publisher, running, site


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


def committed(store: Store) -> dict[str, int]:
    with store.engine.connect() as connection:
        return outbox.watermarks(connection)


def test_an_event_leaves_the_outbox_when_the_consumer_has_committed_it(
    tmp_path: Path, port: int, store: Store
) -> None:
    service = publisher(store.engine, mqtt(port, watermark_consumers=["hub"]), stall_s=0.2)
    with mosquitto(tmp_path / "broker", port), running(service.run):
        store.commit([passage(n) for n in range(50)])
        eventually(lambda: service.counters()["confirmed"], lambda got: got >= 50)
        assert depth(store) == 50
        with Listener(port, EVENTS, consumer="hub") as hub:
            eventually(lambda: depth(store), lambda waiting: waiting == 0)
    assert list(hub.taken) == list(range(1, 51))
    assert committed(store) == {"hub": 50}


def test_what_a_broker_forgot_is_sent_again_because_the_watermark_stands_still(
    tmp_path: Path, port: int, store: Store
) -> None:
    """The broker confirms and then dies with an empty store, before the consumer got anything."""
    broker_mqtt = mqtt(port, watermark_consumers=["hub"])
    service = publisher(store.engine, broker_mqtt, stall_s=0.3)
    with running(service.run):
        with mosquitto(tmp_path / "one", port) as broker:
            with Listener(port, EVENTS, consumer="hub"):
                pass  # the session stays, and the broker queues for it
            store.commit([passage(n) for n in range(300)])
            eventually(lambda: service.counters()["confirmed"], lambda got: got >= 300)
            broker.kill()
            broker.wait()
        with mosquitto(tmp_path / "two", port), Listener(port, EVENTS, consumer="hub") as hub:
            eventually(lambda: depth(store), lambda waiting: waiting == 0, within_s=20)
    assert sorted(hub.taken) == list(range(1, 301))
    assert service.counters()["rewinds"] >= 1


def test_the_slowest_of_two_consumers_decides(tmp_path: Path, port: int, store: Store) -> None:
    both = mqtt(port, watermark_consumers=["hub", "archive"])
    service = publisher(store.engine, both, stall_s=0.2)
    with (
        mosquitto(tmp_path / "broker", port),
        Listener(port, EVENTS, consumer="hub") as hub,
        running(service.run),
    ):
        store.commit([passage(n) for n in range(10)])
        eventually(lambda: committed(store), lambda marks: marks.get("hub") == 10)
        assert depth(store) == 10
        with Listener(port, EVENTS, consumer="archive") as archive:
            eventually(lambda: depth(store), lambda waiting: waiting == 0)
    assert sorted(archive.taken) == sorted(hub.taken) == list(range(1, 11))


def test_a_watermark_of_another_store_or_no_watermark_at_all_frees_nothing(
    tmp_path: Path, port: int, store: Store
) -> None:
    topic = "repo/v1/test/ack/hub"
    service = publisher(store.engine, mqtt(port, watermark_consumers=["hub"]))
    with store.engine.connect() as connection:
        epoch = epoch_of(connection)
    strange = [b"\xff", b"[]", b'{"epoch": "another", "seq": 5}', b'{"epoch": "x", "seq": -1}']
    with mosquitto(tmp_path / "broker", port), running(service.run):
        store.commit([passage(n) for n in range(5)])
        eventually(lambda: service.counters()["confirmed"], lambda got: got >= 5)
        with Listener(port, "unused") as stranger:
            for payload in strange:
                stranger.client.publish(topic, payload, qos=1).wait_for_publish(5)
            honest = json.dumps({"epoch": epoch, "seq": 2})
            stranger.client.publish(topic, honest, qos=1).wait_for_publish(5)
        eventually(lambda: depth(store), lambda waiting: waiting == 3)
    assert committed(store) == {"hub": 2}


def test_watermarks_are_remembered_over_a_restart(tmp_path: Path, port: int, store: Store) -> None:
    broker_mqtt = mqtt(port, watermark_consumers=["hub"])
    with mosquitto(tmp_path / "broker", port), Listener(port, EVENTS, consumer="hub") as hub:
        with running(publisher(store.engine, broker_mqtt).run):
            store.commit([passage(n) for n in range(5)])
            eventually(lambda: depth(store), lambda waiting: waiting == 0)
        with running(publisher(store.engine, broker_mqtt).run):
            store.commit([passage(n) for n in range(5, 8)])
            eventually(lambda: depth(store), lambda waiting: waiting == 0)
    assert hub.seqs() == list(range(1, 9))
