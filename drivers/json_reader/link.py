"""One TCP or TLS connection to a reader, as a thread that must stop at any moment needs it."""

import errno
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from drivers.errors import Unreachable

CONNECT_WITHIN_S = 5.0
CHUNK_BYTES = 1 << 16
STOP_SEEN_WITHIN_S = 0.1
KEEPALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""A peer that was switched off is noticed within half a minute, though nobody speaks."""

T = TypeVar("T")


class Stopped(Exception):
    """The stop event was set while waiting: not a failure."""


class Link:
    """Bytes to and from a reader; every wait ends early when stopped."""

    def __init__(
        self, host: str, port: int, *, tls: ssl.SSLContext | None, stop: threading.Event
    ) -> None:
        """Connect.

        Raises:
            Unreachable: refused, no route, no answer in time, or not whom its certificate says.
            Stopped: told to stop meanwhile.
        """
        self._stop = stop
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unreachable(f"{host}: {error.strerror}") from error
        family, kind, protocol, _, address = found[0]
        self._socket = socket.socket(family, kind, protocol)
        self._secured: ssl.SSLSocket | None = None
        try:
            self._connect(address)
            if tls is not None:
                self._secure(tls, host)
        except BaseException:
            self._socket.close()
            raise
        self._incoming = select.poll()
        self._incoming.register(self._socket, select.POLLIN)

    def _connect(self, address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
    ) -> None:  # fmt: skip
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            self._socket.setsockopt(socket.IPPROTO_TCP, option, value)
        failure = self._socket.connect_ex(address)
        if failure == errno.EINPROGRESS:
            if not self._wait(select.POLLOUT, monotonic() + CONNECT_WITHIN_S):
                raise Unreachable(f"no answer within {CONNECT_WITHIN_S:g} s")
            failure = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            raise Unreachable(os.strerror(failure))

    def _secure(self, tls: ssl.SSLContext, host: str) -> None:
        wrapped = tls.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        self._socket = self._secured = wrapped

        def shake() -> bool:
            wrapped.do_handshake()
            return True

        if not self._retried(shake, monotonic() + CONNECT_WITHIN_S):
            raise Unreachable(f"no TLS within {CONNECT_WITHIN_S:g} s")

    def receive(self, until: float) -> bytes:
        """What has arrived; empty when that is nothing yet, at monotonic time ``until`` at last.

        Raises:
            Unreachable: the reader closed the connection, or it broke.
            Stopped: told to stop meanwhile.
        """
        decrypted = self._secured is not None and self._secured.pending()
        if not decrypted and not self._ready(self._incoming, until):
            return b""
        try:
            data = self._socket.recv(CHUNK_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b""
        except OSError as error:
            raise Unreachable(error.strerror or str(error)) from error
        if not data:
            raise Unreachable("closed by the reader")
        return data

    def send(self, data: bytes) -> None:
        """Send all of ``data``, which must be small.

        Raises:
            Unreachable: the reader takes nothing, or the connection broke.
            Stopped: told to stop meanwhile.
        """
        until = monotonic() + CONNECT_WITHIN_S
        while data:
            sent = self._retried(partial(self._socket.send, data), until)
            if sent is None:
                raise Unreachable("the reader takes nothing")
            data = data[sent:]

    def _retried(self, attempt: Callable[[], T], until: float) -> T | None:
        """What ``attempt`` returns once it need not wait; ``None`` when that takes too long."""
        while True:
            try:
                return attempt()
            except ssl.SSLWantReadError:
                event = select.POLLIN
            except (BlockingIOError, ssl.SSLWantWriteError):
                event = select.POLLOUT
            except OSError as error:
                raise Unreachable(error.strerror or str(error)) from error
            if not self._wait(event, until):
                return None

    def _wait(self, event: int, until: float) -> bool:
        poll = select.poll()
        poll.register(self._socket, event)
        return self._ready(poll, until)

    def _ready(self, poll: select.poll, until: float) -> bool:
        """Whether the socket is ready before ``until``."""
        while not self._stop.is_set():
            left = until - monotonic()
            if poll.poll(1000 * max(0.0, min(left, STOP_SEEN_WITHIN_S))):
                return True
            if left <= 0:
                return False
        raise Stopped

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
