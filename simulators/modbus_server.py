"""Serves simulated devices on a TCP port: as Modbus TCP, or as RTU in TCP as serial gateways do.

It can vanish and come back on the same port; what it loses and garbles is ``faults``.
"""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from simulators.field_line import SILENCE_S, FieldLine
from simulators.line_faults import LineFaults
from simulators.machines.pokes import poke
from simulators.modbus_frames import Framing, RtuFraming, TcpFraming
from simulators.modbus_pdu import Unit


class ModbusServer:
    """Listens from construction until closed; each connection has a thread."""

    def __init__(
        self,
        units: Mapping[int, Unit],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        rtu: bool = False,
    ) -> None:
        """Listen on ``port``, or on a free one; with ``rtu`` frames are those of a serial line.

        Raises:
            OSError: the port is taken.
        """
        self._line = FieldLine(units)
        self._host = host
        self.port = port
        self._rtu = rtu
        self._leave = threading.Event()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
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
        return f"{'rtu+tcp' if self._rtu else 'tcp'}://{self._host}:{self.port}"

    @poke
    def vanish(self) -> None:
        """Drop every connection and listen no more."""
        if self._listener is None:
            return
        self._leave.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self._listener = None
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        while self._threads:  # the accepting one first: it starts the others
            self._threads.pop(0).join()

    @poke
    def come_back(self) -> None:
        """Listen again, on the same port."""
        if self._listener is not None:
            return
        self._leave.clear()
        self._listener = socket.create_server((self._host, self.port))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)

    def close(self) -> None:
        """Vanish for good."""
        self.vanish()

    def _start(self, work: Callable[[socket.socket], None], end: socket.socket) -> None:
        thread = threading.Thread(target=work, args=(end,), name=f"modbus {self.port}")
        thread.start()
        self._threads = [*(t for t in self._threads if t.is_alive()), thread]

    def _accept(self, listener: socket.socket) -> None:
        while not self._leave.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(SILENCE_S)
            with self._lock:
                self._connections.add(connection)
                late = self._leave.is_set()
            if late:  # it came in just as this end vanished
                self._end(connection)
            else:
                self._start(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        framing = RtuFraming() if self._rtu else TcpFraming()
        with suppress(OSError, ValueError):  # hung up on, or spoken to in another language
            while data := self._heard(connection, framing):
                for reply in self._line.replies(framing, data):
                    self._leave.wait(reply.late_s)
                    connection.sendall(reply.data)
        self._end(connection)

    def _heard(self, connection: socket.socket, framing: Framing) -> bytes:
        while True:
            try:
                return connection.recv(4096)
            except TimeoutError:
                framing.silence()

    def _end(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
        connection.close()
