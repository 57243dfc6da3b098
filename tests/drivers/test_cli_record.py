"""``python -m drivers record`` and ``replay``: a reader on file, and heard again from there."""

import json
import ssl
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from drivers.cli import app
from drivers.llrp.wire import encode, message, parameter
from drivers.recording import Recorder, Recording
from simulators.llrp_reader import SimulatedReader
from tests.services import free_port, self_signed

EPC = bytes.fromhex("E28011704000021D35AE4008")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def report(*, antenna: int | None = None) -> bytes:
    inner = [parameter("EPC_96", EPC=EPC)]
    if antenna is not None:
        inner.append(parameter("AntennaID", AntennaID=antenna))
    return encode(message("RO_ACCESS_REPORT", 1, parameter("TagReportData", *inner)))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "door.jsonl"
    with Recorder(path, kind="llrp", peer="door") as recorder:
        recorder.opened("door")
        first = report(antenna=3)
        recorder.said("reader", first[:7])
        recorder.said("driver", report(antenna=9))
        recorder.said("reader", first[7:])
        recorder.said("reader", report())
        recorder.closed("closed by the reader")
        recorder.opened("door")
        recorder.said("reader", report())
        recorder.closed("closed by the reader")
    return path


def test_the_driver_is_run_and_all_it_heard_is_on_file(tmp_path: Path) -> None:
    path = tmp_path / "door.jsonl"
    with SimulatedReader() as reader:
        address = f"127.0.0.1:{reader.port}"
        done = run("record", "llrp", address, "--out", str(path), "--for", "1")
    assert done.exit_code == 0, done.stderr
    assert Recording(path).header.peer == address
    summary = json.loads(run("replay", str(path)).stderr)
    assert summary["connections"] == 1
    assert summary["messages"] > 5
    assert summary["bad"] == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One for localhost, and one file that holds its key, too."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = self_signed(folder)
    both = folder / "both.pem"
    both.write_text(certificate.read_text() + key.read_text())
    return certificate, both


def recorded(path: Path, *words: str) -> dict[str, int]:
    """What a replay counts in a recording made so, in which no ciphertext may be."""
    done = run("record", "llrp", *words, "--out", str(path), "--for", "4")
    assert done.exit_code == 0, done.stderr
    counts: dict[str, int] = json.loads(run("replay", str(path)).stderr)
    assert counts["messages"] > 5
    assert counts["bad"] == 0
    return counts


def test_a_reader_that_speaks_tls_is_recorded_in_the_clear(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1])
    with SimulatedReader(tls=context) as reader:
        address = f"localhost:{reader.port}"
        recorded(tmp_path / "door.jsonl", address, "--tls", "--ca", str(certificate[0]))


@pytest.mark.parametrize("told_by", ["127.0.0.1", "id:02:00:00:00:00:01"])
def test_a_reader_that_calls_is_recorded(tmp_path: Path, told_by: str) -> None:
    port = free_port()
    with SimulatedReader(calls=("127.0.0.1", port)):
        recorded(tmp_path / "door.jsonl", told_by, "--calls", str(port))


def test_a_reader_that_calls_over_tls_is_recorded_in_the_clear(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    port, ours = free_port(), ("--tls", "--cert", str(certificate[1]))
    trusting = ssl.create_default_context(cafile=certificate[0])
    with SimulatedReader(calls=("localhost", port), tls=trusting):
        recorded(tmp_path / "door.jsonl", "localhost", "--calls", str(port), *ours)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("llrp", "door:x"), "HOST:PORT"),
        (("r200", "/dev/ttyUSB9", "--tls"), "are for llrp"),
        (("llrp", "door", "--ca", "ca.pem"), "only with TLS"),
        (("llrp", "door", "--tls", "--cert", "c.pem"), "a reader that calls, only"),
        (("llrp", "door", "--tls", "--calls", "5085"), "our own certificate"),
        (("llrp", "id:xyz", "--calls", "5085"), "id:xyz"),
        (("r200", "door"), "must begin with /"),
        (("r200", "/dev/ttyUSB9", "--profile", "readers/cfm.toml"), "is for cfm, not r200"),
        (("cfm", "/dev/ttyUSB9", "--profile", "no.toml"), "no.toml"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_the_reason(
    tmp_path: Path, words: tuple[str, ...], reason: str
) -> None:
    done = run("record", *words, "--out", str(tmp_path / "door.jsonl"), "--for", "1")
    assert done.exit_code == 1
    assert reason in done.stderr
    assert not (tmp_path / "door.jsonl").exists()


def test_an_existing_file_is_not_overwritten(recording: Path) -> None:
    before = recording.read_bytes()
    done = run("record", "llrp", "127.0.0.1", "--out", str(recording), "--for", "1")
    assert done.exit_code == 1
    assert recording.read_bytes() == before


def test_only_the_reader_is_replayed_each_connection_by_itself(recording: Path) -> None:
    done = run("replay", str(recording), "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    # A left-out antenna is that of the report before, but not that of the connection before.
    assert [said["antenna"] for said in told if "epc" in said] == [3, 3, 0]
    assert [key for said in told for key in said if key in ("opened", "closed")] == [
        "opened",
        "closed",
    ] * 2
    assert json.loads(done.stderr) == {
        "connections": 2,
        "messages": 3,
        "reads": 3,
        "bad": 0,
        "torn": False,
    }


def test_any_speed_tells_the_same(recording: Path) -> None:
    assert (
        run("replay", str(recording), "--speed", "1").stdout
        == run("replay", str(recording), "--speed", "0").stdout
    )


def test_a_torn_recording_is_replayed_as_far_as_it_goes(recording: Path) -> None:
    recording.write_bytes(recording.read_bytes()[:-9])
    done = run("replay", str(recording))
    assert done.exit_code == 0
    assert json.loads(done.stderr)["torn"] is True
    assert done.stdout.count(EPC.hex().upper()) == 3


def test_a_damaged_recording_fails_and_says_where(recording: Path) -> None:
    recording.write_bytes(recording.read_bytes().replace(b'"hex"', b'"hxe"', 1))
    done = run("replay", str(recording))
    assert done.exit_code == 1
    assert "line 3 is damaged" in done.stderr


def test_a_recording_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with Recorder(path, kind="modbus", peer=""):
        pass
    done = run("replay", str(path))
    assert done.exit_code == 1
    assert "modbus" in done.stderr
