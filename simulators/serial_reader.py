"""A serial UHF reader that is not there: a device on a pseudo-terminal, or on a socket.

Which family it belongs to is its brain's affair; this is its plug, its cable and its faults. The
near end of a terminal is reached by a link that stays when the terminal behind it changes, as a
serial adapter keeps its name under ``/dev/serial/by-path``.
"""

import os
import select
import socket
import tempfile
import threading
import tty
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from simulators.llrp_tags import Seen
from simulators.tag_memory import SimulatedTag

LOOKS_EVERY_MS = 10
MEETS_EVERY_S = 0.05
LIES_AT_DBM = -50.0
CHUNK_BYTES = 4096


class Brain(Protocol):
    """What a reader of one family does with what it hears; forgets all when switched off."""

    tags: list[SimulatedTag]
    """Those that lie before it, open to commands."""

    @property
    def reading(self) -> bool:
        """Whether it was told to read."""
        ...

    def hear(self, data: bytes, now: float) -> list[bytes]:
        """The frames it answers with."""
        ...

    def see(self, seen: Seen, now: float) -> list[bytes]:
        """The frames it sends when a tag answers it."""
        ...

    def frame_of(self, seen: Seen) -> bytes:
        """The frame it sends of a tag, whether it was told to read or not."""
        ...

    def tick(self, now: float) -> list[bytes]:
        """The frames that are due by themselves."""
        ...


B = TypeVar("B", bound=Brain)


