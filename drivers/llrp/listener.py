"""Waits for readers that connect to us (reader-initiated connections, section 6.2 and 16.1).

Readers that call the same port share one listener; each is told by the address it calls from, or,
wherever it calls from, by the id it gives when asked.
"""

import ipaddress
import logging
import socket
import ssl
import threading
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from drivers.errors import Garbled, Unreachable
from drivers.link import Caller, Link, Stopped, Waker
from drivers.llrp.identify import identify

log = logging.getLogger(__name__)

CALLS_WITHIN_S = 10.0
"""A reader that has not called for so long counts as lost; it is waited for all the same."""
LOOKS_EVERY_S = 0.1
BACKLOG = 64


class Expected(NamedTuple):
    """How one reader is told from others: by its id if it has one here, else by its address."""

    host: str = ""
    reader_id: str = ""
    """Upper-case hexadecimal, as the reader gives it: mostly its MAC address or an EPC."""

    def __str__(self) -> str:
        return f"id {self.reader_id}" if self.reader_id else self.host


class Listener:
    """One port; opened when the first reader is waited for. Callable from any thread."""

    def __init__(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        """With ``tls`` callers must speak it, as TLS clients; the context is a server's."""
        self._address = (host, port)
        self._tls = tls
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._expected: dict[Expected, frozenset[str]] = {}
        self._newcomers: deque[tuple[socket.socket, str]] = deque()
        self._callers: dict[Expected, Caller] = {}
        self.strangers = 0
        """How many called whom nobody waits for."""

    def expect(self, reader: Expected) -> None:
        """Some driver will wait for that reader.

        Raises:
            ValueError: another driver does already: the two cannot be told apart.
        """
        if reader in self._expected:
            raise ValueError(f"two readers that call this port are told by {reader}")
        self._expected[reader] = frozenset()

    def take(self, reader: Expected, stop: threading.Event, waker: Waker) -> Caller:
        """The connection that the reader has opened, the newest if several.

        Raises:
            Unreachable: it has not called, or the port cannot be listened at.
            Stopped: told to stop meanwhile.
        """
        end = monotonic() + CALLS_WITHIN_S
        addresses = frozenset() if reader.reader_id else _resolved(reader.host)
        while not stop.is_set():
            with self._lock:
                self._expected[reader] = addresses
                self._accept_all(self._open())
                caller = self._callers.pop(reader, None)
                newcomer = self._newcomers.popleft() if self._newcomers and not caller else None
            if caller is not None:
                return caller
            if newcomer is not None:
                self._introduce(*newcomer, stop, waker)
                continue
            if monotonic() >= end:
                raise Unreachable(f"has not called within {CALLS_WITHIN_S:g} s")
            stop.wait(LOOKS_EVERY_S)
        raise Stopped

    def close(self) -> None:
        """Give the port and whoever waits there back."""
        with self._lock:
            for waiting in (*self._callers.values(), *self._newcomers):
                waiting[0].close()
            self._callers.clear()
            self._newcomers.clear()
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
            host, port = self._address
            six = ":" in host
            try:
                self._socket = socket.create_server(
                    self._address,
                    family=socket.AF_INET6 if six else socket.AF_INET,
                    backlog=BACKLOG,
                    dualstack_ipv6=six and host == "::",
                )
            except OSError as error:
                raise Unreachable(f"cannot listen at {host}:{port}: {error.strerror}") from error
            self._socket.setblocking(False)
        return self._socket

    def _accept_all(self, listening: socket.socket) -> None:
        with suppress(BlockingIOError):
            while True:
                caller, peer = listening.accept()
                address = _plain(peer[0])
                if self._by_address(address) is None and not self._asks:
                    self._send_away(caller)
                else:
                    self._newcomers.append((caller, address))

    def _by_address(self, address: str) -> Expected | None:
        return next((e for e, known in self._expected.items() if address in known), None)

    @property
    def _asks(self) -> bool:
        """Whether some reader is told by its id."""
        return any(reader.reader_id for reader in self._expected)

    def _introduce(
        self, newcomer: socket.socket, address: str, stop: threading.Event, waker: Waker
    ) -> None:
        """Secure its connection, find out who it is, and keep it for whoever waits for it."""
        try:
            link = Link("", 0, stop=stop, waker=waker, tls=self._tls, caller=Caller(newcomer))
        except (Unreachable, OSError) as error:
            log.warning("%s called and was sent away: %s", address, error)
            self.strangers += 1
            return
        reader, heard = self._by_address(address), b""
        try:
            if self._asks:
                reader_id, heard = identify(link)
                told = Expected(reader_id=reader_id)
                reader = told if told in self._expected else reader
        except (Unreachable, Garbled) as error:
            log.warning("%s called and was sent away: %s", address, error)
            reader = None
        except Stopped:
            link.connection.close()
            raise
        with self._lock:
            if reader is None:
                self._send_away(link.connection)
                return
            previous = self._callers.pop(reader, None)
            if previous is not None:
                previous.socket.close()
            self._callers[reader] = Caller(link.connection, heard)

    def _send_away(self, caller: socket.socket) -> None:
        self.strangers += 1
        caller.close()


def _resolved(host: str) -> frozenset[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"{host}: {error.strerror}") from error
    return frozenset(_plain(str(address[0])) for *_, address in found)


def _plain(address: str) -> str:
    """An IPv4 address that came to an IPv6 port, as itself; without the interface's name."""
    plain = ipaddress.ip_address(address.partition("%")[0])
    mapped = plain.ipv4_mapped if isinstance(plain, ipaddress.IPv6Address) else None
    return str(mapped or plain)
