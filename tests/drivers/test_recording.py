"""Recordings: what was written is read again, whatever became of the file's end."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.recording import (
    BadRecording,
    Closed,
    Entry,
    NotRecorded,
    Opened,
    Piece,
    Recorder,
    Recording,
)

PIECES = st.lists(st.tuples(st.sampled_from(["reader", "driver"]), st.binary(max_size=40)))


def recorded(path: Path) -> tuple[list[Entry], bool]:
    recording = Recording(path)
    return list(recording.entries()), recording.torn


def written(path: Path) -> Path:
    with Recorder(path, kind="llrp", peer="10.0.0.7:5084") as recorder:
        recorder.opened("10.0.0.7:5084")
        recorder.said("reader", b"\x04\x3f")
        recorder.said("driver", b"\x00")
        recorder.closed("closed by the reader")
    return path


def without_times(entries: list[Entry]) -> list[object]:
    told: list[object] = []
    for entry in entries:
        match entry:
            case Opened():
                told.append(entry.peer)
            case Closed():
                told.append(entry.reason)
            case Piece():
                told.append((entry.side, entry.data))
    return told


@given(pieces=PIECES)
def test_every_byte_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[str, bytes]]
) -> None:
    path = tmp_path_factory.mktemp("recording") / "door.jsonl"
    with Recorder(path, kind="cfm", peer="/dev/ttyUSB0") as recorder:
        for side, data in pieces:
            recorder.said("reader" if side == "reader" else "driver", data)
    entries, torn = recorded(path)
    assert without_times(entries) == pieces
    assert [entry.t_s for entry in entries] == sorted(entry.t_s for entry in entries)
    assert not torn


def test_the_header_says_of_what_and_since_when(tmp_path: Path) -> None:
    header = Recording(written(tmp_path / "door.jsonl")).header
    assert (header.kind, header.peer) == ("llrp", "10.0.0.7:5084")
    assert header.began > datetime(2020, 1, 1, tzinfo=UTC)


def test_wherever_the_end_is_torn_off_the_rest_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "door.jsonl")
    whole = path.read_bytes()
    everything, _ = recorded(path)
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole)):
        path.write_bytes(whole[:end])
        entries, torn = recorded(path)
        assert entries == everything[: whole[first:end].count(b"\n")]
        assert torn == (not whole[:end].endswith(b"\n"))


@pytest.mark.parametrize(
    "line", [b"{}", b"null", b"\xff", b'{"t": 1, "from": "cat", "hex": ""}', b'{"t": 1, "from": "']
)
def test_damage_before_the_end_is_said_with_its_line(tmp_path: Path, line: bytes) -> None:
    path = written(tmp_path / "door.jsonl")
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:2], line, *lines[2:]]))
    with pytest.raises(BadRecording, match="line 3 is damaged"):
        recorded(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no recording"),
        (b"\x04\x3f\x00\x00", "is no recording"),
        (b"[]\n", "is no recording"),
        (b'{"recording": 1}\n', "is no recording"),
        (b'{"recording": 2, "whatever": 1}\n', "is of version 2"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "door.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadRecording, match=reason):
        Recording(path)


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path / "door.jsonl")
    before = path.read_bytes()
    with pytest.raises(NotRecorded, match="exists"):
        Recorder(path, kind="llrp", peer="")
    assert path.read_bytes() == before


def test_a_full_disk_is_said_plainly(tmp_path: Path) -> None:
    with (
        Recorder(tmp_path / "door.jsonl", kind="llrp", peer="") as recorder,
        Path("/dev/full").open("wb") as full,
    ):
        os.dup2(full.fileno(), recorder._file.fileno())
        with pytest.raises(NotRecorded, match="space"):
            recorder.said("reader", b"\x01")
