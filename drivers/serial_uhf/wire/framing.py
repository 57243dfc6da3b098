"""Cuts a serial stream into frames, whatever noise stands between, and counts what was no frame.

Frames are found by length and check, never by looking for an end: the bytes that begin and end
a frame also occur inside. When a check fails, the search resumes one byte later.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

F = TypeVar("F")

INCOMPLETE = -1
"""An end that cannot be told yet."""

Cut = Callable[[bytes, int], tuple[F | None, int]]
"""Looks at one place of a buffer. A frame and its end; or ``None`` and

* ``INCOMPLETE``: more bytes will tell;
* the same place: no frame begins there;
* a later place: what claims to be a frame up to there is none.
"""
Seek = Callable[[bytes, int], int]
"""The first place, from the one given on, where a frame might begin; else the buffer's length."""


class Framer(Generic[F]):
    """Holds the unfinished frame of one line: never more than one frame and one chunk."""

    def __init__(self, cut: Cut[F], seek: Seek) -> None:
        self._cut = cut
        self._seek = seek
        self._pending = b""
        self._blamed = -1
        """Up to here all is counted already; -1 right behind a good frame."""
        self.bad = 0
        """Disturbances so far: frames that failed, and stretches of bytes that were none."""

    @property
    def waits(self) -> bool:
        """Whether the beginning of a frame is held whose rest has not come."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[F]:
        """The frames that ``data`` completes."""
        found: list[F] = []
        buffer = self._pending + data if self._pending else data
        cut, size, at = self._cut, len(buffer), 0
        while at < size:
            frame, end = cut(buffer, at)
            if frame is not None:
                found.append(frame)
                self._blamed = -1
                at = end
            elif end == INCOMPLETE:
                break
            else:
                at = self._reject(buffer, at, end)
        self._keep(buffer, at)
        return found

    def expire(self) -> list[F]:
        """Give up the frame that is waited for: its line has been quiet too long.

        What seemed its inside may hold whole frames; these are returned. Nothing is held after.
        """
        found: list[F] = []
        while self._pending:
            buffer = self._pending
            at = self._reject(buffer, 0, len(buffer))
            self._keep(buffer, at)
            found += self.feed(b"")
        return found

    def _reject(self, buffer: bytes, at: int, end: int) -> int:
        """Count what stands at ``at`` as bad, once; return where to look next."""
        after = self._seek(buffer, at + 1)
        stray = end == at  # stray bytes behind a bad frame belong to it
        if at > self._blamed or (at == self._blamed and not stray):
            self.bad += 1
            self._blamed = end
        self._blamed = max(self._blamed, after)
        return after

    def _keep(self, buffer: bytes, at: int) -> None:
        self._pending = buffer[at:]
        self._blamed = max(-1, self._blamed - at)


def all_frames(framer: Framer[F], data: bytes) -> tuple[list[F], int]:
    """Every frame of ``data``, and how much in it was none."""
    found = framer.feed(data)
    found += framer.expire()
    return found, framer.bad
