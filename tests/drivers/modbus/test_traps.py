"""What bites users of pymodbus, each reproduced against our side of it, on a serial line."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from drivers.errors import Declined, Garbled, Unreachable
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.exchange import NotSent, Read, Write
from drivers.modbus.line import parse_line
from simulators.modbus_pdu import ILLEGAL_ADDRESS, Refused, Table
from simulators.serial_line import SerialLine

TIMEOUT_S = 0.1
"""After a time-out the line rests for as long again, so replies up to 0.2 s late are dropped."""
LATE_S = 0.15
VERY_LATE_S = 0.25


class Echoing:
    """A unit whose registers hold their own addresses, so that mix-ups show."""

    silent = False

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """1000 plus the address; nothing at 500 and beyond."""
        if address >= 500:
            raise Refused(ILLEGAL_ADDRESS)
        return [1000 + address + i for i in range(count)]

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Whatever is written is gone."""


@pytest.fixture
def line() -> Iterator[SerialLine]:
    with SerialLine({1: Echoing()}, baud=115200) as line:
        yield line


@pytest.fixture
def bus(line: SerialLine) -> Iterator[Bus]:
    bus = Bus(parse_line(line.url), timeout_s=TIMEOUT_S)
    with bus.running():
        yield bus


def read(address: int, count: int = 2, *, unit: int = 1) -> Read:
    return Read(unit=unit, kind="holding", address=address, count=count)


def test_a_late_reply_never_becomes_the_next_answer(line: SerialLine, bus: Bus) -> None:
    line.faults.delay_reply(LATE_S)
    with pytest.raises(Unreachable, match="no answer within"):
        bus.perform(read(10), Priority.POLL)
    assert bus.perform(read(20), Priority.POLL) == (1020, 1021)


def test_a_very_late_reply_of_another_length_is_garbled(line: SerialLine, bus: Bus) -> None:
    line.faults.delay_reply(VERY_LATE_S)
    with pytest.raises(Unreachable):
        bus.perform(read(10), Priority.POLL)
    with pytest.raises(Garbled, match="2 registers in answer to 5"):
        bus.perform(read(20, 5), Priority.POLL)
    assert bus.perform(read(30), Priority.POLL) == (1030, 1031)


def test_a_very_late_reply_of_another_function_is_garbled(line: SerialLine, bus: Bus) -> None:
    line.faults.delay_reply(VERY_LATE_S)
    with pytest.raises(Unreachable):
        bus.perform(read(10), Priority.POLL)
    other = Read(unit=1, kind="input", address=10, count=2)
    with pytest.raises(Garbled, match="function 3 in answer to 4"):
        bus.perform(other, Priority.POLL)


def test_a_very_late_read_is_no_acknowledgement_of_a_write(line: SerialLine, bus: Bus) -> None:
    line.faults.delay_reply(VERY_LATE_S)
    with pytest.raises(Unreachable):
        bus.perform(read(10), Priority.POLL)
    with pytest.raises(Garbled, match="function 3 in answer to 6"):
        bus.perform(Write(unit=1, address=10, values=(1,)), Priority.COMMAND)


@pytest.mark.parametrize("values", [(1,), (1, 2, 3)])
def test_a_write_to_a_dead_unit_goes_out_exactly_once(
    line: SerialLine, bus: Bus, values: tuple[int, ...]
) -> None:
    line.faults.silent = True
    with pytest.raises(Unreachable):
        bus.perform(Write(unit=1, address=10, values=values), Priority.COMMAND)
    line.faults.silent = False
    assert bus.perform(read(10), Priority.POLL) == (1010, 1011)
    assert dict(line.faults.counted) == {6 if len(values) == 1 else 16: 1, 3: 1}


def test_a_caller_that_gives_up_spoils_no_other_answer(line: SerialLine, bus: Bus) -> None:
    line.faults.delay_reply(TIMEOUT_S / 2)
    abandoned = bus.ask(read(10), Priority.POLL)
    queued = bus.ask(read(15), Priority.POLL)
    assert queued.cancel()
    assert bus.perform(read(20), Priority.POLL) == (1020, 1021)
    assert abandoned.result() == (1010, 1011)
    assert line.faults.requests == 2


def test_a_line_that_is_not_there_at_first_is_opened_later(tmp_path: Path) -> None:
    link = tmp_path / "line"
    bus = Bus(parse_line(f"serial://{link}?baud=115200"), timeout_s=TIMEOUT_S)
    with bus.running():
        with pytest.raises(NotSent):
            bus.perform(read(10), Priority.POLL)
        with SerialLine({1: Echoing()}, link=link):
            assert bus.perform(read(10), Priority.POLL) == (1010, 1011)


def test_a_line_that_was_pulled_is_opened_again_under_its_name(line: SerialLine, bus: Bus) -> None:
    first = bus.connect()
    line.vanish()
    with pytest.raises(NotSent):
        bus.perform(read(10), Priority.POLL)
    line.come_back()
    assert bus.perform(read(10), Priority.POLL) == (1010, 1011)
    assert bus.connect() == first + 1


def test_nothing_is_sent_over_another_connection_than_was_meant(line: SerialLine, bus: Bus) -> None:
    first = bus.connect()
    line.vanish()
    line.come_back()
    bus.connect()
    with pytest.raises(NotSent, match="connection was lost"):
        bus.perform(Write(unit=1, address=1, values=(1,)), Priority.COMMAND, connection=first)
    assert line.faults.requests == 0


def test_a_port_has_one_owner(line: SerialLine, bus: Bus) -> None:
    bus.connect()
    second = Bus(parse_line(line.url), timeout_s=TIMEOUT_S)
    with second.running(), pytest.raises(NotSent):
        second.connect()
    assert bus.perform(read(10), Priority.POLL) == (1010, 1011)


def test_a_refusal_is_declined_and_not_a_value(line: SerialLine, bus: Bus) -> None:
    with pytest.raises(Declined, match="exception 2"):
        bus.perform(read(500), Priority.POLL)


def test_an_absent_unit_is_silence(bus: Bus) -> None:
    with pytest.raises(Unreachable, match="unit 9: no answer"):
        bus.perform(read(10, unit=9), Priority.POLL)


def test_flipped_bits_are_no_answer(line: SerialLine, bus: Bus) -> None:
    line.faults.garble_reply()
    with pytest.raises(Unreachable):
        bus.perform(read(10), Priority.POLL)
    assert bus.perform(read(10), Priority.POLL) == (1010, 1011)


def test_a_reply_may_come_byte_by_byte(line: SerialLine, bus: Bus) -> None:
    line.faults.byte_by_byte = True
    assert bus.perform(read(10, 5), Priority.POLL) == (1010, 1011, 1012, 1013, 1014)


def test_a_bus_nobody_serves_sends_nothing(line: SerialLine) -> None:
    bus = Bus(parse_line(line.url), timeout_s=TIMEOUT_S)
    with pytest.raises(NotSent):
        bus.perform(read(10), Priority.POLL)


def test_a_very_late_reply_with_fewer_bits_is_garbled(line: SerialLine, bus: Bus) -> None:
    line.faults.delay_reply(VERY_LATE_S)
    with pytest.raises(Unreachable):
        bus.perform(Read(unit=1, kind="coil", address=10, count=2), Priority.POLL)
    with pytest.raises(Garbled, match="1 octets of bits in answer to 20 bits"):
        bus.perform(Read(unit=1, kind="coil", address=20, count=20), Priority.POLL)
