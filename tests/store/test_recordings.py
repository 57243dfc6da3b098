"""Recordings of doors in the store: packed small, found by passage, let go by age and room."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from controller.recording.values import Heard
from controller.store import audit
from controller.store.recordings import commissionings, keeping
from controller.store.recordings.commissionings import Commissioning
from controller.store.recordings.keeping import PassageOf, Recording
from controller.store.recordings.packing import pack, unpack
from controller.store.schema import audit as audit_rows
from tests.store.events import NOON
from tests.store.plain import rows_of

DAY = timedelta(days=1)

reads = st.builds(
    Heard,
    st.integers(0, 10**8).map(lambda t: t / 1e4),
    st.binary(min_size=1, max_size=62).map(lambda b: b.hex().upper()),
    st.integers(0, 255),
    st.none() | st.integers(-1300, 400).map(lambda x: x / 10),
    st.none() | st.integers(0, 62831).map(lambda x: x / 1e4),
)


@given(st.lists(reads))
def test_what_was_packed_is_unpacked(given_reads: list[Heard]) -> None:
    assert unpack(pack(given_reads, 0.0)) == given_reads


@given(st.binary())
def test_noise_is_no_recording(noise: bytes) -> None:
    with pytest.raises(ValueError, match="recording"):
        unpack(noise)


def test_a_cut_recording_is_refused() -> None:
    blob = pack([Heard(0.0, "AA", 1, -60.0, None)] * 9, 0.0)
    with pytest.raises(ValueError, match="damaged"):
        unpack(blob[:-3])


def test_a_trolley_of_200_files_takes_less_than_20_kb() -> None:
    heard = [
        Heard(n / 300, f"E2801160600002{n % 200:010X}", 1 + n % 4, -50.0 - n * 7919 % 60 / 2, None)
        for n in range(1200)
    ]
    assert len(pack(heard, 0.0)) < 20_000


def test_a_recording_is_found_by_each_of_its_passages(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        size = keeping.keep(connection, _recording("r1"), [_passage("p1"), _passage("p2")])
        keeping.keep(connection, _recording("r2"), [_passage("p3")])
    with store_engine.connect() as connection:
        assert keeping.recording_of(connection, "p2") == _recording("r1")
        assert keeping.recording_of(connection, "p9") is None
        assert keeping.recording(connection, "r2") == _recording("r2")
        assert keeping.bytes_kept(connection) == 2 * size


def test_recordings_go_by_age_and_the_oldest_when_there_is_no_room(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        sizes = [
            keeping.keep(connection, _recording(f"r{days}", days_old=days), [_passage(f"p{days}")])
            for days in range(120)
        ]
    size = sizes[0]
    gone = keeping.prune(store_engine, before=NOON - 109.5 * DAY, at_most_bytes=10**9)
    assert gone == 10
    gone = keeping.prune(store_engine, before=NOON - 300 * DAY, at_most_bytes=3 * size)
    assert gone == 107
    with store_engine.connect() as connection:
        assert keeping.bytes_kept(connection) <= 3 * size
        assert keeping.recording_of(connection, "p2") is not None
        assert keeping.recording_of(connection, "p3") is None


def test_the_newest_commissioning_counts_and_who_did_it_is_audited(store_engine: Engine) -> None:
    with store_engine.begin() as connection:
        commissionings.write(connection, _result("door-1", passed=True))
        commissionings.write(connection, _result("door-1", passed=False))
        commissionings.write(connection, _result("door-2", passed=True))
    with store_engine.connect() as connection:
        assert commissionings.newest(connection) == {
            "door-1": _result("door-1", passed=False),
            "door-2": _result("door-2", passed=True),
        }
        assert audit.verify(connection) is None
    rows = rows_of(store_engine, audit_rows)
    assert [(row["user"], row["operation"], row["object"], row["reason"]) for row in rows] == [
        ("wang", "CommissionDoor", "door-1", "passed"),
        ("wang", "CommissionDoor", "door-1", "not_passed"),
        ("wang", "CommissionDoor", "door-2", "passed"),
    ]


def _recording(name: str, *, days_old: int = 0) -> Recording:
    began = NOON - days_old * DAY
    return Recording(
        id=name, door="door-1", began_at=began, ended_at=began + timedelta(seconds=9),
        reads=(Heard(0.5, "AA", 1, -60.5, 1.25), Heard(0.75, "BB", 2, None, None)),
    )  # fmt: skip


def _passage(name: str) -> PassageOf:
    return PassageOf(passage_id=name, seq=7)


def _result(door: str, *, passed: bool) -> Commissioning:
    return Commissioning(
        door=door, at=NOON, by="wang", computer="box", passed=passed, bias=-0.2, scale=1.1,
        antennas="1 inside, 2 outside", report={"figures": {"walks": "20"}},
    )  # fmt: skip
