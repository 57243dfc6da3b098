"""One TCP connection to a reader, as a thread that must stop at any moment needs it."""

import errno
import os
import select
import socket
import ssl
import threading
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import NamedTuple, Self

from drivers.errors import Unreachable

CONNECT_WITHIN_S = 5.0
SEND_WITHIN_S = 0.5
"""A peer that takes nothing for so long is gone; our frames are small."""
CHUNK_BYTES = 1 << 16
STOP_SEEN_WITHIN_S = 0.2
KEEPALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""A peer that was switched off is noticed within half a minute, though nobody speaks."""

_Address = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class Stopped(Exception):
    """The stop event was set while waiting: not a failure."""


class Waker:
    """Ends a wait in another thread at once."""

    def __init__(self) -> None:
        self._end, self._start = socket.socketpair()
        for side in (self._end, self._start):
            side.setblocking(False)

    def wake(self) -> None:
        """End the wait that is under way, or the next one. Callable from any thread, any time."""
        with suppress(OSError):  # full: it will wake anyway; closed: nobody waits
            self._start.send(b"!")

    def fileno(self) -> int:
        """For select."""
        return self._end.fileno()

    def clear(self) -> None:
        """Forget the wakes so far."""
        with suppress(BlockingIOError):
            self._end.recv(CHUNK_BYTES)

    def close(self) -> None:
        """Give the sockets back."""
        self._end.close()
        self._start.close()


class Caller(NamedTuple):
    """A connection that a reader opened to us."""

    socket: socket.socket
    """Secured already if it is an ``SSLSocket``."""
    heard: bytes = b""
    """What the reader has said so far."""


class Link:
    """Bytes to and from a reader; every wait ends early when stopped or woken."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        stop: threading.Event,
        waker: Waker,
        tls: ssl.SSLContext | None = None,
        caller: Caller | None = None,
    ) -> None:
        """Connect; or take the connection of a ``caller``, a reader that connected to us.

        With ``tls`` whoever connected is the TLS client.

        Raises:
            Unreachable: refused, no route, no answer within `CONNECT_WITHIN_S`, or not the one
                its certificate must name.
            Stopped: told to stop meanwhile.
        """
        self._stop = stop
        self._waker = waker
        self._secured: ssl.SSLSocket | None = None
        self._heard = b"" if caller is None else caller.heard
        self._ends_decrypted = False
        """Whether more, or the end, waits behind what was decrypted: nothing to poll for."""
        self._rested = False
        """Whether bytes have been given time to gather: they are looked for before a wait."""
        self._socket, address = _resolved(host, port) if caller is None else (caller[0], None)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in KEEPALIVE:
                self._socket.setsockopt(socket.IPPROTO_TCP, option, value)
            if address is not None:
                self._connect(address)
            if tls is not None:
                self._secure(tls, host if caller is None else None)
            elif isinstance(self._socket, ssl.SSLSocket):
                self._secured, self._ends_decrypted = self._socket, True
        except BaseException:
            self._socket.close()
            raise
        self._incoming = select.poll()
        self._incoming.register(self._socket, select.POLLIN)
        self._incoming.register(waker, select.POLLIN)
        self._resting = select.poll()
        self._resting.register(waker, select.POLLIN)

    def _connect(self, address: _Address) -> None:
        failure = self._socket.connect_ex(address)
        if failure == errno.EINPROGRESS:
            outgoing = select.poll()
            outgoing.register(self._socket, select.POLLOUT)
            if not self._wait(outgoing, monotonic() + CONNECT_WITHIN_S):
                raise Unreachable(f"no answer within {CONNECT_WITHIN_S:g} s")
            failure = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            raise Unreachable(os.strerror(failure))

    @property
    def connection(self) -> socket.socket:
        """The connection itself, for whoever goes on with it."""
        return self._socket

    def _secure(self, tls: ssl.SSLContext, host: str | None) -> None:
        wrapped = tls.wrap_socket(
            self._socket,
            server_side=host is None,
            server_hostname=host,
            do_handshake_on_connect=False,
        )
        self._socket = self._secured = wrapped
        until = monotonic() + CONNECT_WITHIN_S
        while True:
            turn = select.poll()
            try:
                wrapped.do_handshake()
            except ssl.SSLWantReadError:
                turn.register(wrapped, select.POLLIN)
            except ssl.SSLWantWriteError:
                turn.register(wrapped, select.POLLOUT)
            except OSError as error:
                raise Unreachable(f"no TLS: {error}") from error
            else:
                return
            if not self._wait(turn, until):
                raise Unreachable(f"no TLS within {CONNECT_WITHIN_S:g} s")

    def rest(self, seconds: float) -> None:
        """Let bytes gather for so long, unless woken."""
        self._rested = True
        if self._resting.poll(1000 * seconds):
            self._waker.clear()

    def receive(self, until: float) -> bytes:
        """What has arrived; empty when woken, after a rest in vain, or at ``until``, monotonic.

        Raises:
            Unreachable: the reader closed the connection, or it broke.
            Stopped: told to stop meanwhile.
        """
        if self._stop.is_set():
            raise Stopped
        if self._heard:
            heard, self._heard = self._heard, b""
            return heard
        at_once, self._rested = self._rested or self._ends_decrypted, False
        if not at_once and not self._wait(self._incoming, until):
            return b""
        try:
            data = self._socket.recv(CHUNK_BYTES) if self._secured is None else self._decrypted()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b""
        except OSError as error:
            raise Unreachable(error.strerror or str(error)) from error
        if not data:
            raise Unreachable("closed by the reader")
        return data

    def _decrypted(self) -> bytes:
        """All that has arrived, up to a chunk: TLS gives it record by record.

        An end or a failure after some of it is met again by the next call.
        """
        gathered = bytearray(self._socket.recv(CHUNK_BYTES))
        self._ends_decrypted = False
        with suppress(OSError):
            while 0 < len(gathered) < CHUNK_BYTES:
                record = self._socket.recv(CHUNK_BYTES - len(gathered))
                if not record:
                    break
                gathered += record
            self._ends_decrypted = bool(gathered)
        return bytes(gathered)

    def send(self, frame: bytes) -> None:
        """Send all of ``frame``.

        Raises:
            Unreachable: the reader takes nothing, or the connection broke.
        """
        self._socket.settimeout(SEND_WITHIN_S)
        try:
            self._socket.sendall(frame)
        except OSError as error:
            raise Unreachable(error.strerror or str(error)) from error
        finally:
            self._socket.setblocking(False)

    def drain(self, within_s: float) -> None:
        """Wait for the reader to close, after the last word; what it still says is not heard."""
        self._socket.settimeout(within_s)
        end = monotonic() + within_s
        with suppress(OSError):
            while self._socket.recv(CHUNK_BYTES) and monotonic() < end:
                pass

    def close(self) -> None:
        """Give the connection back."""
        self._socket.close()

    def _wait(self, poll: select.poll, until: float) -> bool:
        """Whether ``poll`` sees the socket ready before ``until``; false, too, when woken."""
        while not self._stop.is_set():
            left = until - monotonic()
            ready = [fd for fd, _ in poll.poll(1000 * max(0.0, min(left, STOP_SEEN_WITHIN_S)))]
            if self._waker.fileno() in ready:
                self._waker.clear()
            if self._socket.fileno() in ready:
                return True
            if ready or left <= 0:
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
        self.close()


def _resolved(host: str, port: int) -> tuple[socket.socket, _Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"{host}: {error.strerror}") from error
    family, kind, protocol, _, address = found[0]
    return socket.socket(family, kind, protocol), address
