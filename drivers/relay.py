"""Stands between a driver and its reader, passes on every byte, and records it.

Whatever speaks to the reader over TCP can be recorded so, without knowing of it; a serial reader
is spoken to over the relay's port as ``socket://…``, and one that speaks TLS or calls by itself as
one that does neither. It understands nothing of what it passes on.
"""

import select
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from time import monotonic
from types import TracebackType
from typing import Self

from drivers.errors import Unreachable
from drivers.link import Stopped, Waker
from drivers.openings import Opening
from drivers.recording import NotRecorded, Recorder
from drivers.serial_uhf.line import Line

CHUNK_BYTES = 1 << 16
LOOKS_EVERY_S = 0.2
"""How soon the end of one side is noticed on the other."""
GONE = "the driver has gone"
TAKES_WITHIN_S = 5.0
"""A driver that takes nothing for so long is gone."""


class Relay:
    """Serves one connection after the other, as readers do."""

    def __init__(
        self, recorder: Recorder, opening: Opening, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Listen on ``port``, any free one for 0, for whoever wants the reader of ``recorder``.

        Raises:
            OSError: the port is taken.
        """
        self._recorder = recorder
        self._opening = opening
        self._listener = socket.create_server((host, port))
        self._listener.settimeout(LOOKS_EVERY_S)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay")
        self.failure: NotRecorded | None = None
        """Why it stopped by itself."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                with suppress(TimeoutError):
                    client, _ = self._listener.accept()
                    with client:
                        self._serve(client)
        except NotRecorded as error:
            self.failure = error

    def _serve(self, client: socket.socket) -> None:
        ended = threading.Event()
        waker = Waker()
        with closing(waker):
            try:
                line = self._opening(self._stop, waker)
            except Unreachable as error:
                self._recorder.closed(str(error))
                return
            except Stopped:
                return
            with closing(line):
                self._recorder.opened(self._recorder.peer)
                reason = self._pass_on(client, line, ended, waker)
                self._recorder.closed(reason)

    def _pass_on(
        self, client: socket.socket, line: Line, ended: threading.Event, waker: Waker
    ) -> str:
        """Both directions, until either side ends; returns who, or why."""
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.settimeout(TAKES_WITHIN_S)
        reasons: list[str] = []
        failures: list[NotRecorded] = []

        def run(pump: Callable[[], str]) -> None:
            try:
                reasons.append(pump())
            except NotRecorded as error:
                failures.append(error)
            finally:
                ended.set()
                waker.wake()

        asking = threading.Thread(
            target=run, args=(lambda: self._from_driver(client, line, ended),), name="relay-asking"
        )
        asking.start()
        run(lambda: self._from_reader(client, line, ended))
        asking.join()
        if failures:
            raise failures[0]
        return reasons[0]

    def _from_driver(self, client: socket.socket, line: Line, ended: threading.Event) -> str:
        while not ended.is_set():
            if not select.select([client], [], [], LOOKS_EVERY_S)[0]:
                continue
            data = _received(client)
            if not data:
                return GONE
            self._recorder.said("driver", data)
            try:
                line.send(data)
            except Unreachable as error:
                return str(error)
        return "stopped"

    def _from_reader(self, client: socket.socket, line: Line, ended: threading.Event) -> str:
        while not ended.is_set():
            try:
                data = line.receive(monotonic() + LOOKS_EVERY_S)
            except Unreachable as error:
                return str(error)
            except Stopped:
                return "stopped"
            if not data:
                continue
            self._recorder.said("reader", data)
            try:
                client.sendall(data)
            except OSError:
                return GONE
        return GONE


def _received(client: socket.socket) -> bytes:
    try:
        return client.recv(CHUNK_BYTES)
    except OSError:
        return b""
