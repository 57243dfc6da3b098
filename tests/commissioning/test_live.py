"""The guided way: walks are recorded through the running controller and judged one by one."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.clock import system_clock
from controller.commissioning import live
from controller.commissioning.dialogue import SCENES, lead
from controller.commissioning.live import Ears, NotRecorded
from controller.commissioning.walks import Label, load_walks
from controller.domain.decision import Tick
from controller.domain.model import Side
from controller.domain.plans import DoorPlan
from controller.domain.stackroom import Stackroom
from controller.recorder import Recorder
from controller.recording.values import Heard
from controller.site_recordings import Recordings
from controller.store.ids import new_id
from controller.store.ledger import Ledger, Unpublished
from controller.store.requests import take_filed
from controller.store.schema import audit
from drivers.observations import TagRead, TagReport
from tests.commissioning.doors import commissioned
from tests.store.plain import rows_of

SIDES = {1: Side.INSIDE, 2: Side.OUTSIDE, 3: Side.INSIDE, 4: Side.OUTSIDE}
PLAN = DoorPlan(id="door-north", room="room-1", antennas=SIDES)


class Tape:
    """Hears what was recorded before, one walk after the other."""

    def __init__(self, folder: Path) -> None:
        self._walks = {walk.name: walk for walk in load_walks(folder)}
        self.wanted: list[str] = []

    def record(self, for_s: float) -> tuple[Sequence[Heard], float]:
        walk = self._walks[self.wanted[-1]]
        return walk.reads, for_s


def test_an_installer_is_led_through_every_walk_and_may_repeat_one_or_stop(tmp_path: Path) -> None:
    tape = Tape(commissioned(tmp_path / "before"))
    said: list[str] = []
    asked: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        if " of " in words and ":" in words and not words.startswith("  "):
            label, number = words.strip().split()[:2]
            idle = label == Label.IDLE
            tape.wanted.append("idle-600s" if idle else f"{label}-{int(number):02}")

    def ask(words: str) -> str:
        asked.append(words)
        return "r" if len(asked) == 2 else ""  # the first recording is made once more

    walks = lead(PLAN, tmp_path / "walks", [], tape, ask=ask, say=say)

    assert len(walks) == sum(scene.times for scene in SCENES)
    assert len(tape.wanted) == len(walks) + 1
    assert any("the door says: 1 in" in words for words in said)
    assert any("the door says: 24 out" in words for words in said)
    kept = load_walks(tmp_path / "walks")
    assert sorted(walk.name for walk in kept) == sorted(walk.name for walk in walks)
    assert sum(walk.lasts_s for walk in kept if walk.label is Label.IDLE) >= 600.0

    asked.clear()
    again = lead(PLAN, tmp_path / "walks", kept[:-1], tape, ask=lambda _: "q", say=say)
    assert len(again) == len(kept) - 1


@contextmanager
def controller(engine: Engine) -> Iterator[None]:
    """The deciding thread's part in it, and a reader that hears one tag all the time."""
    stop = threading.Event()
    recorder = Recorder(engine, ["door-north"], Recordings(), system_clock)
    ledger = Ledger(engine, source="test/controller", compose=Unpublished())
    room = Stackroom(doors=[PLAN], racks=(), sensors=(), registry=ledger.registry, new_id=new_id)

    def decide() -> None:
        read = TagRead("AA", 1, -60.0, None, 1)
        while not stop.wait(0.02):
            at = system_clock()
            with engine.connect() as connection:
                filed = take_filed(connection, at)
            reports = (TagReport(at=at, reader="door-north", reads=(read,)), Tick(at=at))
            for message in (*filed, *reports):
                decision = room.handle(message)
                recorder.take(message, decision)
                ledger.add(decision, None if message in reports else message)  # type: ignore[arg-type]
            recorder.note(ledger.commit())

    threads = [threading.Thread(target=decide)]
    threads.append(threading.Thread(target=recorder.run, args=(stop,)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
        ledger.close()


def test_the_running_controller_records_and_the_audit_says_who(sqlite_engine: Engine) -> None:
    with controller(sqlite_engine):
        reads, lasts_s = Ears(sqlite_engine, "door-north").record(0.5)
        with pytest.raises(NotRecorded, match="no_such_door"):
            Ears(sqlite_engine, "door-south").record(0.5)
        with pytest.raises(NotRecorded, match="bad_duration"):
            Ears(sqlite_engine, "door-north").record(500.0)
    assert reads
    assert {read.epc for read in reads} == {"AA"}
    assert lasts_s >= 0.5
    (first, *_) = rows_of(sqlite_engine, audit)
    assert (first["operation"], first["object"]) == ("RecordDoor", "door-north")


def test_without_a_controller_it_says_so(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "TAKEN_UP", live.TAKEN_UP / 20)
    with pytest.raises(NotRecorded, match="does not answer: start it"):
        Ears(sqlite_engine, "door-north").record(1.0)
