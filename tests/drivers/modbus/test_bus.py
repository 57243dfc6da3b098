"""Who goes first on a line, and how long a watchdog is beaten; over TCP."""

from collections.abc import Iterator, Sequence
from time import monotonic

import pytest

from drivers.errors import Declined, Unreachable
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.exchange import NotSent, Read, Write
from drivers.modbus.line import TcpLine
from simulators.modbus_pdu import ILLEGAL_VALUE, Refused, Table
from simulators.modbus_server import ModbusServer
from tests.services import eventually, free_port

POLL = Read(unit=1, kind="input", address=0, count=2)
STOP = Write(unit=1, address=8, values=(1,))


class Noting:
    """A unit that notes what is written to it, and takes anything but 13."""

    silent = False

    def __init__(self) -> None:
        self.written: list[tuple[int, list[int]]] = []
        self.polls = 0
        self.polls_when_written: list[int] = []
        self._registers = [0] * 16

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Two constant input registers, sixteen holding registers as written."""
        if table == "holding":
            return self._registers[address : address + count]
        self.polls += 1
        return [7, 8][address : address + count]

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Note it."""
        if values == [13]:
            raise Refused(ILLEGAL_VALUE)
        self.written.append((address, list(values)))
        self.polls_when_written.append(self.polls)
        self._registers[address : address + len(values)] = values


@pytest.fixture
def unit() -> Noting:
    return Noting()


@pytest.fixture
def server(unit: Noting) -> Iterator[ModbusServer]:
    with ModbusServer({1: unit}) as server:
        yield server


@pytest.fixture
def bus(server: ModbusServer) -> Iterator[Bus]:
    bus = Bus(TcpLine(host="127.0.0.1", port=server.port, rtu=False), timeout_s=0.2)
    with bus.running():
        yield bus


def test_a_stop_overtakes_300_queued_polls(server: ModbusServer, unit: Noting, bus: Bus) -> None:
    bus.connect()
    polled = unit.polls
    server.faults.delay_reply(0.1)
    polls = [bus.ask(POLL, Priority.POLL) for _ in range(300)]
    stop = bus.ask(STOP, Priority.STOP)
    assert {poll.result() for poll in polls} == {(7, 8)}
    assert stop.done()
    assert len(unit.polls_when_written) == 1
    assert unit.polls_when_written[0] - polled <= 1  # one may have been on its way already


def test_the_more_urgent_goes_first_and_equals_keep_their_order(
    server: ModbusServer, unit: Noting, bus: Bus
) -> None:
    bus.connect()
    server.faults.delay_reply(0.1)
    first = bus.ask(POLL, Priority.POLL)
    order = [(Priority.POLL, 1), (Priority.COMMAND, 2), (Priority.COMMAND, 3), (Priority.STOP, 4)]
    asked = [bus.ask(Write(unit=1, address=n, values=(n,)), p) for p, n in order]
    assert first.result() == (7, 8)
    for future in asked:
        future.result()
    assert [address for address, _ in unit.written] == [4, 2, 3, 1]


def test_a_beat_changes_its_register_until_it_is_no_longer_renewed(unit: Noting, bus: Bus) -> None:
    connection = bus.connect()
    bus.beat(unit=1, address=0, period_s=0.02, connection=connection, for_s=0.2)
    eventually(lambda: len(unit.written), lambda n: n >= 4)
    values = [values[0] for _, values in unit.written]
    assert len(set(values)) == len(values)
    eventually(lambda: _beats_meanwhile(bus, unit), lambda beats: beats == 0)


def test_a_beat_rests_when_told_so(unit: Noting, bus: Bus) -> None:
    bus.beat(unit=1, address=0, period_s=0.02, connection=bus.connect(), for_s=60)
    eventually(lambda: unit.written, bool)
    bus.rest(1)
    bus.perform(POLL, Priority.POLL)  # whatever was on its way has gone by now
    assert _beats_meanwhile(bus, unit) == 0


def test_a_beat_is_never_sent_over_a_later_connection(
    server: ModbusServer, unit: Noting, bus: Bus
) -> None:
    first = bus.connect()
    bus.perform(POLL, Priority.POLL)  # the server knows of the connection by now
    server.vanish()
    server.come_back()
    eventually(lambda: _connected(bus), lambda number: number > first)
    bus.beat(unit=1, address=0, period_s=0.02, connection=first, for_s=60)
    eventually(lambda: bus.counters().get("beats_lost", 0), lambda lost: lost > 2)
    assert unit.written == []


def test_a_request_withdrawn_in_the_queue_is_not_sent(unit: Noting, bus: Bus) -> None:
    with pytest.raises(NotSent, match="withdrawn"):
        bus.ask(STOP, Priority.COMMAND, wanted=lambda: False).result()
    assert unit.written == []


def test_a_value_the_unit_refuses_is_declined(bus: Bus) -> None:
    with pytest.raises(Declined, match="exception 3"):
        bus.perform(Write(unit=1, address=9, values=(13,)), Priority.COMMAND)


def test_the_first_connect_may_fail_and_a_later_one_succeed(unit: Noting) -> None:
    port = free_port()
    bus = Bus(TcpLine(host="127.0.0.1", port=port, rtu=False), timeout_s=0.2)
    with bus.running():
        with pytest.raises(NotSent):
            bus.connect()
        with ModbusServer({1: unit}, port=port):
            assert bus.perform(POLL, Priority.POLL) == (7, 8)


def test_a_late_reply_over_tcp_is_told_by_its_transaction_number(
    server: ModbusServer, bus: Bus
) -> None:
    server.faults.delay_reply(0.3)
    with pytest.raises(Unreachable):
        bus.perform(Read(unit=1, kind="holding", address=0, count=2), Priority.POLL)
    assert bus.perform(POLL, Priority.POLL) == (7, 8)


def test_an_absent_unit_behind_a_gateway_is_silence(bus: Bus) -> None:
    with pytest.raises(Unreachable, match="unit 9: no answer"):
        bus.perform(Read(unit=9, kind="input", address=0, count=2), Priority.POLL)


def _beats_meanwhile(bus: Bus, unit: Noting) -> int:
    """Writes that were slipped in between some hundred polls, many beat periods long."""
    before = len(unit.written)
    end = monotonic() + 0.1
    while monotonic() < end:
        bus.perform(POLL, Priority.POLL)
    return len(unit.written) - before


def _connected(bus: Bus) -> int:
    try:
        return bus.connect()
    except NotSent:
        return 0
