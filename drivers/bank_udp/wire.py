"""Frames of banks that speak UDP: sans-I/O, for the driver and its simulator.

One datagram is one frame: 55, address, code, length, data, and the sum of all octets before it.
The host asks with codes from 80 up and is answered with the code less 80; the bank also says
unasked when it moves (8C), has moved (8B) or raises an alarm (89). There is no sequence number:
an answer is told from another by its code only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from drivers.errors import Garbled

START = 0x55
ANSWER = 0x80
"""An answer's code is that of the question less this."""
OVERHEAD = 5
LONGEST = 255
NO_CLIMATE = 0x7FFF


class Code(IntEnum):
    """What the host asks."""

    STATUS = 0x80
    OPEN_FIXED_LEFT = 0x81
    """Open the aisle of a column; the fixed column stands at the left end."""
    OPEN_FIXED_RIGHT = 0x82
    CLOSE = 0x84
    STOP = 0x85
    CLIMATE = 0x8E
    VENTILATE = 0x8F


class Push(IntEnum):
    """What the bank says unasked."""

    ALARM = 0x89
    MOVED = 0x8B
    MOVING = 0x8C


class Flag(IntFlag):
    """The first octet of a status."""

    POWER = 1
    REMOTE = 2
    MOVING = 4
    BEAM = 8
    """A light beam in some aisle is broken: somebody or something is there."""
    ALARM = 16
    EMERGENCY_STOP = 32
    VENTILATED = 64


class Column(IntEnum):
    """Which sides of a column are open."""

    BOTH = 0
    RIGHT = 1
    LEFT = 2
    NEITHER = 3
    LOCKED = 4


OPEN_TO_THE_RIGHT = frozenset({Column.BOTH, Column.RIGHT})
OPEN_TO_THE_LEFT = frozenset({Column.BOTH, Column.LEFT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One datagram."""

    address: int
    code: int
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The answer to ``Code.STATUS``."""

    flags: Flag
    fault_code: int
    columns: tuple[Column, ...]

    @property
    def open_aisles(self) -> tuple[int, ...]:
        """Aisles whose columns agree that it is open; aisle 1 is between columns 1 and 2."""
        pairs = zip(self.columns, self.columns[1:], strict=False)
        return tuple(
            aisle
            for aisle, (left, right) in enumerate(pairs, start=1)
            if left in OPEN_TO_THE_RIGHT and right in OPEN_TO_THE_LEFT
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """The answer to ``Code.CLIMATE``; ``None`` where the bank has no sensor."""

    temperature_c: float | None
    relative_humidity_percent: float | None


def encode(frame: Frame) -> bytes:
    """The datagram."""
    head = bytes([START, frame.address, frame.code, len(frame.data)]) + frame.data
    return head + bytes([sum(head) & 0xFF])


def decode(datagram: bytes) -> Frame:
    """The frame in ``datagram``.

    Raises:
        Garbled: it is none.
    """
    if len(datagram) < OVERHEAD or datagram[0] != START:
        raise Garbled("not a frame that begins with 55")
    if len(datagram) != OVERHEAD + datagram[3]:
        raise Garbled(f"{len(datagram)} octets for {OVERHEAD + datagram[3]}")
    if sum(datagram[:-1]) & 0xFF != datagram[-1]:
        raise Garbled("wrong sum")
    return Frame(address=datagram[1], code=datagram[2], data=datagram[4:-1])


def status_data(status: Status) -> bytes:
    """What an answer with ``status`` carries."""
    return bytes([status.flags, status.fault_code, len(status.columns), *status.columns])


def status_of(data: bytes) -> Status:
    """The status in an answer.

    Raises:
        Garbled: too short, or a column in a state nobody knows.
    """
    if len(data) < 3 or len(data) != 3 + data[2]:
        raise Garbled(f"a status of {len(data)} octets")
    return Status(flags=Flag(data[0]), fault_code=data[1], columns=_columns(data[3:]))


def climate_data(climate: Climate) -> bytes:
    """What an answer with ``climate`` carries: tenths, 7FFF where there is none."""
    values = (climate.temperature_c, climate.relative_humidity_percent)
    words = [NO_CLIMATE if value is None else round(value * 10) for value in values]
    return b"".join(word.to_bytes(2, "big", signed=True) for word in words)


def climate_of(data: bytes) -> Climate:
    """The climate in an answer.

    Raises:
        Garbled: of another length.
    """
    if len(data) != 4:
        raise Garbled(f"a climate of {len(data)} octets")
    words = [int.from_bytes(data[i : i + 2], "big", signed=True) for i in (0, 2)]
    temperature, humidity = (None if word == NO_CLIMATE else word / 10 for word in words)
    return Climate(temperature_c=temperature, relative_humidity_percent=humidity)


def _columns(states: Iterable[int]) -> tuple[Column, ...]:
    try:
        return tuple(Column(state) for state in states)
    except ValueError as error:
        raise Garbled(str(error)) from error
