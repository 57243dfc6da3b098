"""Commissioning by hand: what is printed, what is sent, and how it ends."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
from typer.testing import CliRunner, Result

from drivers.cli import app
from drivers.profiles import Profile, find_profile, load_profile
from simulators.modbus_server import ModbusServer
from simulators.profiled_device import ProfiledDevice
from simulators.serial_line import SerialLine
from simulators.simulated import device_of
from tests.services import free_port

SHELVING = "shelving/mobile-shelving.toml"
CAROUSEL = "shelving/rotary-carousel.toml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["modbus", *arguments])


@contextmanager
def served(profile: Profile, *, rtu: bool = False) -> Iterator[tuple[str, ProfiledDevice]]:
    """A device of that profile in a world ten times as fast as ours; its URL."""
    device, ended = device_of(profile), threading.Event()
    with ModbusServer({1: device}, rtu=rtu) as server:
        world = threading.Thread(target=_let_time_run, args=(device, ended))
        world.start()
        try:
            yield server.url, device
        finally:
            ended.set()
            world.join()


def _let_time_run(device: ProfiledDevice, ended: threading.Event) -> None:
    last = monotonic()
    while not ended.wait(0.005):
        now = monotonic()
        device.advance((now - last) * 10)
        last = now


@pytest.fixture
def quick(tmp_path: Path) -> str:
    """The shelving's profile, whose bank waits long enough in a fast world."""
    text = find_profile(SHELVING).read_text(encoding="utf-8")
    for slow, fast in {
        "period_ms = 400": "period_ms = 100",
        "out_ms = 2000": "out_ms = 9000",
    }.items():
        assert slow in text
        text = text.replace(slow, fast)
    path = tmp_path / "quick.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def document(result: Result) -> Mapping[str, object]:
    """The one JSON document on stdout."""
    (line,) = result.stdout.splitlines()
    found: Mapping[str, object] = json.loads(line)
    return found


def test_a_wish_goes_through_the_whole_protocol(quick: str) -> None:
    with served(load_profile(Path(quick))) as (url, _):
        result = run("command", quick, url, "open", "4", "--json")
    assert result.exit_code == 0
    said = document(result)
    assert (said["outcome"], said["detail"]) == ("done", "")
    assert said["status"] == {"mode": "holding", "open_aisle": 4}
    assert said["accepted_after_s"]
    assert said["counters"]["blocks_sent"] == 1  # type: ignore[index]


def test_a_wish_through_a_serial_gateway_and_on_a_serial_line(quick: str, tmp_path: Path) -> None:
    profile = load_profile(Path(quick))
    with served(profile, rtu=True) as (url, _):
        assert run("command", quick, url, "light", "2").exit_code == 0
    with SerialLine({1: device_of(profile)}, link=tmp_path / "line", baud=115200) as line:
        url = line.url.replace("serial://", "rtu://")
        result = run("identify", quick, url, "--json")
        assert document(result)["is_it"] is True


def test_what_the_machine_refuses_ends_with_3(quick: str) -> None:
    with served(load_profile(Path(quick))) as (url, device):
        device.perform("enter_aisle", {"aisle": 2})
        result = run("command", quick, url, "open", "4", "--json")
    assert result.exit_code == 3
    assert document(result)["outcome"] == "refused"


def test_a_stop_is_a_verb_too(quick: str) -> None:
    with served(load_profile(Path(quick))) as (url, _):
        assert run("command", quick, url, "stop").exit_code == 0


