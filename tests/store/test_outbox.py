"""A message leaves the queue only when its outlet says so, and poison blocks nobody."""

from sqlalchemy import Engine

from controller.store import outbox
from controller.store.outbox import OutgoingMessage
from controller.store.schema import dead_letters
from tests.store.events import NOON
from tests.store.plain import rows_of


def fill(engine: Engine, *queued: tuple[str, int | None]) -> None:
    with engine.begin() as connection:
        outbox.put(
            connection,
            [
                (seq, OutgoingMessage(destination, f"t{seq}", b"\x00\xff"))
                for destination, seq in queued
            ],
        )


def topics(engine: Engine, destination: str = "mqtt") -> list[str]:
    with engine.connect() as connection:
        return [queued.topic for queued in outbox.peek(connection, destination, 0, 100)]


def test_messages_come_in_order_a_page_at_a_time_and_stay(store_engine: Engine) -> None:
    fill(store_engine, ("mqtt", 1), ("trends", None), ("mqtt", 2), ("mqtt", 3))
    with store_engine.connect() as connection:
        first = outbox.peek(connection, "mqtt", 0, 2)
        rest = outbox.peek(connection, "mqtt", first[-1].id, 2)
        assert [queued.seq for queued in first + rest] == [1, 2, 3]
        assert outbox.depth(connection, "mqtt") == 3
    assert first[0].payload == b"\x00\xff"


def test_trimming_stops_at_the_event_a_consumer_has_not_committed(store_engine: Engine) -> None:
    fill(store_engine, ("mqtt", 1), ("mqtt", None), ("mqtt", 2), ("mqtt", 3), ("trends", None))
    with store_engine.begin() as connection:
        third = outbox.peek(connection, "mqtt", 0, 3)[-1].id
        outbox.trim(connection, "mqtt", third, 1)
    assert topics(store_engine) == ["t2", "t3"]
    with store_engine.begin() as connection:
        outbox.trim(connection, "mqtt", third)
    assert topics(store_engine) == ["t3"]
    assert topics(store_engine, "trends") == ["tNone"]


def test_an_emptied_queue_never_uses_an_id_twice(store_engine: Engine) -> None:
    fill(store_engine, ("mqtt", 1), ("mqtt", 2))
    with store_engine.begin() as connection:
        last = outbox.peek(connection, "mqtt", 0, 9)[-1].id
        outbox.trim(connection, "mqtt", last)
    fill(store_engine, ("mqtt", 3))
    with store_engine.connect() as connection:
        assert outbox.peek(connection, "mqtt", 0, 9)[0].id > last


def test_a_poisonous_message_is_moved_aside_with_its_reason(store_engine: Engine) -> None:
    fill(store_engine, ("mqtt", 1), ("mqtt", 2))
    with store_engine.begin() as connection:
        poison = outbox.peek(connection, "mqtt", 0, 1)[0]
        outbox.bury(connection, poison.id, "too large", NOON)
        outbox.bury(connection, poison.id, "too large", NOON)  # said twice
    assert topics(store_engine) == ["t2"]
    (dead,) = rows_of(store_engine, dead_letters)
    assert (dead["topic"], dead["payload"], dead["reason"]) == ("t1", poison.payload, "too large")


def test_a_watermark_is_kept_for_each_consumer(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        outbox.set_watermark(connection, "hub", 5, NOON)
        outbox.set_watermark(connection, "archive", 3, NOON)
        outbox.set_watermark(connection, "hub", 8, NOON)
    with store_engine.connect() as connection:
        assert outbox.watermarks(connection) == {"hub": 8, "archive": 3}
