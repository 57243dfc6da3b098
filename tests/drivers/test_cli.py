"""``python -m drivers probe``: what an installer is told about one device."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivers.cli import app
from simulators.devices import Devices, started_devices
from simulators.serial_reader import SimulatedSerialReader
from simulators.serial_reader_r200 import R200Brain
from tests.services import free_port


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devices]:
    folder: Path = tmp_path_factory.mktemp("devices")
    with started_devices(folder, seed=1) as started:
        yield started


def said(*words: str) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(app, ["probe", *words, "--for", "2", "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_a_reader_says_what_it_is(devices: Devices) -> None:
    code, document = said("reader", "127.0.0.1", "--port", str(devices.reader.port))
    assert code == 0
    assert "firmware simulated" in str(document["detail"])


def test_a_serial_reader_says_what_it_is() -> None:
    with SimulatedSerialReader(R200Brain) as simulated:
        code, document = said("serial", "r200", simulated.url)
    assert code == 0
    assert document["detail"]
    assert document["answers"] is True


def test_a_line_that_is_none_is_said_plainly() -> None:
    done = CliRunner().invoke(app, ["probe", "serial", "cfm", "nowhere"])
    assert done.exit_code == 1
    assert "socket://" in done.stderr


def test_a_bank_says_what_it_is_doing_and_is_not_moved(devices: Devices) -> None:
    before = list(devices.rack.motions)
    code, document = said("rack", "127.0.0.1", "--port", str(devices.rack.port), "--columns", "8")
    assert code == 0
    last = document["last"]
    assert isinstance(last, dict)
    assert last["presence"] == ["clear"] * 7
    assert devices.rack.motions == before


def test_a_sensor_says_what_it_measures(devices: Devices) -> None:
    code, document = said("sensor", devices.line.url)
    assert code == 0
    assert document["last"] == {
        "temperature_c": 20.5,
        "relative_humidity_percent": 50.0,
        "quality": "good",
        "fault": "",
    }


def test_a_device_that_does_not_answer_fails_the_probe_and_says_why() -> None:
    code, document = said("reader", "127.0.0.1", "--port", str(free_port()))
    assert code == 1
    assert document["answers"] is False
    assert "refused" in str(document["problem"]).lower()


def test_an_unknown_profile_is_said_plainly() -> None:
    done = CliRunner().invoke(app, ["probe", "sensor", "tcp://127.0.0.1:1", "--profile", "no.toml"])
    assert done.exit_code == 1
    assert "no.toml" in done.stderr
