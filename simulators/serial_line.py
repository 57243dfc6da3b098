"""An RS-485 line that is not there: a pseudo-terminal with Modbus RTU servers on its far end.

The framing is written out here, not borrowed from the client's library, so that the two check
each other. The near end is reached by a link that stays when the terminal behind it changes,
as a serial adapter keeps its name under ``/dev/serial/by-path``.
"""

import os
import select
import tempfile
import threading
import tty
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from simulators.line_faults import LineFaults

READ_HOLDING, READ_INPUT, WRITE_MANY = 3, 4, 16
"""Function codes, Modbus application protocol 6.3, 6.4 and 6.12."""
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2
"""Exception codes, Modbus application protocol 7."""
SILENCE_S = 0.05
"""An incomplete frame is given up after so long; generous, because threads are not wires."""


class RtuUnit(Protocol):
    """One server on the line; called from the line's thread."""

    silent: bool
    """Not there: answers nothing."""

    def read(self, function: int, address: int, count: int) -> list[int] | None:
        """The registers, or ``None`` where there are none."""
        ...


class SerialLine:
    """A line from construction until closed."""

    def __init__(
        self, units: Mapping[int, RtuUnit], *, link: Path | None = None, baud: int = 9600
    ) -> None:
        """Put ``units`` on a line; ``link`` becomes its name, else one is made up."""
        self.faults = LineFaults()
        self._units = units
        self._baud = baud
        self._folder = None
        if link is None:
            self._folder = tempfile.TemporaryDirectory(prefix="serial-line-")
            link = Path(self._folder.name) / "line"
        self._link = link
        self._thread: threading.Thread | None = None
        self._leave = threading.Event()
        self._ends: tuple[int, int] | None = None
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

    @property
    def url(self) -> str:
        """The line as a site file names it."""
        return f"serial://{self._link}?baud={self._baud}&parity=N"

    def vanish(self) -> None:
        """Pull the adapter: whoever has the line open is hung up on, and the name is gone."""
        if self._thread is None or self._ends is None:
            return
        self._leave.set()
        self._thread.join()
        self._thread = None
        self._link.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = None

    def come_back(self) -> None:
        """Plug it in again: another terminal, under the same name."""
        if self._thread is not None:
            return
        far, near = os.openpty()
        tty.setraw(far)
        tty.setraw(near)
        self._ends = (far, near)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(near))
        self._leave.clear()
        self._thread = threading.Thread(target=self._serve, args=(far,), name="serial line")
        self._thread.start()

    def close(self) -> None:
        """Vanish for good."""
        self.vanish()
        if self._folder is not None:
            self._folder.cleanup()

    def _serve(self, far: int) -> None:
        pending = b""
        while not self._leave.is_set():
            ready, _, _ = select.select([far], [], [], SILENCE_S)
            if not ready:
                pending = b""
                continue
            pending += os.read(far, 512)
            length = request_length(pending)
            if length is None or len(pending) < length:
                continue
            frame, pending = pending[:length], b""
            if crc16(frame[:-2]) == frame[-2:]:
                self._answer(far, frame)

    def _answer(self, far: int, frame: bytes) -> None:
        arrived = self.faults.arrives(frame[1], int.from_bytes(frame[2:4], "big"))
        unit = self._units.get(frame[0])
        if not arrived or unit is None or unit.silent:
            return
        body = bytes([frame[0]]) + _reply(unit, frame)
        late_s = self.faults.lateness_s()
        if late_s > 0:
            self._leave.wait(late_s)
        reply = self.faults.reply(body + crc16(body))
        step = 1 if self.faults.byte_by_byte else len(reply) or 1
        for start in range(0, len(reply), step):
            if not self._leave.wait(0.001 if start else 0):
                os.write(far, reply[start : start + step])


def crc16(data: bytes) -> bytes:
    """The check of a frame, low byte first (Modbus over serial line 6.2.2)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def request_length(frame: bytes) -> int | None:
    """How long the request that begins so will be; ``None`` while that cannot be told."""
    if len(frame) < 8:
        return None
    return 9 + frame[6] if frame[1] == WRITE_MANY else 8


def _reply(unit: RtuUnit, frame: bytes) -> bytes:
    """Function code and data of the reply; sensors are read only."""
    function = frame[1]
    if function not in (READ_HOLDING, READ_INPUT):
        return bytes([function | 0x80, ILLEGAL_FUNCTION])
    address, count = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
    registers = unit.read(function, address, count)
    if registers is None:
        return bytes([function | 0x80, ILLEGAL_ADDRESS])
    data = b"".join(register.to_bytes(2, "big") for register in registers)
    return bytes([function, len(data)]) + data
