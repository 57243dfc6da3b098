"""Serves simulated devices over Modbus TCP: a pymodbus server in a thread of its own.

It can lose, delay and garble frames, fall silent, and vanish and come back on the same port.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self, cast

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from simulators.line_faults import LineFaults

log = logging.getLogger(__name__)
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

READ_HOLDING, READ_INPUT = 3, 4
"""Function codes, Modbus application protocol 6.3 and 6.4."""


class RefusedWrite(Exception):
    """The device does not take this value: answered with exception 3."""


class Unit(Protocol):
    """The registers of one simulated device; called from the server's thread."""

    def inputs(self) -> list[int]:
        """All input registers, from address 0."""
        ...

    def holdings(self) -> list[int]:
        """All holding registers, from address 0."""
        ...

    def write(self, address: int, values: list[int]) -> None:
        """Take ``values``; raises ``RefusedWrite``."""
        ...


class ModbusServer:
    """Listens from construction until closed."""

    def __init__(self, units: Mapping[int, Unit], *, port: int = 0) -> None:
        """Listen on ``port`` of this machine, or on a free one."""
        self.faults = LineFaults()
        self.port = port
        self._units = units
        self._late: ModbusPDU | None = None
        self._held = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="modbus server")
        self._thread.start()
        self._server: ModbusTcpServer | None = None
        self.come_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def vanish(self) -> None:
        """Drop every connection and listen no more."""
        if self._server is not None:
            self._run(self._stop(self._server))
            self._server = None

    def come_back(self) -> None:
        """Listen again, on the same port."""
        if self._server is None:
            self._server = self._run(self._start())

    def close(self) -> None:
        """Vanish for good."""
        if self._loop.is_closed():
            return
        self._held.set()
        self.vanish()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> ModbusTcpServer:
        server = ModbusTcpServer(
            [_device(number, unit) for number, unit in self._units.items()],
            address=("127.0.0.1", self.port),
            trace_packet=self._packet,
            trace_pdu=self._pdu,
        )
        await server.serve_forever(background=True)
        listener = cast(asyncio.Server, server.transport)
        self.port = listener.sockets[0].getsockname()[1]
        return server

    async def _stop(self, server: ModbusTcpServer) -> None:
        # Accept no more before closing: asyncio forgets a socket that is accepted meanwhile.
        for listening in cast(asyncio.Server, server.transport).sockets:
            self._loop.remove_reader(listening.fileno())
        await self._turn()
        await server.shutdown()  # type: ignore[no-untyped-call]  # untyped upstream
        await self._turn()

    @staticmethod
    async def _turn() -> None:
        """Let the loop finish what is due: sockets are opened and let go of in later turns."""
        for _ in range(4):
            await asyncio.sleep(0)

    def _pdu(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        """Swallow requests that are lost or for somebody else, as a wire would."""
        if sending:
            return pdu
        arrived = self.faults.arrives(pdu.function_code, pdu.address)
        if not arrived or pdu.dev_id not in self._units or self._is_held(pdu):
            return cast(ModbusPDU, None)
        return pdu

    def _is_held(self, pdu: ModbusPDU) -> bool:
        """Keep a write back as a slow gateway does; deliver it before the next one."""
        if self._late is not None and self._late.function_code == pdu.function_code:
            self._units[self._late.dev_id].write(self._late.address, list(self._late.registers))
            self._late = None
        if self.faults.hold_function != pdu.function_code:
            return False
        self.faults.hold_function = None
        self._late = pdu
        return True

    def _packet(self, sending: bool, data: bytes) -> bytes:
        if not sending:
            return data
        late_s = self.faults.lateness_s()
        if late_s > 0:  # holds up this server's thread, and nothing else
            self._held.wait(late_s)
        return self.faults.reply(data)


def _device(number: int, unit: Unit) -> SimDevice:
    bits = [SimData(0, count=16, values=False, datatype=DataType.BITS)]
    registers: Callable[[int], list[SimData]] = lambda count: [  # noqa: E731 -- two uses, below
        SimData(0, count=count, values=0, datatype=DataType.REGISTERS)
    ]
    return SimDevice(
        number,
        simdata=(bits, bits, registers(len(unit.holdings())), registers(len(unit.inputs()))),
        action=partial(_act, unit),
    )


async def _act(
    unit: Unit,
    function: int,
    start: int,
    address: int,
    count: int,
    registers: list[int],
    values: list[int] | list[bool] | None,
) -> ExcCodes | None:
    """Let the device answer; ``registers`` is what the server then reads from."""
    if function == READ_INPUT:
        registers[:] = unit.inputs()
    elif values is None:
        registers[:] = unit.holdings()
    else:
        try:
            unit.write(address, [int(value) for value in values])
        except RefusedWrite:
            return ExcCodes.ILLEGAL_VALUE
    return None
