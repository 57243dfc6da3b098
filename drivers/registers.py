"""Typed points and the 16-bit registers they travel in: both directions, pure.

A register block carries no types of its own; a ``Point`` says how to read it. What a device
cannot give (a sentinel, not-a-number, a value out of range, an enum code nobody named) comes
back as a fault and never as a number.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["input", "holding"]
Dtype = Literal["u16", "s16", "u32", "s32", "f32"]
Endian = Literal["big", "little"]
Value = float | int | str | frozenset[str] | frozenset[int]

FORMATS: Mapping[Dtype, str] = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}
"""Each type as :mod:`struct` writes it when both orders are big."""


class Unrepresentable(ValueError):
    """A value that does not fit the point it should be written to."""


class Measured(NamedTuple):
    """One decoded value; ``value`` is ``None`` exactly when ``fault`` says why."""

    value: Value | None
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of a device: where it lies and what its bits mean.

    At most one of ``enum``, ``bits`` and ``members`` is given; without them it is a number,
    ``raw * scale + offset`` in ``unit``.
    """

    name: str
    kind: Kind
    address: int
    """The protocol address of the first register, from 0 (Modbus application protocol 4.4)."""
    dtype: Dtype = "u16"
    count: int = 1
    """How many values of this type follow each other."""
    word_order: Endian = "big"
    byte_order: Endian = "big"
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    enum: Mapping[int, str] = field(default_factory=dict)
    bits: Mapping[str, int] = field(default_factory=dict)
    members: int = 0
    """A bitmap of so many members; bit 0 is member 1."""
    invalid: frozenset[int] = frozenset()
    """Raw words, unsigned, that mean "no value"."""
    range: tuple[float, float] | None = None
    """Both ends still belong to it; in ``unit``."""
    writable: bool = False
    group: str | None = None

    @property
    def width(self) -> int:
        """Registers one value takes."""
        return struct.calcsize(FORMATS[self.dtype]) // 2

    @property
    def end(self) -> int:
        """The address after its last register."""
        return self.address + self.width * self.count


def decode(point: Point, registers: Sequence[int], index: int = 0) -> Measured:
    """What ``registers``, which begin at the point's address, say; ``index`` for arrays."""
    start = index * point.width
    raw = _big_endian(point, registers[start : start + point.width])
    word = int.from_bytes(raw, "big")
    if word in point.invalid:
        return Measured(None, "invalid")
    if point.enum:
        named = point.enum.get(word)
        return Measured(named, "" if named is not None else "unknown_enum")
    if point.bits:
        return Measured(frozenset(n for n, bit in point.bits.items() if word >> bit & 1), "")
    if point.members:
        return Measured(frozenset(i + 1 for i in range(point.members) if word >> i & 1), "")
    return _number(point, raw)


def encode(point: Point, value: float) -> tuple[int, ...]:
    """The registers that carry the number ``value``.

    Raises:
        Unrepresentable: it is outside the point's range or type.
    """
    if point.range is not None and not point.range[0] <= value <= point.range[1]:
        raise Unrepresentable(f"{point.name}: {value} is outside {point.range}")
    scaled = (value - point.offset) / point.scale
    try:
        packed = struct.pack(
            FORMATS[point.dtype], scaled if point.dtype == "f32" else round(scaled)
        )
    except (struct.error, OverflowError, ValueError) as error:
        raise Unrepresentable(f"{point.name}: {value} does not fit {point.dtype}") from error
    return place(point, int.from_bytes(packed, "big"))


def place(point: Point, word: int) -> tuple[int, ...]:
    """The registers that carry the raw unsigned ``word``, in the point's orders."""
    raw = word.to_bytes(point.width * 2, "big")
    words = [int.from_bytes(raw[i : i + 2], point.byte_order) for i in range(0, len(raw), 2)]
    return tuple(reversed(words) if point.word_order == "little" else words)


def _big_endian(point: Point, registers: Sequence[int]) -> bytes:
    if len(registers) != point.width:
        raise ValueError(f"{point.name}: {len(registers)} registers for {point.width}")
    words = reversed(registers) if point.word_order == "little" else registers
    return b"".join(word.to_bytes(2, point.byte_order) for word in words)


def _number(point: Point, raw: bytes) -> Measured:
    number: float | int = struct.unpack(FORMATS[point.dtype], raw)[0]
    if not math.isfinite(number):
        return Measured(None, "invalid")
    if point.scale != 1.0 or point.offset != 0.0:
        number = round(number * point.scale + point.offset, 6)
    if point.range is not None and not point.range[0] <= number <= point.range[1]:
        return Measured(None, "out_of_range")
    return Measured(number, "")
