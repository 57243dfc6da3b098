"""An RS-485 line that is not there: a pseudo-terminal with Modbus RTU servers on its far end.

The near end is reached by a link that stays when the terminal behind it changes, as a serial
adapter keeps its name under ``/dev/serial/by-path``.
"""

import os
import select
import tempfile
import threading
import tty
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators.field_line import SILENCE_S, FieldLine, Reply
from simulators.line_faults import LineFaults
from simulators.machines.pokes import poke
from simulators.modbus_frames import RtuFraming
from simulators.modbus_pdu import Unit

BITS_PER_CHARACTER = 10
"""Start, eight data bits, stop (8N1)."""


class SerialLine:
    """A line from construction until closed."""

    def __init__(
        self,
        units: Mapping[int, Unit],
        *,
        link: Path | None = None,
        baud: int = 9600,
        paced: bool = False,
    ) -> None:
        """Put ``units`` on a line; ``link`` becomes its name, else one is made up.

        ``paced``: replies take as long as a wire of that many baud would.
        """
        self._line = FieldLine(units)
        self._baud = baud
        self._paced = paced
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
    def faults(self) -> LineFaults:
        """What happens to frames on their way."""
        return self._line.faults

    @property
    def url(self) -> str:
        """The line as a site file names it."""
        return f"serial://{self._link}?baud={self._baud}&parity=N"

    @poke
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

    @poke
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
        framing = RtuFraming()
        while not self._leave.is_set():
            ready, _, _ = select.select([far], [], [], SILENCE_S)
            if not ready:
                framing.silence()
                continue
            data = os.read(far, 512)
            for reply in self._line.replies(framing, data):
                self._put(far, reply, len(data))

    def _put(self, far: int, reply: Reply, heard: int) -> None:
        characters = (heard + len(reply.data)) if self._paced else 0
        self._leave.wait(reply.late_s + characters * BITS_PER_CHARACTER / self._baud)
        step = 1 if self.faults.byte_by_byte else len(reply.data)
        for start in range(0, len(reply.data), step):
            if not self._leave.wait(0.001 if start else 0):
                os.write(far, reply.data[start : start + step])
