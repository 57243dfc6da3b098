"""The installer's commands know readers that push JSON, too."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivers.cli import app
from simulators.json_reader import SimulatedR700, SimulatedZebra

EPC = "E28011704000021D35AE4008"
ZEBRA = {
    "type": "SIMPLE",
    "timestamp": "2026-01-01T00:00:00.001+0000",
    "data": {"format": "epc", "idHex": EPC.lower(), "antenna": 2, "peakRssi": -51, "eventNum": 7},
}
IMPINJ = {
    "timestamp": "2026-01-01T00:00:00.001Z",
    "eventType": "tagInventory",
    "tagInventoryEvent": {"epcHex": EPC, "antennaPort": 2},
}

Reader = SimulatedR700 | SimulatedZebra


@pytest.fixture(params=["impinj", "zebra"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def reader(kind: str) -> Iterator[Reader]:
    """A reader that says every tenth of a second that it lives."""
    made = SimulatedR700 if kind == "impinj" else SimulatedZebra
    with made(sign_of_life_s=0.1) as simulated:
        yield simulated


def document(kind: str) -> bytes:
    return json.dumps(IMPINJ if kind == "impinj" else ZEBRA).encode() + b"\n"


def run(*words: str, stdin: bytes | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, words, input=stdin)
    return done.exit_code, done.stdout, done.stderr


def test_a_file_of_documents_is_decoded(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_bytes(document(kind) * 2)
    code, told, _ = run("decode", kind, str(file), "--json")
    assert code == 0
    assert [json.loads(line) for line in told.splitlines()] == [json.loads(document(kind))] * 2
    code, told, _ = run("decode", kind, str(file), "--check")
    assert (code, json.loads(told)) == (0, {"messages": 2, "exact": 2, "bad": 0})


def test_what_is_no_document_is_counted(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_bytes(
        document(kind) + b'{"data": {"idHex": 1}, "tagInventoryEvent": {"epcHex": 1}}\n'
    )
    code, told, _ = run("decode", kind, str(file), "--check")
    assert (code, json.loads(told)["bad"]) == (1, 1)


def test_the_body_of_an_http_answer_is_told_from_a_bare_stream(tmp_path: Path) -> None:
    text = document("impinj")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    file = tmp_path / "stream.http"
    file.write_bytes(head + b"%X\r\n%s\r\n" % (len(text), text))
    code, told, _ = run("decode", "impinj", str(file), "--json")
    assert (code, json.loads(told)) == (0, IMPINJ)


def test_a_reader_is_probed(kind: str, reader: Reader) -> None:
    code, told, _ = run("probe", "json", kind, f"localhost:{reader.port}", "--for", "1.5", "--json")
    assert (code, json.loads(told)["answers"]) == (0, True)


def test_a_reader_is_tuned(kind: str, reader: Reader) -> None:
    words = ("tune", kind, f"localhost:{reader.port}", "--for", "1.5", "--every", "0.5", "--json")
    code, told, _ = run(*words)
    assert code == 0
    assert json.loads(told.splitlines()[-1])["answers"]


def test_what_a_reader_says_is_recorded_and_replayed(
    kind: str, reader: Reader, tmp_path: Path
) -> None:
    file = tmp_path / "door.rec"
    code, _, why = run(
        "record", kind, f"localhost:{reader.port}", "--out", str(file), "--for", "1.5"
    )
    assert code == 0, why
    code, told, summary = run("replay", str(file), "--json")
    assert code == 0
    counted = json.loads(summary)
    assert counted["connections"] >= 1
    assert counted["bad"] == 0
    assert json.loads(told.splitlines()[0])["opened"]


def test_an_address_that_is_none_is_refused_with_what_it_must_read() -> None:
    code, _, why = run("tune", "zebra", "10.0.0.8", "--for", "1")
    assert code == 1
    assert "must read HOST:PORT" in why
