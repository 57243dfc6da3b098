"""Cuts a stream of bytes into JSON texts, however the network cut it."""

import re
from collections.abc import Iterator
from typing import Protocol

from drivers.errors import Garbled

MAX_MESSAGE_BYTES = 1 << 18
"""No event of these readers comes near; what is longer is not one of them."""
MAX_DEPTH = 32

_NEWLINE, _QUOTE, _BACKSLASH, _OPEN, _CLOSE = b'\n"\\{}'
_SPACE = re.compile(rb"[ \t\r\n]*+")
_PLAIN = rb"[ \t\r\n0-9aeEflnrstu+\-.,:\[\]]"
"""All of JSON that stands outside of strings, but braces: numbers, true, false, null."""
_CHARACTERS = rb'[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+'
_OUTSIDE = re.compile(_PLAIN + rb"*+")
_INSIDE = re.compile(_CHARACTERS)


def _whole(depth: int) -> bytes:
    """The pattern of an object that contains objects down to ``depth`` more levels."""
    string = rb'"' + _CHARACTERS + rb'"'
    parts = string if depth == 0 else string + b"|" + _whole(depth - 1)
    return rb"\{" + _PLAIN + rb"*+(?:(?:" + parts + rb")" + _PLAIN + rb"*+)*+\}"


_WHOLE = re.compile(_whole(2))


class Splitter(Protocol):
    """Finds messages in a stream."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that end in ``data``; iterate to the end before feeding more.

        Raises:
            Garbled: the stream cannot be followed any further; what came before was yielded.
        """
        ...


class Lines:
    """One JSON text a line (NDJSON); empty lines are the sender's sign of life."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Splitter`."""
        *ended, rest = data.split(b"\n")
        if ended:
            ended[0] = bytes(self._begun) + ended[0]
            self._begun.clear()
        self._begun += rest
        yield from filter(None, map(bytes.strip, ended))
        if len(self._begun) > MAX_MESSAGE_BYTES:
            raise Garbled(f"a line of more than {MAX_MESSAGE_BYTES} bytes")


class Objects:
    """JSON objects one after the other, without anything between them but white space.

    An object that has arrived whole is found in one step; one that is still arriving is walked
    through once, so that a stream of single bytes costs no more than one of large pieces.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._depth = 0
        self._quoted = False
        self._at = 0
        """How far the object at the start of the buffer was walked through."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Splitter`."""
        self._buffer += data
        while (end := self._end()) is not None:
            found = bytes(self._buffer[:end])
            del self._buffer[:end]
            yield found
        if len(self._buffer) > MAX_MESSAGE_BYTES:
            raise Garbled(f"an object of more than {MAX_MESSAGE_BYTES} bytes")

    def _end(self) -> int | None:
        """Where the first object ends, if it has ended."""
        if self._depth:
            return self._walk()
        whole = _WHOLE.match(self._buffer)
        if whole is not None:
            return whole.end()
        self._skip_space()
        if not self._buffer:
            return None
        if self._buffer[0] != _OPEN:
            raise self._nonsense(0)
        whole = _WHOLE.match(self._buffer)
        self._at = 0
        return self._walk() if whole is None else whole.end()

    def _skip_space(self) -> None:
        space = _SPACE.match(self._buffer)
        del self._buffer[: space.end() if space else 0]

    def _walk(self) -> int | None:
        while True:
            passed = (_INSIDE if self._quoted else _OUTSIDE).match(self._buffer, self._at)
            self._at = passed.end() if passed else self._at
            if self._at == len(self._buffer) or self._waits_for_escaped():
                return None
            self._step(self._buffer[self._at])
            self._at += 1
            if self._depth == 0:
                return self._at

    def _waits_for_escaped(self) -> bool:
        last = self._at == len(self._buffer) - 1
        return self._quoted and last and self._buffer[self._at] == _BACKSLASH

    def _step(self, octet: int) -> None:
        if octet == _QUOTE:
            self._quoted = not self._quoted
        elif octet == _OPEN and not self._quoted and self._depth < MAX_DEPTH:
            self._depth += 1
        elif octet == _CLOSE and not self._quoted:
            self._depth -= 1
        else:
            raise self._nonsense(self._at)

    def _nonsense(self, at: int) -> Garbled:
        return Garbled(f"no JSON objects: {bytes(self._buffer[at : at + 16])!r}")
