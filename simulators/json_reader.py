"""Readers that push JSON and are not there: an R700 on HTTP, a Zebra on TCP.

They number and stamp their events themselves, also while nobody hears them, and have the faults
of real ones.
"""

import base64
import select
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType
from typing import Self

from simulators.json_events import Events, Make, Seen

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)
"""Where the clock of a reader stands that was never told the time."""
STREAM_PATH = "/api/v1/data/stream"
LARGEST_REQUEST = 1 << 14
LOOKS_EVERY_S = 0.02
SEND_WITHIN_S = 2.0
KEEPALIVE_S = 30.0


class SimulatedJsonReader(ABC):
    """What all of them have in common; use it as a context, or `start` and `close` it."""

    def __init__(self, make: Make, *, clock_start: datetime, sign_of_life_s: float) -> None:
        self._events = Events(make, clock_start)
        self._lock = threading.RLock()
        self._silent = False
        self._merging = False
        self._last = b""
        self._sign_of_life_s = sign_of_life_s
        self._next_sign = monotonic() + sign_of_life_s
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated-reader", daemon=True)

    def start(self) -> Self:
        """Be switched on."""
        self.come_back()
        self._thread.start()
        return self

    def close(self) -> None:
        """Be switched off for good."""
        self._closing.set()
        self._thread.join(5)
        self.vanish()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def show(self, reads: Iterable[tuple[int, str, float]]) -> None:
        """Let tags be seen: antenna, EPC, dBm."""
        with self._lock:
            texts = [self._events.tag(Seen(*read)) for read in reads]
            self._last = texts[-1] if texts else self._last
            for together in [texts] if self._merging else [[text] for text in texts]:
                self._say(together)

    def merge(self) -> None:
        """From now on say all that is shown at once in one breath."""
        self._merging = True

    def repeat(self) -> None:
        """Say the last read again, word for word."""
        with self._lock:
            self._say([self._last])

    def skip(self, events: int) -> None:
        """Lose so many events before anybody hears of them."""
        with self._lock:
            self._events.number += events

    def restart_numbers(self) -> None:
        """Count events from 1 again, as after a power cut."""
        with self._lock:
            self._events.number = 0

    def garble(self) -> None:
        """Say one thing that cannot be understood."""
        with self._lock:
            self._say([self._events.wrong()])

    def say_other(self) -> None:
        """Say something that is no read."""
        with self._lock:
            self._say([self._events.other()])

    def silence(self) -> None:
        """From now on say nothing: half-open, as after a crash."""
        with self._lock:
            self._silent = True

    def speak(self) -> None:
        """End `silence`; what would have been said meanwhile is lost."""
        with self._lock:
            self._silent = False

    @abstractmethod
    def vanish(self) -> None:
        """Be switched off."""

    @abstractmethod
    def come_back(self) -> None:
        """Be switched on."""

    @abstractmethod
    def _say(self, texts: list[bytes]) -> None: ...

    @abstractmethod
    def _sign_of_life(self) -> None: ...

    @abstractmethod
    def _attend(self) -> None:
        """Do what there is to do, for at most `LOOKS_EVERY_S`."""

    def _run(self) -> None:
        while not self._closing.is_set():
            self._attend()
            with self._lock:
                if monotonic() >= self._next_sign:
                    self._next_sign = monotonic() + self._sign_of_life_s
                    self._sign_of_life()


