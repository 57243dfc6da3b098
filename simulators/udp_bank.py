"""A bank of mobile shelving that speaks 55-frames over UDP: the same carriages, another tongue."""

import socket
import threading
from types import TracebackType
from typing import Self

from drivers.bank_udp.wire import (
    ANSWER,
    Climate,
    Code,
    Column,
    Flag,
    Frame,
    Push,
    Status,
    climate_data,
    decode,
    encode,
    status_data,
)
from drivers.errors import Garbled
from simulators.machines.shelving import Shelving

DATAGRAM = 512
FLAGS = {
    "power_ok": Flag.POWER,
    "remote_enabled": Flag.REMOTE,
    "moving": Flag.MOVING,
    "occupied": Flag.BEAM,
    "obstructed": Flag.BEAM,
    "reset_required": Flag.ALARM,
    "estop_active": Flag.EMERGENCY_STOP,
    "ventilated": Flag.VENTILATED,
}
OPENS = frozenset({Code.OPEN_FIXED_LEFT, Code.OPEN_FIXED_RIGHT})


class UdpBankSimulator:
    """Listens from construction until closed."""

    def __init__(self, *, columns: int, address: int = 1, speed_mm_per_s: float = 300.0) -> None:
        """Put a bank on a free UDP port of this machine."""
        self.shelving = Shelving(columns, speed_mm_per_s=speed_mm_per_s)
        self.silent = False
        self.deaf_to: set[int] = set()
        """Questions with these codes are lost on the way."""
        self.heard: list[int] = []
        """The codes of all questions that were sent to it."""
        self._columns = columns
        self._address = address
        self._lock = threading.RLock()
        self._peer: tuple[str, int] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port: int = self._socket.getsockname()[1]
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="udp bank")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave.set()
        self._thread.join()
        self._socket.close()

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass."""
        with self._lock:
            moved = self.shelving.moving
            self.shelving.advance(dt_s)
            if moved and not self.shelving.moving:
                self._push(Push.ALARM if self._flags() & Flag.ALARM else Push.MOVED)

    def say(self, datagram: bytes) -> None:
        """Send whatever a broken bank might to whoever asked last."""
        if self._peer is not None:
            self._socket.sendto(datagram, self._peer)

    def _serve(self) -> None:
        while not self._leave.is_set():
            try:
                datagram, self._peer = self._socket.recvfrom(DATAGRAM)
                frame = decode(datagram)
            except (TimeoutError, Garbled):
                continue
            self.heard.append(frame.code)
            lost = self.silent or frame.code in self.deaf_to
            if frame.address == self._address and not lost:
                with self._lock:
                    self._take(frame)

    def _take(self, frame: Frame) -> None:
        data = b""
        if frame.code == Code.STATUS:
            data = status_data(self._status())
        elif frame.code == Code.CLIMATE:
            data = climate_data(Climate(temperature_c=20.0, relative_humidity_percent=50.0))
        elif frame.code == Code.STOP:
            self.shelving.halt("stopped")
        else:
            self._move(frame)
        self.say(encode(Frame(address=self._address, code=frame.code - ANSWER, data=data)))

    def _move(self, frame: Frame) -> None:
        verb = {Code.CLOSE: "close_all", Code.VENTILATE: "ventilate"}.get(Code(frame.code))
        arguments: dict[str, int] = {}
        if frame.code in OPENS:
            verb, arguments = "open_aisle", {"aisle": frame.data[0]}
        if verb and not self.shelving.refusal(verb, arguments, moves=True):
            self.shelving.begin(verb, arguments)
            self._push(Push.MOVING)

    def _push(self, push: Push) -> None:
        self.say(encode(Frame(address=self._address, code=push)))

    def _flags(self) -> Flag:
        said = self.shelving.flags()
        on = [flag for name, flag in FLAGS.items() if said.get(name)]
        return Flag(sum({int(flag) for flag in on}))

    def _status(self) -> Status:
        aisle = self.shelving.carriages.open_aisle
        columns = [Column.NEITHER if aisle is not None else Column.BOTH] * self._columns
        if aisle:
            columns[aisle - 1], columns[aisle] = Column.RIGHT, Column.LEFT
        return Status(flags=self._flags(), fault_code=0, columns=tuple(columns))
