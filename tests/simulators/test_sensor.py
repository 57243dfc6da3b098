"""The simulated sensor and its line, against the frames of the manual and a real client."""

import os
import re
import subprocess
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.profiles import find_profile, load_profile
from simulators.climate_sensor import SimulatedSensor
from simulators.modbus_frames import crc16, request_length
from simulators.modbus_pdu import Refused
from simulators.serial_line import SerialLine
from tests.services import require_program

XY_MD02 = load_profile(find_profile("climate/xy-md02.toml"))
RENKE = load_profile(find_profile("climate/renke-rs-ws.toml"))
ASK = bytes.fromhex("01 04 00 01 00 02 20 0B")
"""The manual of the XY-MD02: read two input registers from 1."""
ANSWER = bytes.fromhex("01 04 04 01 31 02 22 2A CE")
"""30.5 °C, 54.6 %."""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SerialLine]:
    first = SimulatedSensor(XY_MD02, temperature_c=30.5, relative_humidity_percent=54.6)
    second = SimulatedSensor(RENKE, temperature_c=-10.1, relative_humidity_percent=65.8)
    with SerialLine({1: first, 2: second}, link=tmp_path / "line") as line:
        yield line


def exchange(path: Path, request: bytes, expect: int) -> bytes:
    """Send bytes down the line and read so many back."""
    end = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(end)
        os.write(end, request)
        reply = b""
        while len(reply) < expect:
            reply += os.read(end, expect - len(reply))
        return reply
    finally:
        os.close(end)


def test_the_manuals_request_gets_the_manuals_answer(line: SerialLine, tmp_path: Path) -> None:
    assert exchange(tmp_path / "line", ASK, len(ANSWER)) == ANSWER


def test_the_check_is_that_of_the_manuals_frames() -> None:
    for frame in (ASK, ANSWER):
        assert crc16(frame[:-2]) == frame[-2:]


def test_requests_have_the_length_their_function_says() -> None:
    assert request_length(ASK[:1]) is None
    assert request_length(ASK) == 8
    assert request_length(bytes.fromhex("01 10 00 01 00 02 04 00")) == 13


def test_the_name_stays_when_the_terminal_behind_it_changes(
    line: SerialLine, tmp_path: Path
) -> None:
    url = line.url
    line.vanish()
    assert not (tmp_path / "line").exists()
    line.come_back()
    assert line.url == url
    assert exchange(tmp_path / "line", ASK, len(ANSWER)) == ANSWER


def test_a_line_without_a_name_gets_one_and_takes_it_along() -> None:
    with SerialLine({}) as line:
        path = Path(line.url.removeprefix("serial://").split("?")[0])
        assert path.exists()
    assert not path.parent.exists()


def test_an_absurd_temperature_is_sent_as_it_is() -> None:
    sensor = SimulatedSensor(XY_MD02, temperature_c=215.0)
    assert sensor.read("input", 1, 2) == [2150, 500]


def test_registers_it_does_not_have_are_not_read() -> None:
    sensor = SimulatedSensor(XY_MD02)
    with pytest.raises(Refused, match="exception 2"):
        sensor.read("input", 0, 2)
    with pytest.raises(Refused, match="exception 1"):
        sensor.read("holding", 1, 2)


@pytest.mark.parametrize(
    ("unit", "kind", "first", "values"), [(1, "3", 1, [305, 546]), (2, "4", 0, [658, 65435])]
)
def test_mbpoll_reads_both_sensors_of_the_line(
    line: SerialLine, tmp_path: Path, unit: int, kind: str, first: int, values: list[int]
) -> None:
    program = require_program("mbpoll")
    command = [program, "-m", "rtu", "-b", "9600", "-P", "none", "-a", str(unit), "-0", "-1", "-q"]
    said = subprocess.run(
        [*command, "-r", str(first), "-c", "2", "-t", kind, str((tmp_path / "line").resolve())],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert [int(word) for word in re.findall(r"\]:\s+(\d+)", said.stdout)] == values
