"""Waits for readers that connect to us (reader-initiated connections, section 6.2 and 16.1).

Readers that call the same port share one listener; each is told by the address it calls from.
"""

import socket
import threading
from contextlib import suppress
from time import monotonic

from drivers.errors import Unreachable
from drivers.link import Stopped

CALLS_WITHIN_S = 10.0
"""A reader that has not called for so long counts as lost; it is waited for all the same."""
LOOKS_EVERY_S = 0.1
BACKLOG = 64


class Listener:
    """One port; opened when the first reader is waited for. Callable from any thread."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._expected: dict[str, str] = {}
        self._callers: dict[str, socket.socket] = {}
        self.strangers = 0
        """How many called whom nobody waits for."""

    def expect(self, reader: str) -> None:
        """Some driver will wait for the reader at that host name or address.

        Raises:
            ValueError: another driver does already: the two cannot be told apart.
        """
        if reader in self._expected:
            raise ValueError(f"two readers that call this port are at {reader}")
        self._expected[reader] = ""

    def take(self, reader: str, stop: threading.Event) -> socket.socket:
        """The connection that the reader at ``reader`` has opened, the newest if several.

        Raises:
            Unreachable: it has not called, or the port cannot be listened at.
            Stopped: told to stop meanwhile.
        """
        end = monotonic() + CALLS_WITHIN_S
        address = _resolved(reader)
        while not stop.is_set():
            with self._lock:
                self._expected[reader] = address
                self._accept_all(self._open())
                caller = self._callers.pop(address, None)
            if caller is not None:
                return caller
            if monotonic() >= end:
                raise Unreachable(f"has not called within {CALLS_WITHIN_S:g} s")
            stop.wait(LOOKS_EVERY_S)
        raise Stopped

    def close(self) -> None:
        """Give the port and whoever waits there back."""
        with self._lock:
            for caller in self._callers.values():
                caller.close()
            self._callers.clear()
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    @property
    def port(self) -> int:
        """Where it listens, once it does; before, where it shall."""
        own = self._socket
        return self._address[1] if own is None else int(own.getsockname()[1])

    def _open(self) -> socket.socket:
        if self._socket is None:
            try:
                self._socket = socket.create_server(self._address, backlog=BACKLOG)
            except OSError as error:
                host, port = self._address
                raise Unreachable(f"cannot listen at {host}:{port}: {error.strerror}") from error
            self._socket.setblocking(False)
        return self._socket

    def _accept_all(self, listening: socket.socket) -> None:
        with suppress(BlockingIOError):
            while True:
                caller, peer = listening.accept()
                if peer[0] not in self._expected.values():
                    self.strangers += 1
                    caller.close()
                    continue
                previous = self._callers.pop(peer[0], None)
                if previous is not None:
                    previous.close()
                self._callers[peer[0]] = caller


def _resolved(reader: str) -> str:
    try:
        return str(socket.getaddrinfo(reader, None, family=socket.AF_INET)[0][4][0])
    except OSError as error:
        raise Unreachable(f"{reader}: {error.strerror}") from error
