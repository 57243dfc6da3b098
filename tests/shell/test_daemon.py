"""The deciding thread: what goes out before it is written, what after, and what never."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from controller.clock import system_clock
from controller.daemon import Daemon
from controller.domain.plans import RackPlan
from controller.domain.requests import Asked, RequestAisle, RequestStop
from controller.domain.stackroom import Stackroom
from controller.store.ballast import Ballast
from controller.store.database import StoreFull, open_engine, upgrade
from controller.store.ids import new_id
from controller.store.ledger import Ledger, Recorded, Unpublished
from drivers.commands import Command, OpenAisle, StopRack
from drivers.observations import Moment, Presence, RackMode, RackStatus
from drivers.ports import Emit
from tests.services import eventually


@dataclass
class FakeRack:
    """A bank that notes what it was told, and what the store held at that moment."""

    name: str
    committed: Callable[[], list[str]]
    told: list[Command] = field(default_factory=list)
    held: list[list[str]] = field(default_factory=list)
    posts: Emit | None = None
    buggy: bool = False

    def run(self, emit: Emit, stop: threading.Event) -> None:
        if self.buggy:
            raise ZeroDivisionError
        self.posts = emit
        stop.wait()

    def counters(self) -> Mapping[str, int]:
        return {}

    def submit(self, command: Command) -> None:
        self.told.append(command)
        self.held.append(self.committed())


class FullLedger(Ledger):
    """A store whose disk is full while ``full`` is set."""

    full = False

    def commit(self, also: Callable[[Connection], None] | None = None) -> list[Recorded]:
        if self.full:
            raise StoreFull("the disk is full")
        return super().commit(also)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


class Room:
    """A daemon over one fake rack, running in a thread of its own."""

    def __init__(self, engine: Engine, clock: Callable[[], Moment] = system_clock) -> None:
        self.engine = engine
        self.clock = clock
        self.rack = FakeRack("rack-a", self.kinds)
        self.ledger = FullLedger(engine, source="test/controller", compose=Unpublished())
        self.stepped: list[str] = []
        self.stop = threading.Event()
        self.daemon = Daemon(
            stackroom=Stackroom(
                doors=(),
                racks=(RackPlan(id="rack-a", aisles=2),),
                sensors=(),
                registry=self.ledger.registry,
                new_id=new_id,
            ),
            ledger=self.ledger,
            devices=[self.rack],
            actuators={"rack-a": self.rack},
            halt=lambda: self.rack.submit(StopRack(device="rack-a", command_id=new_id())),
            ballast=Ballast(engine, size_bytes=4096),
            clock=clock,
            clock_stepped=lambda: self.stepped.append("yes"),
        )
        self.result: list[bool] = []
        self.thread = threading.Thread(
            target=lambda: self.result.append(self.daemon.run(self.stop, {}))
        )

    def kinds(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(text("SELECT kind FROM journal ORDER BY seq")).scalars())

    def alarms(self) -> dict[str, str]:
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT kind, state FROM alarms"))
            return {row.kind: row.state for row in rows}

    def __enter__(self) -> "Room":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(10)
        self.ledger.close()

    def ask_for_aisle(self) -> None:
        asked = Asked(request_id=new_id(), at=self.clock(), by="wang", computer="127.0.0.1")
        clear = (Presence.CLEAR, Presence.CLEAR)
        self.daemon.post(
            RackStatus(
                at=self.clock(),
                rack="rack-a",
                mode=RackMode.IDLE,
                open_aisle=1,
                presence=clear,
                fault_code=0,
            )
        )
        self.daemon.post(RequestAisle(asked=asked, rack="rack-a", aisle=2))

    def ask_for_stop(self) -> None:
        asked = Asked(request_id=new_id(), at=self.clock(), by="wang", computer="127.0.0.1")
        self.daemon.post(RequestStop(asked=asked, rack="rack-a"))


def test_a_move_is_written_before_it_is_sent(engine: Engine) -> None:
    with Room(engine) as room:
        room.ask_for_aisle()
        eventually(lambda: room.rack.told, bool)
        assert isinstance(room.rack.told[0], OpenAisle)
        assert "AisleOpening" in room.rack.held[0]


def test_a_stop_is_sent_before_it_is_written(engine: Engine) -> None:
    with Room(engine) as room:
        room.ask_for_stop()
        eventually(lambda: room.rack.told, bool)
        assert isinstance(room.rack.told[0], StopRack)
        assert "RackStopped" not in room.rack.held[0]
        eventually(room.kinds, lambda kinds: "RackStopped" in kinds)


def test_a_move_that_cannot_be_written_is_not_sent_and_the_bank_is_stopped(
    engine: Engine,
) -> None:
    with Room(engine) as room:
        eventually(lambda: room.rack.posts, bool)
        room.ledger.full = True
        room.ask_for_aisle()
        eventually(lambda: room.rack.told, bool)
        assert [type(command) for command in room.rack.told] == [StopRack]
        room.ledger.full = False
        eventually(lambda: room.rack.told, lambda told: isinstance(told[-1], OpenAisle))
        assert "AisleOpening" in room.kinds()


def test_a_full_store_loses_nothing_raises_an_alarm_and_recovers_by_itself(
    engine: Engine,
) -> None:
    with Room(engine) as room:
        eventually(lambda: Ballast(engine).missing, lambda missing: not missing)
        room.ledger.full = True
        room.ask_for_stop()
        eventually(lambda: room.daemon.counters()["store_retries"], lambda tries: tries > 1)
        assert "RackStopped" not in room.kinds()
        room.ledger.full = False
        eventually(room.kinds, lambda kinds: "RackStopped" in kinds)
        over = {"store_full": "returned_unacknowledged"}
        eventually(room.alarms, lambda alarms: alarms == over)
        assert room.kinds().count("RackStopped") == 1


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=365)])
def test_a_clock_that_steps_is_said_and_stops_nothing(engine: Engine, step: timedelta) -> None:
    shift = [timedelta(0)]

    def clock() -> Moment:
        now = system_clock()
        return Moment(utc=now.utc + shift[0], monotonic_s=now.monotonic_s)

    with Room(engine, clock) as room:
        eventually(lambda: room.daemon.counters()["messages"], bool)  # the ticker knows the time
        shift[0] = step
        eventually(room.alarms, lambda alarms: "clock_stepped" in alarms)
        assert room.stepped == ["yes"]
        room.ask_for_aisle()
        eventually(lambda: room.rack.told, bool)
        assert isinstance(room.rack.told[0], OpenAisle)


def test_a_bug_in_a_device_thread_ends_the_daemon_with_an_error(engine: Engine) -> None:
    room = Room(engine)
    room.rack.buggy = True
    with room:
        room.thread.join(10)
    assert room.result == [False]


def test_what_waits_in_the_inbox_is_written_before_the_daemon_ends(engine: Engine) -> None:
    with Room(engine) as room:
        eventually(lambda: room.rack.posts, bool)
        for _ in range(500):
            room.ask_for_stop()
    assert room.kinds().count("RackStopped") == 500
    assert room.result == [True]
