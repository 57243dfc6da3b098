"""The devices that share a line, and what becomes of each request to them on its way."""

import threading
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from simulators.line_faults import LineFaults
from simulators.modbus_frames import Framing, Request
from simulators.modbus_pdu import BUSY, Unit, answer, exception, mismatched

SILENCE_S = 0.05
"""An incomplete RTU frame is given up after so long; generous: threads are not wires."""


class Reply(NamedTuple):
    """Bytes to be put on the line, and when."""

    data: bytes
    late_s: float


class FieldLine:
    """Units by their numbers; serves one request at a time, as one pair of wires does."""

    def __init__(self, units: Mapping[int, Unit]) -> None:
        self.units = units
        self.faults = LineFaults()
        self._held: Request | None = None
        self._lock = threading.Lock()

    def replies(self, framing: Framing, data: bytes) -> Iterator[Reply]:
        """What goes back for the bytes that came; raises ``ValueError`` at nonsense."""
        for request in framing.feed(data):
            with self._lock:
                reply = self._reply(framing, request)
            if reply is not None:
                yield reply

    def _reply(self, framing: Framing, request: Request) -> Reply | None:
        function, register = request.pdu[0], int.from_bytes(request.pdu[1:3], "big")
        fate = self.faults.next(function, register)
        unit = self.units.get(request.unit)
        if not fate.arrives or unit is None or unit.silent or self._is_held(request):
            return None
        pdu = exception(function, BUSY) if fate.busy else answer(unit, request.pdu)
        frame = framing.frame(request, mismatched(pdu) if fate.mismatched else pdu)
        arriving = fate.arriving(frame)
        return Reply(arriving, fate.late_s) if arriving else None

    def _is_held(self, request: Request) -> bool:
        """Keep a write back as a slow gateway does; deliver it before the next one."""
        function = request.pdu[0]
        if self._held is not None and self._held.pdu[0] == function:
            answer(self.units[self._held.unit], self._held.pdu)
            self._held = None
        if self.faults.hold_function != function:
            return False
        self.faults.hold_function = None
        self._held = request
        return True