class SimulatedZebra(SimulatedJsonReader):
    """Serves concatenated objects to one TCP client at a time; the newest wins."""

    def __init__(
        self,
        *,
        make: Make = "zebra",
        port: int = 0,
        clock_start: datetime = START,
        sign_of_life_s: float = KEEPALIVE_S,
    ) -> None:
        """``port`` 0 takes a free one, and keeps it for as long as this object lives."""
        super().__init__(make, clock_start=clock_start, sign_of_life_s=sign_of_life_s)
        self._wanted_port = port
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._trickling = False

    @property
    def port(self) -> int:
        """Where it listens, or did."""
        return self._wanted_port

    @property
    def connected(self) -> bool:
        """Whether a client hears what is said."""
        return self._client is not None

    def trickle(self) -> None:
        """From now on send byte by byte."""
        self._trickling = True

    def babble(self) -> None:
        """Send what nobody can follow."""
        with self._lock:
            self._write(b"\xff\x00{" * 16)

    def drop(self) -> None:
        """Close the connection without a word."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def vanish(self) -> None:
        """Be switched off: nobody listens."""
        with self._lock:
            self.drop()
            if self._listener is not None:
                # The other thread may be waiting on it, which keeps the port until it looks up.
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                self._listener = None

    def come_back(self) -> None:
        """Be switched on, at the same port."""
        with self._lock:
            self._silent = False
            self._listener = socket.create_server(("127.0.0.1", self._wanted_port))
            self._listener.setblocking(False)
            self._wanted_port = int(self._listener.getsockname()[1])

    def _attend(self) -> None:
        with self._lock:
            ends = [end for end in (self._listener, self._client) if end is not None]
        poll = select.poll()
        for end in ends:
            with suppress(ValueError):  # closed meanwhile
                poll.register(end, select.POLLIN)
        ready = {fd for fd, _ in poll.poll(1000 * LOOKS_EVERY_S)}
        with self._lock:
            if self._client is not None and self._client.fileno() in ready:
                self._receive(self._client)
            if self._listener is not None and self._listener.fileno() in ready:
                self._accept(self._listener)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(BlockingIOError):
            newcomer, _ = listener.accept()
            newcomer.settimeout(SEND_WITHIN_S)
            newcomer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.drop()
            self._client = self._welcome(newcomer)

    def _welcome(self, newcomer: socket.socket) -> socket.socket | None:
        """What is spoken with: R700s wrap it."""
        return newcomer

    def _receive(self, client: socket.socket) -> None:
        """A client has spoken; nothing it says means anything."""
        try:
            gone = not client.recv(1 << 16)
        except OSError:
            gone = True
        if gone:
            self.drop()

    def _say(self, texts: list[bytes]) -> None:
        self._write(b"".join(texts))

    def _sign_of_life(self) -> None:
        self._say([self._events.other()])

    def _write(self, data: bytes) -> None:
        if self._client is None or self._silent:
            return
        step = 1 if self._trickling else len(data)
        try:
            for start in range(0, len(data), step):
                self._client.sendall(data[start : start + step])
        except OSError:
            self.drop()


class SimulatedR700(SimulatedZebra):
    """Serves a line an event as an HTTP response that does not end."""

    def __init__(
        self,
        *,
        port: int = 0,
        clock_start: datetime = START,
        sign_of_life_s: float = KEEPALIVE_S,
        username: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """With a ``username`` it answers nobody else."""
        super().__init__(
            make="impinj", port=port, clock_start=clock_start, sign_of_life_s=sign_of_life_s
        )
        word = base64.b64encode(f"{username}:{password}".encode())
        self._password = b"Authorization: Basic " + word + b"\r\n" if username else b""
        self._tls = tls
        self._asked = b""
        self._streaming = False

    @property
    def url(self) -> str:
        """Of its stream."""
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://localhost:{self.port}{STREAM_PATH}"

    @property
    def connected(self) -> bool:
        """Whether a client hears what is said."""
        return self._client is not None and self._streaming

    def end_stream(self) -> None:
        """End the response in good order."""
        with self._lock:
            self._write(b"0\r\n\r\n")

    def drop(self) -> None:
        """Close the connection without a word."""
        with self._lock:
            super().drop()
            self._asked, self._streaming = b"", False

    def _welcome(self, newcomer: socket.socket) -> socket.socket | None:
        if self._tls is None:
            return newcomer
        try:
            return self._tls.wrap_socket(newcomer, server_side=True)
        except OSError:
            newcomer.close()
            return None

    def _receive(self, client: socket.socket) -> None:
        try:
            data = client.recv(1 << 16)
        except OSError:
            data = b""
        self._asked += data
        if not data or len(self._asked) > LARGEST_REQUEST:
            self.drop()
        elif b"\r\n\r\n" in self._asked and not self._streaming:
            self._answer(self._asked)

    def _answer(self, request: bytes) -> None:
        if not request.startswith(f"GET {STREAM_PATH} HTTP/1.1\r\n".encode()):
            self._write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        elif self._password not in request:
            self._write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        else:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            self._write(head + b"Transfer-Encoding: chunked\r\n\r\n")
            self._streaming = True

    def _say(self, texts: list[bytes]) -> None:
        self._chunk(b"".join(text + b"\r\n" for text in texts))

    def _sign_of_life(self) -> None:
        self._chunk(b"\r\n")

    def _chunk(self, data: bytes) -> None:
        if not self._streaming:
            return
        step = 3 if self._trickling else len(data)
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            self._write(b"%X\r\n%s\r\n" % (len(piece), piece))
