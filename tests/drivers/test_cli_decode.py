"""``python -m drivers decode`` and ``epc``: what an installer is told about recorded bytes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivers.cli import app
from drivers.llrp.wire import encode, message, parameter
from drivers.serial_uhf.wire import cfm, r200, uhf288
from tests.services import require_shared

EPC = bytes.fromhex("E28011704000021D35AE4008")
GREETING = encode(
    message(
        "READER_EVENT_NOTIFICATION",
        7,
        parameter(
            "ReaderEventNotificationData",
            parameter("UTCTimestamp", Microseconds=1),
            parameter("ConnectionAttemptEvent", Status=0),
        ),
    )
)
REPORT = encode(
    message("RO_ACCESS_REPORT", 8, parameter("TagReportData", parameter("EPC_96", EPC=EPC)))
)
UNKNOWN = bytes.fromhex("04C8 0000000C 00000009 BEEF")
BAD = bytes.fromhex("043F 0000000E 0000000A 00F60003")
TAG_FRAMES = {
    "r200": r200.encode(r200.tag_notice(EPC, 0x3000, -51)),
    "uhf288": uhf288.encode(uhf288.tags_answer(0, [(1, EPC, 60)], uhf288.COMPLETE)),
    "cfm": cfm.encode(cfm.tag_answer(0, EPC, 1, -510)),
}


def decoded(kind: str, data: bytes, *options: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["decode", kind, "-", *options], input=data)
    return done.exit_code, done.stdout, done.stderr


def counted(kind: str, data: bytes) -> tuple[int, dict[str, int]]:
    code, out, _ = decoded(kind, data, "--check")
    return code, json.loads(out)


def test_every_message_is_one_json_object_on_a_line_of_its_own() -> None:
    code, out, _ = decoded("llrp", GREETING + REPORT, "--json")
    greeting, report = map(json.loads, out.splitlines())
    assert code == 0
    assert (greeting["message"], greeting["id"]) == ("READER_EVENT_NOTIFICATION", 7)
    tag = report["parameters"][0]
    assert tag["parameter"] == "TagReportData"
    assert tag["parameters"][0]["fields"] == {"EPC": EPC.hex().upper()}


def test_numbers_the_standard_has_words_for_are_said_in_words() -> None:
    _, out, _ = decoded("llrp", GREETING)
    assert "ConnectionAttemptEvent Status=Success" in out


def test_a_message_of_unknown_type_keeps_its_octets() -> None:
    _, out, _ = decoded("llrp", UNKNOWN, "--json")
    assert json.loads(out) == {
        "message": "Unknown",
        "type": 200,
        "id": 9,
        "version": 1,
        "fields": {"Data": "BEEF"},
    }


def test_real_messages_are_all_understood_and_encode_to_the_same_bytes() -> None:
    path = require_shared("vectors/llrp/dx101_a.bin")
    done = CliRunner().invoke(app, ["decode", "llrp", str(path), "--check"])
    assert json.loads(done.stdout) == {"messages": 934, "exact": 934, "bad": 0}
    assert done.exit_code == 0


def test_one_bad_message_costs_one_message_and_the_exit_code() -> None:
    code, counts = counted("llrp", GREETING + BAD + REPORT)
    assert (code, counts) == (1, {"messages": 2, "exact": 2, "bad": 1})


def test_what_a_frame_of_impossible_length_hides_counts_once() -> None:
    code, counts = counted("llrp", GREETING + b"\xff" * 30 + REPORT)
    assert (code, counts) == (1, {"messages": 1, "exact": 1, "bad": 1})


@pytest.mark.parametrize("cut", [1, 9, len(REPORT) - 1])
def test_a_file_that_ends_within_a_frame_is_said_to(cut: int) -> None:
    code, counts = counted("llrp", GREETING + REPORT[:cut])
    assert (code, counts) == (1, {"messages": 1, "exact": 1, "bad": 1})


@pytest.mark.parametrize("kind", list(TAG_FRAMES))
def test_serial_frames_are_found_between_noise_and_told_with_their_tags(kind: str) -> None:
    frame = TAG_FRAMES[kind]
    code, out, err = decoded(kind, frame + b"\x00" + frame, "--json")
    documents = [json.loads(line) for line in out.splitlines()]
    assert [document["tags"][0]["epc"] for document in documents] == [EPC.hex().upper()] * 2
    assert code == 1
    assert err.startswith("1 frames or stretches")


@pytest.mark.parametrize("kind", list(TAG_FRAMES))
def test_serial_frames_encode_to_the_same_bytes_across_chunks_of_the_file(kind: str) -> None:
    many = 6_000
    code, counts = counted(kind, TAG_FRAMES[kind] * many)
    assert (code, counts) == (0, {"messages": many, "exact": many, "bad": 0})


@pytest.mark.parametrize("kind", list(TAG_FRAMES))
def test_serial_frames_read_well_without_json(kind: str) -> None:
    _, out, _ = decoded(kind, TAG_FRAMES[kind])
    assert EPC.hex().upper() in out


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["decode", "llrp", str(tmp_path / "none.bin")])
    assert done.exit_code == 2


def test_the_number_of_a_tag_is_explained() -> None:
    done = CliRunner().invoke(app, ["epc", "30751FEB705C5904E3D50D70", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["scheme"] == "sgtin-96"
