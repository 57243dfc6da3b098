"""Live events: in order, none lost over a reconnect, none for strangers, and gone at shutdown."""

import threading
from collections.abc import Iterator

import pytest

import api.live
from api.live import PAGE, TAIL
from controller.domain.model import Direction
from controller.store.accounts import Role
from tests.api.facts import alarm, passage
from tests.api.serving import served, stream
from tests.api.world import World
from tests.services import eventually


@pytest.fixture
def port(each_world: World) -> Iterator[int]:
    with served(each_world) as port:
        yield port


def listening(world: World, count: int = 1) -> None:
    """Wait until so many streams are open."""
    eventually(lambda: world.context.feed.listeners, lambda open_: open_ == count)


def test_an_event_arrives_with_its_number_its_kind_and_its_fields(
    each_world: World, port: int
) -> None:
    each_world.record(alarm("unauthorised_exit:door-1:before"))
    with stream(each_world, port) as live:
        assert live.answer.headers["content-type"].startswith("text/event-stream")
        listening(each_world)
        (event_id,) = each_world.record(passage("file", Direction.OUT))
        event = live.event()
    assert event is not None
    assert (event["id"], event["event"]) == ("2", "PassageDetected")
    assert event["data"]["id"] == event_id
    assert event["data"]["data"]["direction"] == "out"
    assert (event["data"]["seq"], event["data"]["source"]) == (2, "site-1/controller")


@pytest.mark.parametrize("role", [*Role, None])
def test_every_role_may_listen_and_a_stranger_may_not(
    each_world: World, port: int, role: Role | None
) -> None:
    with stream(each_world, port, role=role) as live:
        assert live.answer.status == (401 if role is None else 200)


def test_a_listener_that_comes_back_gets_what_it_missed_and_nothing_twice(
    each_world: World, port: int
) -> None:
    each_world.record(*[passage("file", Direction.IN) for _ in range(3)])
    with stream(each_world, port, "?after=0") as live:
        assert [event["id"] for event in live.events(3)] == ["1", "2", "3"]
    each_world.record(*[passage("file", Direction.IN) for _ in range(3)])
    with stream(each_world, port, "?after=1", Last_Event_ID="3") as live:
        assert [event["id"] for event in live.events(3)] == ["4", "5", "6"]
        listening(each_world)
        each_world.record(passage("file", Direction.IN))
        assert [event["id"] for event in live.events(1)] == ["7"]


def test_only_the_kinds_that_were_asked_for_arrive(each_world: World, port: int) -> None:
    each_world.record(passage("file", Direction.IN), alarm())
    with stream(each_world, port, "?after=0&kind=AlarmRaised&kind=LoanRequested") as live:
        assert [event["event"] for event in live.events(1)] == ["AlarmRaised"]
        each_world.record(passage("file", Direction.IN), alarm())
        assert [event["id"] for event in live.events(1)] == ["4"]


@pytest.mark.parametrize(
    "query", ["?kind=Nothing", "?after=-1", "?after=x", "?after=9223372036854775808"]
)
def test_a_place_or_kind_that_is_none_is_refused(each_world: World, port: int, query: str) -> None:
    with stream(each_world, port, query) as live:
        assert live.answer.status == 422


def test_a_place_the_journal_has_not_reached_counts_as_now(each_world: World, port: int) -> None:
    """As after a restore from a backup: better to go on than to wait for ever."""
    each_world.record(passage("file", Direction.IN))
    with stream(each_world, port, Last_Event_ID="5000") as live:
        listening(each_world)
        each_world.record(passage("file", Direction.IN))
        assert [event["id"] for event in live.events(1)] == ["2"]


def test_all_listeners_get_all_events_whoever_comes_when(each_world: World, port: int) -> None:
    with stream(each_world, port) as first, stream(each_world, port) as second:
        listening(each_world, 2)
        each_world.record(*[passage("file", Direction.IN) for _ in range(PAGE + 10)])
        with stream(each_world, port, "?after=0") as third:
            for live in (first, second, third):
                assert [int(e["id"]) for e in live.events(PAGE + 10)] == list(range(1, PAGE + 11))
    listening(each_world, 0)


def test_a_listener_slower_than_the_shared_tail_misses_nothing(world: World) -> None:
    with served(world) as port, stream(world, port) as live:
        listening(world)
        for _ in range(4):
            world.record(*[passage("file", Direction.IN) for _ in range(TAIL // 2)])
        assert [int(e["id"]) for e in live.events(2 * TAIL)] == list(range(1, 2 * TAIL + 1))


def test_nobody_polls_while_nobody_listens(world: World) -> None:
    def pollers() -> bool:
        poller = world.context.feed._poller
        return poller is not None and not poller.done()

    with served(world) as port:
        assert not pollers()
        with stream(world, port):
            listening(world)
            assert pollers()
        listening(world, 0)
        eventually(pollers, lambda polling: not polling)


def test_streams_end_when_the_daemon_stops(world: World) -> None:
    with served(world) as port, stream(world, port) as live:
        listening(world)
        threading.Thread(target=world.context.feed.stop).start()
        assert live.event() is None
        listening(world, 0)


def test_a_failing_database_ends_the_stream_and_the_next_one_goes_on(world: World) -> None:
    with served(world) as port:
        with stream(world, port) as live:
            listening(world)
            held = world.context.held
            with world.engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE journal RENAME TO away")
            assert live.event() is None
            with world.engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE away RENAME TO journal")
            held.close()
        world.record(passage("file", Direction.IN))
        with stream(world, port, "?after=0") as live:
            assert [event["id"] for event in live.events(1)] == ["1"]


def test_a_revoked_key_ends_its_stream_and_a_good_one_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.live, "RECHECK_S", 0.05)
    with served(world) as port, stream(world, port, role=Role.STAFF) as good:
        with stream(world, port) as revoked:
            listening(world, 2)
            world.key_store.revoke("reader-key", world.by("root"))
            assert revoked.event() is None
        world.record(passage("file", Direction.IN))
        assert [event["id"] for event in good.events(1)] == ["1"]
