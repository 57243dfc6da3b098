"""Cuts the byte stream of a connection into whole frames, however the network cut it."""

import struct
from collections.abc import Callable, Iterator

from drivers.errors import Garbled

HEADER = struct.Struct(">HII")
"""Section 16.1: 3 bits reserved, 3 version, 10 type; length with this head; message id."""
MAX_FRAME_BYTES = 4 << 20
"""Far above the 1.4 MB of the longest report known; bounds what a broken peer can make us hold."""


class Framer:
    """Holds the unfinished frame of one connection: at most ``MAX_FRAME_BYTES`` and one chunk."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._awaited = 0
        """So many octets must be pending before there is anything to tell."""

    @property
    def unfinished(self) -> bytes:
        """The beginning of a frame that is held."""
        return bytes(self._pending)

    def feed(self, data: bytes, run: Callable[[bytes], int] = lambda _: 0) -> Iterator[bytes]:
        """Yield every frame that ``data`` completes, head included.

        ``run`` is shown all that is held, from the beginning of a frame on, and may take whole
        frames off its beginning; it says how many octets these were.

        Raises:
            Garbled: a length no frame can have; what follows it cannot be told apart.
        """
        if self._pending:
            self._pending += data
            if len(self._pending) < self._awaited:
                return
            data = bytes(self._pending)
        start, there, self._awaited = run(data), len(data), 0
        try:
            while there - start >= HEADER.size:
                end = start + int.from_bytes(data[start + 2 : start + 6])
                if not HEADER.size <= end - start <= MAX_FRAME_BYTES:
                    raise _impossible(data, start)
                if end > there:
                    self._awaited = end - start
                    return
                yield data[start:end]
                start = end
        finally:
            self._pending = bytearray(data[start:])


def _impossible(data: bytes, start: int) -> Garbled:
    length = HEADER.unpack_from(data, start)[1]
    beginning = data[start : start + 32].hex(" ")
    return Garbled(f"a frame of {length} bytes cannot be; it begins {beginning}")
