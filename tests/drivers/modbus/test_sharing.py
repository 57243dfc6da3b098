"""Several devices on one line: one owner, nobody stalls the others, each has its own count."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Unreachable
from drivers.modbus.breaker import Breaker
from drivers.modbus.bus import Bus, Priority, Skipped
from drivers.modbus.buses import Buses
from drivers.modbus.exchange import NotSent, Read, Write
from drivers.profiles import find_profile, load_profile
from simulators.modbus_pdu import Table
from simulators.serial_line import SerialLine

MD02 = load_profile(find_profile("climate/xy-md02.toml")).link
RENKE = load_profile(find_profile("climate/renke-rs-ws.toml")).link


class Seven:
    """A unit that answers 7."""

    silent = False

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Seven, as often as wanted."""
        return [7] * count

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Whatever is written is gone."""


def poll(unit: int) -> Read:
    return Read(unit=unit, kind="holding", address=0, count=1)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SerialLine]:
    with SerialLine({1: Seven(), 2: Seven()}, link=tmp_path / "line", baud=115200) as line:
        yield line


def test_who_names_the_same_line_gets_the_same_owner(line: SerialLine) -> None:
    buses = Buses()
    assert buses.at(line.url, MD02) is buses.at(line.url, RENKE)
    assert buses.at("tcp://gateway:502", MD02) is not buses.at("tcp://gateway:503", MD02)


def test_the_same_line_with_other_settings_is_refused(line: SerialLine) -> None:
    buses = Buses()
    buses.at(line.url, MD02)
    with pytest.raises(ValueError, match="same line"):
        buses.at(line.url.replace("115200", "9600"), MD02)


def test_the_owner_stays_while_anybody_uses_the_line(line: SerialLine) -> None:
    bus = Buses().at(line.url, MD02)
    with bus.running():
        with bus.running():
            connection = bus.connect()
            bus.disconnect(connection)  # another still uses it
            assert bus.connect() == connection
        assert bus.perform(poll(1), Priority.POLL) == (7,)
    with pytest.raises(NotSent):
        bus.perform(poll(1), Priority.POLL)
    with bus.running():
        assert bus.perform(poll(1), Priority.POLL) == (7,)


def test_a_silent_neighbour_is_skipped_and_nobody_else(line: SerialLine) -> None:
    bus = Bus(Buses().at(line.url, MD02).line, timeout_s=0.05)
    with bus.running():
        for _ in range(3):
            with pytest.raises(Unreachable, match="no answer within"):
                bus.perform(poll(9), Priority.POLL)
        for _ in range(20):
            with pytest.raises(Skipped):
                bus.perform(poll(9), Priority.POLL)
            assert bus.perform(poll(1), Priority.POLL) == (7,)
        with pytest.raises(Unreachable, match="no answer within"):  # a stop goes out all the same
            bus.perform(Write(unit=9, address=8, values=(1,)), Priority.STOP)
    assert bus.counters(9)["skipped"] == 20
    assert bus.counters(9)["bad_frames"] == 4
    assert bus.counters(1) == {"frames": 20}
    assert line.faults.requests == 24


def test_a_unit_is_skipped_ever_longer_and_at_once_believed_again() -> None:
    breaker = Breaker()
    now_s, pauses = 0.0, []
    for _ in range(10):
        breaker.timed_out(now_s)
        began_s = now_s
        while breaker.skips(now_s):
            now_s += 1.0
        pauses.append(now_s - began_s)
    assert pauses == [0, 0, 2, 4, 8, 16, 32, 60, 60, 60]
    breaker.answered()
    breaker.timed_out(now_s)
    assert not breaker.skips(now_s)


@given(st.lists(st.booleans(), max_size=60))
def test_a_unit_that_answered_last_is_never_skipped(answers: list[bool]) -> None:
    breaker = Breaker()
    for answered in [*answers, True]:
        if answered:
            breaker.answered()
        else:
            breaker.timed_out(0.0)
    assert not breaker.skips(0.0)