def test_nobody_there_ends_with_1(quick: str) -> None:
    result = run("command", quick, f"tcp://127.0.0.1:{free_port()}", "open", "4")
    assert result.exit_code == 1
    assert "cannot be opened" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("command", SHELVING, "tcp://h", "fly"), "no such verb; there are: open_aisle"),
        (("command", SHELVING, "tcp://h", "open"), "takes 1 numbers: aisle 1..7"),
        (("command", SHELVING, "tcp://h", "open", "8"), "aisle 1..7"),
        (("command", "climate/xy-md02.toml", "tcp://h", "open", "1"), "nothing to command"),
        (("command", SHELVING, "udp://h", "open", "4"), "must begin with"),
        (("read", "shelving/nowhere.toml", "tcp://h"), "no such profile"),
        (("read", SHELVING, "tcp://h", "moon"), "neither a group nor a point"),
        (("read", SHELVING, "tcp://h", "--set", "columns=99"), "outside 2..33"),
        (("write", SHELVING, "tcp://h", "open_aisle", "4"), "not a writable point"),
        (("write", SHELVING, "tcp://h", "cmd_seq", "4"), "use `modbus command`"),
        (("write", SHELVING, "tcp://h", "watchdog_in", "4"), "use `modbus command`"),
        (("write", SHELVING, "tcp://h", "watchdog_timeout_ms", "4"), "outside"),
        (("identify", "climate/xy-md02.toml", "tcp://h"), "has no [[identify]]"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_a_reason(
    arguments: tuple[str, ...], reason: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert reason in result.stderr


@pytest.mark.parametrize(
    ("arguments", "frames"),
    [
        (("read", SHELVING, "rtu:///dev/x", "status"), "01 04 00 10 00 15 30 00"),
        (("read", SHELVING, "tcp://h", "status"), "00 01 00 00 00 06 01 04 00 10 00 15"),
        (("write", SHELVING, "rtu:///dev/x", "stop_request", "1"), "01 06 00 08 00 01 C9 C8"),
        (("write", CAROUSEL, "rtu:///dev/x", "lamp", "1"), "01 05 00 03 FF 00 7C 3A"),
        (("command", CAROUSEL, "rtu:///dev/x", "stop"), "01 05 00 08 FF 00 0D F8"),
        (("command", CAROUSEL, "tcp://h", "go", "3"),
         "00 01 00 00 00 0B 01 10 00 14 00 02 04 00 03 00 01"),
    ],
)  # fmt: skip
def test_a_dry_run_prints_the_frames_and_opens_nothing(
    arguments: tuple[str, ...], frames: str
) -> None:
    result = run(*arguments, "--dry-run")
    assert (result.exit_code, result.stdout.strip()) == (0, frames)


def test_reading_says_values_with_units_and_why_there_is_none() -> None:
    with served(load_profile(find_profile(CAROUSEL))) as (url, device):
        device.perform("force", {"point": "shelf", "word": 0})
        said = document(run("read", CAROUSEL, url, "--json"))
    assert said["shelf"] == "(invalid)"
    assert said["model"] == 0x4356
    assert {"lamp", "door_open", "firmware"} <= said.keys()


def test_writing_a_coil_is_seen_by_reading_it() -> None:
    with served(load_profile(find_profile(CAROUSEL))) as (url, _):
        assert run("write", CAROUSEL, url, "lamp", "1").exit_code == 0
        assert document(run("read", CAROUSEL, url, "lamp", "--json")) == {"lamp": 1}


def test_watching_prints_what_changes() -> None:
    with served(load_profile(find_profile(SHELVING))) as (url, _):
        result = run("watch", SHELVING, url, "heartbeat_out", "mode", "--every", "0.1",
                     "--for", "0.6", "--json")  # fmt: skip
    first, *later = map(json.loads, result.stdout.splitlines())
    assert first["mode"] == "remote"
    assert later
    assert all(change.keys() == {"at_s", "heartbeat_out"} for change in later)


def test_another_model_is_told_apart_and_ends_with_3() -> None:
    with served(load_profile(find_profile(SHELVING))) as (url, _):
        result = run("identify", "shelving/vertical-lift.toml", url, "--json")
    assert result.exit_code == 3
    assert document(result)["is_it"] is False
    assert "device_class is 1, expected 2" in result.stderr
