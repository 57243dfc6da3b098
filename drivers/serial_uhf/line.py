"""The line to a serial reader: a port of this machine, or a socket that carries one.

Every wait ends early when stopped or woken. It moves bytes and knows no protocol.
"""

import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

import serial

from drivers.errors import Unreachable
from drivers.link import Link, Stopped, Waker

CHUNK_BYTES = 1 << 14
STOP_SEEN_WITHIN_S = 0.2
SEND_WITHIN_S = 0.5
LOOKS_EVERY_S = 0.02
"""How long to wait for a byte of a port that cannot be waited for together with others."""


class Line(Protocol):
    """Bytes to and from one reader."""

    def receive(self, until: float) -> bytes:
        """What has arrived; empty when woken, or at monotonic time ``until``.

        Raises:
            Unreachable: the line is gone.
            Stopped: told to stop meanwhile.
        """
        ...

    def send(self, frame: bytes) -> None:
        """Send all of ``frame``.

        Raises:
            Unreachable: the line takes nothing, or is gone.
        """
        ...

    def close(self) -> None:
        """Give the line back."""
        ...


def check_url(url: str) -> str:
    """``url``, if it names a line: ``/dev/…``, ``socket://host:port``, ``rfc2217://host:port``.

    Raises:
        ValueError: it names none; the message says why.
    """
    if url.startswith("/"):
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("socket", "rfc2217"):
        raise ValueError(f"{url}: must begin with /, socket:// or rfc2217://")
    if not parts.hostname or not parts.port:
        raise ValueError(f"{url}: must read {parts.scheme}://host:port")
    return url


def open_line(url: str, baud: int, *, stop: threading.Event, waker: Waker) -> Line:
    """Open the line at ``url``.

    Raises:
        Unreachable: nothing is there, or somebody else has it.
        Stopped: told to stop meanwhile.
    """
    parts = urlsplit(url)
    if parts.scheme == "socket" and parts.hostname and parts.port:
        return Link(parts.hostname, parts.port, stop=stop, waker=waker)
    if parts.scheme == "rfc2217":
        return _PolledLine(_opened(url, baud, stop), stop)
    return _PortLine(_open(url, baud), stop, waker)


class _PortLine:
    """A serial port of this machine."""

    def __init__(self, port: serial.Serial, stop: threading.Event, waker: Waker) -> None:
        self._port = port
        self._stop = stop
        self._waker = waker
        self._incoming = select.poll()
        self._incoming.register(port.fileno(), select.POLLIN)
        self._incoming.register(waker, select.POLLIN)

    def receive(self, until: float) -> bytes:
        while not self._stop.is_set():
            left = until - monotonic()
            wait_ms = 1000 * max(0.0, min(left, STOP_SEEN_WITHIN_S))
            ready = [fd for fd, _ in self._incoming.poll(wait_ms)]
            if self._waker.fileno() in ready:
                self._waker.clear()
            if self._port.fileno() in ready:
                return self._read()
            if ready or left <= 0:
                return b""
        raise Stopped

    def send(self, frame: bytes) -> None:
        _write(self._port, frame)

    def close(self) -> None:
        _close(self._port)

    def _read(self) -> bytes:
        try:
            data = os.read(self._port.fileno(), CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise Unreachable(f"unplugged: {error.strerror or error}") from error
        if not data:
            raise Unreachable("unplugged")
        return data


class _PolledLine:
    """A port behind RFC 2217, which pyserial reads in a thread of its own."""

    def __init__(self, port: serial.Serial, stop: threading.Event) -> None:
        self._port = port
        self._stop = stop

    def receive(self, until: float) -> bytes:
        while not self._stop.is_set():
            data = self._read()
            if data or monotonic() >= until:
                return data
        raise Stopped

    def send(self, frame: bytes) -> None:
        _write(self._port, frame)

    def close(self) -> None:
        _close(self._port)

    def _read(self) -> bytes:
        """What is there, or comes within the port's short timeout."""
        try:
            return bytes(self._port.read(max(1, self._port.in_waiting)))
        except (serial.SerialException, OSError) as error:
            raise Unreachable(f"closed by the port server: {error}") from error


def _open(url: str, baud: int) -> serial.Serial:
    try:
        port = serial.serial_for_url(url, do_not_open=True, timeout=LOOKS_EVERY_S)
        port.baudrate = baud
        if url.startswith("/"):
            port.exclusive = True
            port.write_timeout = SEND_WITHIN_S
        port.open()
    except (serial.SerialException, OSError, ValueError) as error:
        raise Unreachable(str(error)) from error
    return port


def _opened(url: str, baud: int, stop: threading.Event) -> serial.Serial:
    """`_open`, which may take its time, in a thread that is left behind when told to stop."""
    results: list[serial.Serial | Unreachable] = []
    done = threading.Event()
    thread = threading.Thread(
        target=_open_aside,
        args=(lambda: _open(url, baud), results, done, stop),
        name=f"opening {url}",
        daemon=True,
    )
    thread.start()
    while not done.wait(STOP_SEEN_WITHIN_S):
        if stop.is_set():
            raise Stopped
    for result in results:
        if isinstance(result, Unreachable):
            raise result
        return result
    raise Unreachable(f"{url}: opening it failed in an unforeseen way; the log says how")


def _open_aside(
    opening: Callable[[], serial.Serial],
    results: list[serial.Serial | Unreachable],
    done: threading.Event,
    stop: threading.Event,
) -> None:
    try:
        port = opening()
    except Unreachable as error:
        results.append(error)
    else:
        results.append(port)
        if stop.is_set():
            _close(port)
    finally:
        done.set()


def _write(port: serial.Serial, frame: bytes) -> None:
    try:
        port.write(frame)
    except (serial.SerialException, OSError) as error:
        raise Unreachable(f"cannot be written to: {error}") from error


def _close(port: serial.Serial) -> None:
    with suppress(serial.SerialException, OSError):
        port.close()
