"""The recorder: every passage's reads, written beside the deciding thread, and never in its way."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from controller.domain.answers import accepted
from controller.domain.decision import Decision, Tick
from controller.domain.requests_recording import RecordDoor
from controller.recorder import AFTER_S, BEFORE_S, READS_BEFORE, Recorder
from controller.site_recordings import Recordings
from controller.store.database import StoreBusy
from controller.store.journal import Recorded
from controller.store.recordings import keeping
from controller.store.recordings.keeping import Recording
from drivers.observations import TagRead, TagReport
from tests.domain.rooms import asked, moment
from tests.services import eventually
from tests.store.events import passage

DOOR = "door-1"
NOTHING = Decision()


class Desk:
    """A recorder with its thread, and the deciding thread's part of it."""

    def __init__(self, engine: Engine, kept: Recordings | None = None) -> None:
        self.engine = engine
        kept = kept or Recordings()
        self.recorder = Recorder(engine, [DOOR], kept, clock=lambda: moment(99.0))
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.recorder.run, args=(self.stop,))
        self.thread.start()

    def hear(self, *seconds: float, reads: int = 1, late: bool = False) -> None:
        read = TagRead("AA", 1, -60.0, None, 1)
        for at in seconds:
            report = TagReport(at=moment(at), reader=DOOR, reads=(read,) * reads, late=late)
            self.recorder.take(report, NOTHING)

    def tick(self, seconds: float) -> None:
        self.recorder.take(Tick(at=moment(seconds)), NOTHING)

    def pass_door(self, number: int) -> str:
        event = passage(number)
        self.recorder.note(
            [Recorded(seq=number, id="", source="", epoch="", event=event)],
        )
        return event.passage_id

    def found(self, passage_id: str) -> Recording:
        def look() -> Recording | None:
            with self.engine.connect() as connection:
                return keeping.recording_of(connection, passage_id)

        found = eventually(look, lambda one: one is not None)
        assert found is not None
        return found

    def close(self) -> None:
        self.stop.set()
        self.thread.join(10)


@pytest.fixture
def desk(sqlite_engine: Engine) -> Iterator[Desk]:
    made = Desk(sqlite_engine)
    yield made
    made.close()


def test_a_passage_keeps_what_was_heard_before_it_and_shortly_after(desk: Desk) -> None:
    desk.hear(1.0, 13.0, 30.0)
    first, second = desk.pass_door(1), desk.pass_door(2)
    desk.hear(32.0)
    desk.tick(30.0 + AFTER_S - 0.1)
    desk.tick(30.0 + AFTER_S)
    desk.hear(40.0)

    recording = desk.found(first)

    assert recording == desk.found(second)
    assert [read.time_s for read in recording.reads] == [0.0, 17.0, 19.0]
    assert recording.began_at == moment(13.0).utc  # not what is older than BEFORE_S
    assert recording.door == DOOR
    assert recording.reads[-1].time_s <= BEFORE_S + AFTER_S


def test_memory_is_bounded_however_much_is_heard(desk: Desk) -> None:
    for number in range(100):
        desk.hear(number / 100, reads=700)
    held = desk.recorder._doors[DOOR]
    assert sum(len(report.reads) for report in held._reports) <= READS_BEFORE


def test_what_a_reader_held_while_nobody_listened_is_not_recorded(desk: Desk) -> None:
    desk.hear(1.0)
    desk.hear(2.0, late=True)
    desk.tick(2.0)
    name = desk.pass_door(1)
    desk.tick(9.0)
    assert len(desk.found(name).reads) == 1


def test_what_somebody_asks_for_is_recorded_from_then_on(desk: Desk) -> None:
    desk.hear(1.0)
    request = RecordDoor(asked=asked(5.0), door=DOOR, for_s=10.0)
    desk.recorder.take(request, Decision(answers=(accepted(request.asked),)))
    desk.hear(6.0, 14.9)
    desk.tick(14.9)
    desk.tick(15.0)

    def look() -> Recording | None:
        with desk.engine.connect() as connection:
            return keeping.recording(connection, request.asked.request_id)

    found = eventually(look, lambda one: one is not None)
    assert found is not None
    assert [round(read.time_s, 3) for read in found.reads] == [1.0, 9.9]
    assert found.ended_at - found.began_at == timedelta(seconds=10)


def test_what_was_not_complete_is_written_at_the_end(sqlite_engine: Engine) -> None:
    desk = Desk(sqlite_engine)
    desk.hear(1.0)
    name = desk.pass_door(1)
    desk.close()
    desk.recorder.finish()
    assert len(desk.found(name).reads) == 1


def test_a_full_shelf_lets_the_oldest_go(sqlite_engine: Engine) -> None:
    desk = Desk(sqlite_engine, Recordings(at_most_mb=1))
    desk.recorder._at_most_bytes = 150  # a megabyte of recordings takes too long to make
    names = []
    for number in range(12):
        desk.hear(number * 40.0)
        names.append(desk.pass_door(number + 1))
        desk.tick(number * 40.0 + AFTER_S)
        desk.found(names[-1])
    desk.close()
    with sqlite_engine.connect() as connection:
        assert keeping.recording_of(connection, names[0]) is None
        assert keeping.bytes_kept(connection) <= 150 + 100


def test_a_recording_that_cannot_be_written_is_given_up_and_counted(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> int:
        raise StoreBusy("locked")

    monkeypatch.setattr(keeping, "keep", busy)
    desk = Desk(sqlite_engine)
    desk.hear(1.0)
    desk.pass_door(1)
    desk.tick(9.0)
    eventually(lambda: desk.recorder.counters()["recordings_lost"], lambda lost: lost == 1)
    desk.close()
    assert desk.recorder.counters()["recordings"] == 0


def test_a_passage_of_a_door_that_hears_nothing_is_recorded_empty(desk: Desk) -> None:
    desk.tick(1.0)
    name = desk.pass_door(1)
    desk.tick(9.0)
    assert desk.found(name).reads == ()
