"""One request and its reply on one line: the only module here that names pymodbus.

What pymodbus leaves open is closed here. It sends a write up to four times unless told not
to, takes a late reply to the previous request for the answer to this one on RTU, whatever its
function or length, and never connects again after a first failure.
"""

import asyncio
import logging
import termios
from collections.abc import Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from drivers.errors import Declined, Garbled, Unreachable
from drivers.modbus.line import Line, SerialLine
from drivers.registers import BIT_KINDS, Kind

logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
"""It reports every time-out as an error; a driver says lost once and back once."""

NO_ANSWER_YET = frozenset({5, 6, 10, 11})
"""Exception codes that mean "later", not "no": acknowledge, busy, gateway without answer."""

READ_FUNCTIONS: dict[Kind, int] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
"""Modbus application protocol 6.1 to 6.4."""

T = TypeVar("T")


class NotSent(Unreachable):
    """Nothing went out: whatever was wished has certainly not happened."""


class Refused(Declined):
    """The unit answered with an exception (Modbus application protocol 7)."""

    def __init__(self, unit: int, code: int) -> None:
        super().__init__(f"unit {unit}: exception {code}{_MEANINGS.get(code, '')}")
        self.code = code


_MEANINGS = {
    1: ", illegal function",
    2: ", illegal address",
    3: ", illegal value",
    4: ", device failure",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Functions 1 to 4: ``count`` registers or bits from ``address`` of one unit."""

    unit: int
    kind: Kind
    address: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Functions 5 and 6 for one value, 15 and 16 for several: always in one request."""

    unit: int
    address: int
    values: tuple[int, ...]
    kind: Kind = "holding"
    """``holding`` or ``coil``; the values of coils are 0 or 1."""


Request = Read | Write


class Exchange:
    """The connection of one line, used by one thread. Never retries, never reconnects."""

    def __init__(self, line: Line, *, timeout_s: float, connect_delay_s: float = 0.0) -> None:
        self._line = line
        self._timeout_s = timeout_s
        self._connect_delay_s = connect_delay_s
        self._has_transaction_ids = not isinstance(line, SerialLine) and not line.rtu
        self._client: AsyncModbusSerialClient | AsyncModbusTcpClient | None = None

    def __enter__(self) -> Self:
        self._runner = asyncio.Runner()
        self._runner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        self._runner.__exit__(kind, error, trace)

    @property
    def connected(self) -> bool:
        """Whether the line is open, as far as anybody can know without speaking."""
        if self._client is not None:
            self._run(_look_around())
        return self._client is not None and bool(self._client.connected)

    def open(self) -> None:
        """Connect.

        Raises:
            Unreachable: nobody listens, or the port is missing or in use.
        """
        self.close()
        try:
            self._client = self._run(self._connect())
        except (OSError, termios.error) as error:
            raise Unreachable(f"{self._line}: {error}") from error

    def close(self) -> None:
        """Let go of the line."""
        if self._client is not None:
            self._client.close()
            self._run(_look_around())
            self._client = None

    def perform(self, request: Request) -> tuple[int, ...]:
        """Send ``request`` once; the registers or bits read, or nothing after a write.

        Raises:
            NotSent: the line is not open.
            Unreachable: no answer; a write may or may not have arrived.
            Garbled: an answer to something else; a write may or may not have arrived.
            Declined: the unit refused, so nothing happened.
        """
        if not self.connected or self._client is None:
            raise NotSent(f"{self._line}: not connected")
        try:
            reply = self._run(self._send(self._client, request))
        except ModbusException as error:
            raise self._silence(request) from error
        if reply.isError():
            raise _refusal(request.unit, getattr(reply, "exception_code", 0))
        fault = _mismatch(request, reply)
        if fault:
            self._quarantine()
            raise Garbled(f"{self._line} unit {request.unit}: {fault}")
        return _content(request, reply) if isinstance(request, Read) else ()

    def _silence(self, request: Request) -> Unreachable:
        if self._client is None or not self._client.connected:
            return Unreachable(f"{self._line}: connection lost")
        self._quarantine()
        return Unreachable(
            f"{self._line} unit {request.unit}: no answer within {self._timeout_s:g} s"
        )

    def _quarantine(self) -> None:
        """Let a late reply arrive and be thrown away, where nothing in it tells it is late."""
        if not self._has_transaction_ids:
            self._run(asyncio.sleep(self._timeout_s))

    async def _connect(self) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        client = self._make()
        if not await client.connect():
            client.close()
            raise ConnectionError("cannot be opened")
        await asyncio.sleep(self._connect_delay_s)
        await _look_around()
        return client

    def _make(self) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        line = self._line
        if isinstance(line, SerialLine):
            return AsyncModbusSerialClient(
                line.device,
                baudrate=line.baud,
                parity=line.parity,
                stopbits=line.stopbits,
                timeout=self._timeout_s,
                retries=0,
                reconnect_delay=0,
            )
        return AsyncModbusTcpClient(
            line.host,
            port=line.port,
            framer=FramerType.RTU if line.rtu else FramerType.SOCKET,
            timeout=self._timeout_s,
            retries=0,
            reconnect_delay=0,
        )

    @staticmethod
    async def _send(
        client: AsyncModbusSerialClient | AsyncModbusTcpClient, request: Request
    ) -> ModbusPDU:
        unit, address = request.unit, request.address
        match request:
            case Read(kind=kind, count=count):
                read = {
                    "coil": client.read_coils,
                    "discrete": client.read_discrete_inputs,
                    "holding": client.read_holding_registers,
                    "input": client.read_input_registers,
                }[kind]
                return await read(address, count=count, device_id=unit)
            case Write(kind="coil", values=(value,)):
                return await client.write_coil(address, bool(value), device_id=unit)
            case Write(kind="coil", values=values):
                return await client.write_coils(address, list(map(bool, values)), device_id=unit)
            case Write(values=(value,)):
                return await client.write_register(address, value, device_id=unit)
            case Write(values=values):
                return await client.write_registers(address, list(values), device_id=unit)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


async def _look_around() -> None:
    """Two turns of the loop: what has arrived, or hung up, meanwhile is seen."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def _refusal(unit: int, code: int) -> Unreachable | Declined:
    if code in NO_ANSWER_YET:
        return Unreachable(f"unit {unit}: exception {code}, not now")
    return Refused(unit, code)


def _mismatch(request: Request, reply: ModbusPDU) -> str:
    """Why ``reply`` cannot belong to ``request``; empty when it can."""
    expected = function_of(request)
    if reply.function_code != expected:
        return f"function {reply.function_code} in answer to {expected}"
    if isinstance(request, Read) and request.kind in BIT_KINDS:
        octets = (request.count + 7) // 8
        got = len(reply.bits) // 8
        return "" if got == octets else f"{got} octets of bits in answer to {request.count} bits"
    if isinstance(request, Read):
        got = len(reply.registers)
        return "" if got == request.count else f"{got} registers in answer to {request.count}"
    if reply.address != request.address or not _echoes(request, reply):
        return "the echo is not of what was written"
    return ""


def function_of(request: Request) -> int:
    """The function code ``request`` goes out with."""
    if isinstance(request, Read):
        return READ_FUNCTIONS[request.kind]
    single, several = (5, 15) if request.kind == "coil" else (6, 16)
    return single if len(request.values) == 1 else several


def _content(request: Read, reply: ModbusPDU) -> tuple[int, ...]:
    if request.kind in BIT_KINDS:
        return tuple(map(int, reply.bits[: request.count]))
    return tuple(reply.registers)


def _echoes(request: Write, reply: ModbusPDU) -> bool:
    if len(request.values) > 1:
        return bool(reply.count == len(request.values))
    echo = reply.bits[:1] if request.kind == "coil" else reply.registers
    return list(map(int, echo)) == list(request.values)