class SimulatedSerialReader(Generic[B]):
    """One reader; use it as a context."""

    def __init__(self, make_brain: Callable[[], B], *, tcp: bool = False) -> None:
        """``make_brain`` is what switching it on means; with ``tcp`` it listens on a socket."""
        self._make_brain = make_brain
        self._tcp = tcp
        self._lock = threading.RLock()
        self._folder = tempfile.TemporaryDirectory(prefix="serial-reader-")
        self._link = Path(self._folder.name) / "ttyUHF"
        self._port = 0
        self._near: int | None = None
        self._far: int | None = None
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._leave = threading.Event()
        self._thread: threading.Thread | None = None
        self._silent = False
        self._trickling = False
        self._noise: Random | None = None
        self._spoil = 0
        self._held: bytearray | None = None
        self._lying: list[SimulatedTag] = []
        self._next_meeting = 0.0
        self.brain = self._switched_on()

    def __enter__(self) -> Self:
        self.come_back()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.vanish()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """The line as a site file names it."""
        return f"socket://127.0.0.1:{self._port}" if self._tcp else str(self._link)

    @property
    def reading(self) -> bool:
        """Whether it was told to read."""
        with self._lock:
            return self.brain.reading

    def show(self, reads: Iterable[tuple[int, str, float]]) -> None:
        """Let tags be seen: antenna, EPC, dBm."""
        with self._lock:
            for read in reads:
                self._send(self.brain.see(Seen(*read), monotonic()))

    def lay(self, tag: SimulatedTag) -> None:
        """Lay a tag with a memory before it: seen again and again, and open to commands."""
        with self._lock:
            self._lying.append(tag)

    def take_away(self, tag: SimulatedTag) -> None:
        """Take away a tag that was laid there."""
        with self._lock:
            self._lying.remove(tag)

    def say(self, frame: bytes) -> None:
        """Send these bytes, subject to the faults."""
        with self._lock:
            self._send([frame])

    def silence(self) -> None:
        """From now on say nothing: the cable's one wire is broken."""
        self._silent = True

    def speak(self) -> None:
        """End `silence`; what would have been said meanwhile is lost."""
        self._silent = False

    def spoil(self, frames: int = 1) -> None:
        """Send so many of the next frames with a wrong check."""
        self._spoil = frames

    def garble(self) -> None:
        """Send one frame of a tag that is not there, with a wrong check."""
        with self._lock:
            self._spoil = 1
            self._send([self.brain.frame_of(Seen(1, "FF" * 12))])

    def trickle(self, *, on: bool = True) -> None:
        """Send byte by byte."""
        self._trickling = on

    def hold(self) -> None:
        """Keep what is said until `release`, which sends it all at once."""
        with self._lock:
            self._held = bytearray()

    def release(self) -> None:
        """Send at once what was held."""
        with self._lock:
            held, self._held = self._held or bytearray(), None
            self._write(bytes(held))

    def babble(self, *, on: bool = True) -> None:
        """Put up to eight random bytes before every frame."""
        self._noise = Random(1) if on else None

    def forget(self) -> None:
        """Lose power for a moment: everything told is forgotten, the cable stays."""
        with self._lock:
            self.brain = self._switched_on()

    def vanish(self) -> None:
        """Be unplugged: whoever has the line open is hung up on, and its name is gone."""
        if self._thread is None:
            return
        self._leave.set()
        self._thread.join()
        self._thread = None
        with self._lock:
            self._link.unlink(missing_ok=True)
            for end in (self._near, None if self._tcp else self._far):
                if end is not None:
                    os.close(end)
            for held in (self._client, self._listener):
                if held is not None:
                    held.close()
            self._near = self._far = self._client = self._listener = None

    def come_back(self) -> None:
        """Be plugged in and switched on, under the same name."""
        if self._thread is not None:
            return
        with self._lock:
            self.brain = self._switched_on()
            self._silent = False
            if self._tcp:
                self._listener = socket.create_server(("127.0.0.1", self._port))
                self._port = int(self._listener.getsockname()[1])
            else:
                self._plug_in()
        self._leave.clear()
        self._thread = threading.Thread(target=self._run, name="serial reader", daemon=True)
        self._thread.start()

    def _switched_on(self) -> B:
        brain = self._make_brain()
        brain.tags = self._lying
        return brain

    def _plug_in(self) -> None:
        self._far, self._near = os.openpty()
        for end in (self._far, self._near):
            tty.setraw(end)
        os.set_blocking(self._far, False)
        self._link.symlink_to(os.ttyname(self._near))

    def _run(self) -> None:
        while not self._leave.is_set():
            poll = select.poll()
            for end in (self._far, self._listener):
                if end is not None:
                    poll.register(end, select.POLLIN)
            ready = {fd for fd, _ in poll.poll(LOOKS_EVERY_MS)}
            with self._lock:
                if self._listener is not None and self._listener.fileno() in ready:
                    self._accept(self._listener)
                elif self._far in ready:
                    self._receive()
                self._meet_lying(monotonic())
                self._send(self.brain.tick(monotonic()))

    def _meet_lying(self, now: float) -> None:
        if now < self._next_meeting or not self.brain.reading:
            return
        self._next_meeting = now + MEETS_EVERY_S
        for tag in self._lying:
            if not tag.killed:
                self._send(self.brain.see(Seen(1, tag.epc, LIES_AT_DBM, pc=tag.pc), now))

    def _accept(self, listener: socket.socket) -> None:
        if self._client is not None:
            self._client.close()
        self._client, _ = listener.accept()
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client.setblocking(False)
        self._far = self._client.fileno()

    def _receive(self) -> None:
        assert self._far is not None  # noqa: S101 -- it was just seen ready
        try:
            data = os.read(self._far, CHUNK_BYTES)
        except OSError:
            data = b""
        if data:
            self._send(self.brain.hear(data, monotonic()))
        elif self._client is not None:
            self._client.close()
            self._client = self._far = None

    def _send(self, frames: list[bytes]) -> None:
        for frame in frames:
            said = self._disturbed(frame)
            if self._silent:
                continue
            if self._held is not None:
                self._held += said
            else:
                self._write(said)

    def _disturbed(self, frame: bytes) -> bytes:
        if self._spoil > 0:
            self._spoil -= 1
            frame = frame[:-2] + bytes((frame[-2] ^ 0x55,)) + frame[-1:]
        if self._noise is not None:
            frame = self._noise.randbytes(self._noise.randrange(9)) + frame
        return frame

    def _write(self, data: bytes) -> None:
        step = 1 if self._trickling else len(data) or 1
        for start in range(0, len(data), step):
            if self._far is None:
                return
            with suppress(OSError):  # nobody reads: what does not fit is lost, as on a wire
                os.write(self._far, data[start : start + step])
