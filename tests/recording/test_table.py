"""Recordings as CSV: read as they were written, and refused with line and column."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.recording.table import BadRecordingFile, parse, read_recording, write
from controller.recording.values import Heard

HEADING = "time_s,epc,antenna,rssi_dbm,phase_rad\n"

reads = st.builds(
    Heard,
    st.integers(0, 10**9).map(lambda t: t / 1e4),
    st.binary(min_size=1, max_size=62).map(lambda b: b.hex().upper()),
    st.integers(1, 255),
    st.none() | st.integers(-260, 80).map(lambda x: x / 2),
    st.none() | st.integers(0, 62831).map(lambda x: x / 1e4),
)


@given(st.lists(reads))
def test_what_was_written_is_read_back(given_reads: list[Heard]) -> None:
    assert list(parse(write(given_reads))) == given_reads


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(BadRecordingFile):
        list(parse(text))


def test_level_and_phase_may_be_missing_and_the_phase_column_too() -> None:
    assert list(parse(HEADING + "1.5,e2801,2,,\n")) == [Heard(1.5, "E2801", 2, None, None)]
    assert list(parse("time_s,epc,antenna,rssi_dbm\n1,AA,1,-60\n")) == [
        Heard(1.0, "AA", 1, -60.0, None)
    ]


def test_columns_may_stand_in_any_order_and_the_heading_may_be_left_out() -> None:
    want = [Heard(1.0, "AA", 3, -60.5, 2.0)]
    assert list(parse("epc,time_s,phase_rad,rssi_dbm,antenna\nAA,1,2,-60.5,3\n")) == want
    assert list(parse("1,AA,3,-60.5,2\n")) == want


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADING + "1,AA,1,-60,\nsoon,AA,1,-60,\n", "line 3, column 1 (time_s): 'soon' is no time"),
        (HEADING + "nan,AA,1,-60,\n", "line 2, column 1 (time_s): 'nan' is no time"),
        (HEADING + "1,file 7,1,-60,\n", "line 2, column 2 (epc): 'file 7' is no tag number"),
        (HEADING + "1,AA,0,-60,\n", "line 2, column 3 (antenna): '0' is no antenna"),
        (HEADING + "1,AA,1,60,\n", "line 2, column 4 (rssi_dbm): '60' is no level"),
        (HEADING + "1,AA,1,-60,inf\n", "line 2, column 5 (phase_rad): 'inf' is no phase"),
        (HEADING + "1,AA,1\n", "line 2: has 3 columns instead of 5"),
        ("1,AA,1\n", "line 1: has 3 columns"),
        ("time_s,epc,rssi_dbm\n", "line 1: the column 'antenna' is missing"),
        ("time_s,epc,antenna,dBm\n", "line 1, column 4: 'dBm' is not known"),
        ("time_s,epc,antenna,rssi_dbm,epc\n", "line 1, column 5: 'epc' stands there twice"),
    ],
)
def test_a_bad_row_is_named_with_line_and_column(text: str, says: str) -> None:
    with pytest.raises(BadRecordingFile) as caught:
        list(parse(text))
    assert str(caught.value).startswith(says)


def test_a_recording_is_given_in_the_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "walk.csv"
    path.write_text(HEADING + "2,AA,1,-60,\n2,AA,1,,\n1,BB,1,-60,\n", encoding="utf-8-sig")
    assert [read.epc for read in read_recording(path)] == ["BB", "AA", "AA"]


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    path = tmp_path / "walk.csv"
    for content, says in ((None, "cannot be read"), (b"\xff\xfe", "UTF-8"), (b"", "no read")):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadRecordingFile, match=says):
            read_recording(path)
