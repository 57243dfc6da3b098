"""How requests and replies lie in the bytes of a line: Modbus TCP and RTU, the server's side.

Each eats bytes however they were cut and yields requests; no socket, no clock.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

RTU_LENGTHS: Mapping[int, int] = {7: 4, 11: 4, 12: 4, 17: 4, 22: 10}
"""Whole RTU requests of functions that are neither eight bytes long nor say their length."""
LENGTH_AT: Mapping[int, int] = {15: 6, 16: 6, 23: 10}
"""Where a request that says its length says it (Modbus application protocol 6.11, 6.12, 6.17)."""


class Request(NamedTuple):
    """One request: for whom, what, and what its reply must carry back."""

    unit: int
    pdu: bytes
    transaction: bytes = b""


class Framing(Protocol):
    """One way to cut a stream into requests; one object for each connection."""

    def feed(self, data: bytes) -> Iterator[Request]:
        """The requests that are complete with ``data``; raises ``ValueError`` at nonsense."""
        ...

    def silence(self) -> None:
        """Nothing came for so long that an unfinished request will not be finished."""
        ...

    def frame(self, request: Request, reply: bytes) -> bytes:
        """The bytes that carry ``reply`` to ``request``."""
        ...


class TcpFraming:
    """Modbus TCP: a header of seven bytes (messaging implementation guide 3.1.3)."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[Request]:
        """The requests that are complete with ``data``; a foreign protocol is nonsense."""
        self._pending += data
        while len(self._pending) >= 7:
            length = int.from_bytes(self._pending[4:6], "big")
            if self._pending[2:4] != b"\0\0" or not 2 <= length <= 254:
                raise ValueError("not Modbus TCP")
            if len(self._pending) < 6 + length:
                return
            frame, self._pending = self._pending[: 6 + length], self._pending[6 + length :]
            yield Request(frame[6], frame[7:], frame[:4])

    def silence(self) -> None:
        """Its frames say their length: it waits."""

    def frame(self, request: Request, reply: bytes) -> bytes:
        """The reply behind the header of its request."""
        length = (len(reply) + 1).to_bytes(2, "big")
        return request.transaction + length + bytes([request.unit]) + reply


class RtuFraming:
    """Modbus RTU: unit, PDU, check (Modbus over serial line 2.5.1); frames end by silence."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[Request]:
        """The request that is complete with ``data``; one whose check is wrong never was."""
        self._pending += data
        length = request_length(self._pending)
        if length is None or len(self._pending) < length:
            return
        frame, self._pending = self._pending[:length], b""
        if crc16(frame[:-2]) == frame[-2:]:
            yield Request(frame[0], frame[1:-2])

    def silence(self) -> None:
        """Give up an unfinished request."""
        self._pending = b""

    def frame(self, request: Request, reply: bytes) -> bytes:
        """The reply between the unit's number and its check."""
        body = bytes([request.unit]) + reply
        return body + crc16(body)


def crc16(data: bytes) -> bytes:
    """The check of a frame, low byte first (Modbus over serial line 6.2.2)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def request_length(frame: bytes) -> int | None:
    """How long the RTU request that begins so will be; ``None`` while that cannot be told."""
    if len(frame) < 2:
        return None
    said_at = LENGTH_AT.get(frame[1])
    if said_at is None:
        return RTU_LENGTHS.get(frame[1], 8)
    return said_at + 3 + frame[said_at] if len(frame) > said_at else None
