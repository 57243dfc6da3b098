"""Cuts the byte stream of a connection into whole frames, however the network cut it."""

import struct
from collections.abc import Iterator

from drivers.errors import Garbled

HEADER = struct.Struct(">HII")
"""Section 16.1: 3 bits reserved, 3 version, 10 type; length with this head; message id."""
MAX_FRAME_BYTES = 4 << 20
"""Far above the 1.4 MB of the longest report known; bounds what a broken peer can make us hold."""


class Framer:
    """Holds the unfinished frame of one connection: at most ``MAX_FRAME_BYTES`` and one chunk."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield every frame that ``data`` completes, head included.

        Raises:
            Garbled: a length no frame can have; what follows it cannot be told apart.
        """
        pending = self._pending
        pending += data
        start = 0
        try:
            there = len(pending)
            while there - start >= HEADER.size:
                end = start + int.from_bytes(pending[start + 2 : start + 6])
                if not HEADER.size <= end - start <= MAX_FRAME_BYTES:
                    raise _impossible(pending, start)
                if end > there:
                    return
                yield bytes(pending[start:end])
                start = end
        finally:
            del pending[:start]


def _impossible(pending: bytearray, start: int) -> Garbled:
    length = HEADER.unpack_from(pending, start)[1]
    beginning = pending[start : start + 32].hex(" ")
    return Garbled(f"a frame of {length} bytes cannot be; it begins {beginning}")
