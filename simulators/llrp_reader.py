"""A portal reader that is not there: an LLRP server on loopback, with the faults of real ones.

It obeys the ROSpec it is given: nothing is reported before that was added, enabled and started,
nor for an antenna or a field it does not name. One client at a time.
"""

import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Self

from drivers.errors import Garbled
from drivers.llrp.wire import HEADER, Framer, Message, decode, encode
from simulators.llrp_abilities import Abilities
from simulators.llrp_brain import ReaderBrain
from simulators.llrp_tags import Seen
from simulators.tag_memory import SimulatedTag

ALREADY_SERVED, SOMEBODY_TRIED = 2, 4
"""Of ConnectionAttemptStatusType: what a second client is told, and what the first."""
CLOCK_START_US = 1_767_225_600_000_000
"""Where the reader's clock starts: 2026-01-01T00:00Z."""
YEAR_2000_US = 946_684_800_000_000
"""Where the clock of a reader stands that was never told the time."""
UNKNOWN_TYPE = 900
SEND_WITHIN_S = 2.0
LOOKS_EVERY_S = 0.05
HEARD_KEPT = 1000


class SimulatedReader:
    """One reader; use it as a context, or `start` and `close` it."""

    def __init__(
        self,
        *,
        port: int = 0,
        abilities: Abilities | None = None,
        clock_start_us: int = CLOCK_START_US,
        tls: ssl.SSLContext | None = None,
        calls: tuple[str, int] | None = None,
    ) -> None:
        """``port`` 0 takes a free one, and keeps it for as long as this object lives.

        While it serves nobody it ``calls`` the client that listens there (section 6.2).
        """
        self._tls = tls
        self._calls = calls
        self._abilities = abilities or Abilities()
        self._clock_start_us = clock_start_us
        self._started = monotonic()
        self._lock = threading.RLock()
        self._brain = self._new_brain()
        self._wanted_port = port
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._framer = Framer()
        self._due: deque[tuple[float, bytes]] = deque()
        self._next_keepalive: float | None = None
        self._silent = False
        self._trickling = False
        self._delay_s = 0.0
        self._lying: dict[SimulatedTag, tuple[int, float]] = {}
        self._next_round = 0.0
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.heard: deque[Message] = deque(maxlen=HEARD_KEPT)
        """The last things clients said, in order."""
        self.refused = 0
        """How many second clients were turned away."""

    def start(self) -> Self:
        """Listen."""
        self.come_back()
        self._thread = threading.Thread(target=self._run, name="simulated-reader", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Listen no more, and drop whoever is connected."""
        self._closing.set()
        self.vanish()
        if self._thread is not None:
            self._thread.join(5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """Where it listens, or would."""
        return self._wanted_port

    @property
    def outputs(self) -> dict[int, bool]:
        """Which outputs are closed now."""
        with self._lock:
            return dict(self._brain.outputs)

    @property
    def acknowledged(self) -> int:
        """How many keepalives were acknowledged since power-up."""
        return self._brain.acknowledged

    @property
    def connected(self) -> bool:
        """Whether a client is connected."""
        return self._client is not None

    @property
    def reading(self) -> bool:
        """Whether a ROSpec is active."""
        return self._brain.reading

    def show(self, reads: Iterable[tuple[int, str, float] | Seen]) -> None:
        """Let tags be seen: antenna, EPC, dBm."""
        with self._lock:
            for report in self._brain.see(Seen(*read) for read in reads):
                self._send(encode(report))

    def set_input(self, port: int, *, high: bool) -> None:
        """Let the level of an input be that."""
        with self._lock:
            for event in self._brain.set_input(port, high=high):
                self._send(encode(event))

    def lay(self, tag: SimulatedTag, *, antenna: int = 1, rssi_dbm: float = -50.0) -> None:
        """Lay a tag with a memory before an antenna: seen again and again, and open to access."""
        with self._lock:
            self._lying[tag] = antenna, rssi_dbm

    def take_away(self, tag: SimulatedTag) -> None:
        """Take away a tag that was laid there."""
        with self._lock:
            self._lying.pop(tag, None)

    def drop(self) -> None:
        """Close the connection without a word; the ROSpec goes on."""
        with self._lock:
            self._drop()

    def silence(self) -> None:
        """From now on say nothing, on this connection and the next: half-open, as after a crash."""
        with self._lock:
            self._silent = True

    def speak(self) -> None:
        """End `silence`; what would have been said meanwhile is lost."""
        with self._lock:
            self._silent = False

    def garble(self) -> None:
        """Send one frame whose body is nonsense."""
        with self._lock:
            self._send(HEADER.pack(1 << 10 | 61, HEADER.size + 6, 1) + b"\x00\xf0\x00\xff\x8d\x01")

    def say(self, frames: bytes) -> None:
        """Send frames that were made beforehand."""
        with self._lock:
            self._send(frames)

    def babble(self) -> None:
        """Send what is no frame at all: nothing after it can be told apart."""
        with self._lock:
            self._send(b"\xff" * 64)

    def say_unknown(self) -> None:
        """Send a well-formed message of a type nobody knows."""
        with self._lock:
            self._send(HEADER.pack(1 << 10 | UNKNOWN_TYPE, HEADER.size + 4, 1) + b"what")

    def delay(self, seconds: float) -> None:
        """Send everything so much later, in order; 0 ends it."""
        with self._lock:
            self._delay_s = seconds

    def trickle(self, *, on: bool = True) -> None:
        """Send byte by byte."""
        with self._lock:
            self._trickling = on

    def omit_repeats(self, *, on: bool = True) -> None:
        """Leave out of reports what equals the last one sent, as a reader may."""
        with self._lock:
            self._brain.omits_repeats = on

    def refuse(self, request: str, reason: str) -> None:
        """Decline the next request of that name."""
        with self._lock:
            self._brain.refusals[request] = reason

    def stop_reading(self) -> None:
        """End the active ROSpec, as somebody at the reader's own console would."""
        with self._lock:
            for event in self._brain.end_reading():
                self._send(encode(event))

    def vanish(self) -> None:
        """Be switched off: nobody listens, everything told is forgotten, outputs fall."""
        with self._lock:
            self._drop()
            if self._listener is not None:
                # The other thread may be waiting on it, which keeps the port until it looks up.
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                self._listener = None
            self._brain = self._new_brain()

    def come_back(self) -> None:
        """Be switched on, at the same port."""
        with self._lock:
            self._silent = False
            self._listener = socket.create_server(("127.0.0.1", self._wanted_port))
            self._listener.setblocking(False)
            self._wanted_port = int(self._listener.getsockname()[1])

    def _new_brain(self) -> ReaderBrain:
        return ReaderBrain(self._abilities, clock_us=self._clock_us)

    def _clock_us(self) -> int:
        return self._clock_start_us + round(1e6 * (monotonic() - self._started))

    def _run(self) -> None:
        while not self._closing.is_set():
            with self._lock:
                ends = [end for end in (self._listener, self._client) if end is not None]
            poll = select.poll()
            for end in ends:
                with suppress(ValueError):  # closed meanwhile
                    poll.register(end, select.POLLIN)
            ready = {fd for fd, _ in poll.poll(self._patience_ms())}
            with self._lock:
                if self._client is not None and self._client.fileno() in ready:
                    self._receive(self._client)
                if self._listener is not None and self._listener.fileno() in ready:
                    self._accept(self._listener)
                self._call()
                self._meet_lying()
                self._send_due()

    def _patience_ms(self) -> float:
        now = monotonic()
        due = [self._due[0][0]] if self._due else []
        due += [] if self._next_keepalive is None else [self._next_keepalive]
        return 1000 * max(0.0, min([LOOKS_EVERY_S, *(at - now for at in due)]))

    def _meet_lying(self) -> None:
        now = monotonic()
        if now < self._next_round:
            return
        self._next_round = now + LOOKS_EVERY_S
        for tag, (antenna, rssi_dbm) in self._lying.items():
            for report in self._brain.meet(tag, antenna, rssi_dbm):
                self._send(encode(report))

    def _call(self) -> None:
        if self._calls is None or self._client is not None or self._listener is None:
            return
        host, _ = self._calls
        with suppress(OSError):
            client = socket.create_connection(self._calls, SEND_WITHIN_S)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls = self._tls
            self._serve(client if tls is None else tls.wrap_socket(client, server_hostname=host))

    def _accept(self, listener: socket.socket) -> None:
        with suppress(BlockingIOError):
            newcomer, _ = listener.accept()
            newcomer.settimeout(SEND_WITHIN_S)
            newcomer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._client is not None:
                self._turn_away(newcomer)
                return
            with suppress(OSError):
                self._serve(newcomer if self._tls is None else self._secured(newcomer, self._tls))

    def _secured(self, newcomer: socket.socket, tls: ssl.SSLContext) -> socket.socket:
        return tls.wrap_socket(newcomer, server_side=True)

    def _serve(self, client: socket.socket) -> None:
        self._client, self._framer = client, Framer()
        self._send(encode(self._brain.connected()))

    def _turn_away(self, newcomer: socket.socket) -> None:
        self.refused += 1
        with newcomer, suppress(OSError):
            newcomer.sendall(encode(self._brain.connected(ALREADY_SERVED)))
        self._send(encode(self._brain.connected(SOMEBODY_TRIED)))

    def _receive(self, client: socket.socket) -> None:
        try:
            data = client.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self._drop()
            return
        try:
            for frame in self._framer.feed(data):
                self._answer(decode(frame))
        except Garbled:
            self._drop()

    def _answer(self, heard: Message) -> None:
        self.heard.append(heard)
        for message in self._brain.hear(heard):
            self._send(encode(message))
        period_s = self._brain.keepalive_s
        if heard.name == "SET_READER_CONFIG":
            self._next_keepalive = None if period_s is None else monotonic() + period_s
        if heard.name == "CLOSE_CONNECTION":
            self._drop()

    def _send_due(self) -> None:
        now = monotonic()
        if self._next_keepalive is not None and now >= self._next_keepalive:
            self._next_keepalive += self._brain.keepalive_s or 0.0
            self._send(encode(self._brain.keepalive()))
        while self._due and self._due[0][0] <= now:
            self._write(self._due.popleft()[1])

    def _send(self, frame: bytes) -> None:
        if self._delay_s or self._due:
            self._due.append((monotonic() + self._delay_s, frame))
        else:
            self._write(frame)

    def _write(self, frame: bytes) -> None:
        if self._client is None or self._silent:
            return
        try:
            for start in range(0, len(frame), 1 if self._trickling else len(frame)):
                self._client.sendall(frame[start : start + 1] if self._trickling else frame)
        except OSError:
            self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._due.clear()
        self._next_keepalive = None
        self._brain.disconnected()
