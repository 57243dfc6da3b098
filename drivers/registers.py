"""Typed points and the registers and bits they travel in: both directions, pure.

A register block carries no types of its own; a ``Point`` says how to read it. What a device
cannot give (a sentinel, not-a-number, a value out of range, an enum code nobody named) comes
back as a fault and never as a number.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["coil", "discrete", "input", "holding"]
Dtype = Literal[
    "bool", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "bcd16", "bcd32", "string"
]
Endian = Literal["big", "little"]
Value = float | int | str | frozenset[str] | frozenset[int]

FORMATS: Mapping[Dtype, str] = {
    "u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "u64": ">Q", "s64": ">q",
    "f32": ">f", "f64": ">d",
}  # fmt: skip
"""The plain numbers, each as :mod:`struct` writes it when both orders are big."""

WIDTHS: Mapping[Dtype, int] = {
    **{dtype: struct.calcsize(form) // 2 for dtype, form in FORMATS.items()},
    "bool": 1,
    "bcd16": 1,
    "bcd32": 2,
}
"""How many registers (or bits, for ``bool``) one value takes; a string says its own length."""

BIT_KINDS: frozenset[Kind] = frozenset({"coil", "discrete"})
WRITABLE_KINDS: frozenset[Kind] = frozenset({"coil", "holding"})


class Unrepresentable(ValueError):
    """A value that does not fit the point it should be written to."""


class Measured(NamedTuple):
    """One decoded value; ``value`` is ``None`` exactly when ``fault`` says why."""

    value: Value | None
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of a device: where it lies and what its bits mean.

    At most one of ``enum``, ``bits`` and ``members`` is given; without them it is a text, or a
    number: ``raw * scale + offset`` in ``unit``.
    """

    name: str
    kind: Kind
    address: int
    """The protocol address of the first one, from 0 (Modbus application protocol 4.4)."""
    dtype: Dtype = "u16"
    count: int = 1
    """How many values of this type follow each other."""
    length: int = 0
    """Registers of a string, two characters each."""
    word_order: Endian = "big"
    byte_order: Endian = "big"
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    enum: Mapping[int, str] = field(default_factory=dict)
    bits: Mapping[str, int] = field(default_factory=dict)
    inverted: frozenset[str] = frozenset()
    """The names among ``bits`` that hold while their bit is 0."""
    members: int = 0
    """A bitmap of so many members; bit 0 is member 1."""
    mask: int = 0
    """The part of the word that is meant, moved down to bit 0; 0 means all of it."""
    invalid: frozenset[int] = frozenset()
    """Raw words, unsigned, that mean "no value"."""
    range: tuple[float, float] | None = None
    """Both ends still belong to it; in ``unit``."""
    writable: bool = False
    group: str | None = None

    @property
    def width(self) -> int:
        """Registers, or bits of a coil or discrete input, that one value takes."""
        return self.length if self.dtype == "string" else WIDTHS[self.dtype]

    @property
    def end(self) -> int:
        """The address after its last one."""
        return self.address + self.width * self.count


def decode(point: Point, registers: Sequence[int], index: int = 0) -> Measured:
    """What ``registers``, which begin at the point's address, say; ``index`` for arrays.

    Of coils and discrete inputs ``registers`` are their bits, 0 or 1.
    """
    start = index * point.width
    taken = registers[start : start + point.width]
    if len(taken) != point.width:
        raise ValueError(f"{point.name}: {len(taken)} registers for {point.width}")
    if point.dtype == "bool":
        word, raw = taken[0], b""
    else:
        raw = _big_endian(point, taken)
        word = _masked(point, int.from_bytes(raw, "big"))
    if word in point.invalid:
        return Measured(None, "invalid")
    if point.enum:
        named = point.enum.get(word)
        return Measured(named, "" if named is not None else "unknown_enum")
    if point.bits:
        return Measured(_set_names(point, word), "")
    if point.members:
        return Measured(frozenset(i + 1 for i in range(point.members) if word >> i & 1), "")
    return _text(raw) if point.dtype == "string" else _number(point, word, raw)


def encode(point: Point, value: float) -> tuple[int, ...]:
    """The registers (or the bit) that carry the number ``value``.

    Raises:
        Unrepresentable: it is outside the point's range or type.
    """
    if point.range is not None and not point.range[0] <= value <= point.range[1]:
        raise Unrepresentable(f"{point.name}: {value} is outside {point.range}")
    scaled = (value - point.offset) / point.scale
    try:
        return place(point, _word(point.dtype, scaled))
    except (struct.error, OverflowError, ValueError) as error:
        raise Unrepresentable(f"{point.name}: {value} does not fit {point.dtype}") from error


def encode_text(point: Point, text: str) -> tuple[int, ...]:
    """The registers that carry ``text``, padded with zeros.

    Raises:
        Unrepresentable: it is too long, or not ASCII.
    """
    try:
        raw = text.encode("ascii").ljust(point.length * 2, b"\0")
    except UnicodeEncodeError as error:
        raise Unrepresentable(f"{point.name}: {text!r} is not ASCII") from error
    if len(raw) > point.length * 2:
        raise Unrepresentable(f"{point.name}: {text!r} is longer than {point.length * 2}")
    return place(point, int.from_bytes(raw, "big"))


def place(point: Point, word: int) -> tuple[int, ...]:
    """The registers (or the bit) that carry the raw unsigned ``word``, in the point's orders."""
    if point.dtype == "bool":
        return (int(word != 0),)
    raw = word.to_bytes(point.width * 2, "big")
    words = [int.from_bytes(raw[i : i + 2], point.byte_order) for i in range(0, len(raw), 2)]
    return tuple(reversed(words) if point.word_order == "little" else words)


def _big_endian(point: Point, registers: Sequence[int]) -> bytes:
    words = reversed(registers) if point.word_order == "little" else registers
    return b"".join(word.to_bytes(2, point.byte_order) for word in words)


def _masked(point: Point, word: int) -> int:
    mask = point.mask
    return (word & mask) // (mask & -mask) if mask else word


def _set_names(point: Point, word: int) -> frozenset[str]:
    on = {name for name, bit in point.bits.items() if word >> bit & 1}
    return frozenset(on ^ point.inverted)


def _text(raw: bytes) -> Measured:
    """Up to the first zero; blanks that pad it are no part of it."""
    text = raw.split(b"\0", 1)[0].decode("ascii", "replace").rstrip()
    return Measured(text, "") if text.isprintable() and "\ufffd" not in text else _INVALID


_INVALID = Measured(None, "invalid")


def _number(point: Point, word: int, raw: bytes) -> Measured:
    number: float | int
    if point.dtype in ("bcd16", "bcd32"):
        digits = f"{word:x}"
        if not digits.isdecimal():
            return _INVALID
        number = int(digits)
    elif point.mask or point.dtype == "bool":
        number = word
    else:
        number = struct.unpack(FORMATS[point.dtype], raw)[0]
        if not math.isfinite(number):
            return _INVALID
    if point.scale != 1.0 or point.offset != 0.0:
        number = round(number * point.scale + point.offset, 6)
    if point.range is not None and not point.range[0] <= number <= point.range[1]:
        return Measured(None, "out_of_range")
    return Measured(number, "")


def _word(dtype: Dtype, scaled: float) -> int:
    if dtype in ("f32", "f64"):
        return int.from_bytes(struct.pack(FORMATS[dtype], scaled), "big")
    whole = round(scaled)
    if dtype == "bool":
        if whole not in (0, 1):
            raise ValueError(whole)
        return whole
    if dtype in ("bcd16", "bcd32"):
        if not 0 <= whole < 10 ** (4 * WIDTHS[dtype]):
            raise OverflowError(whole)
        return int(str(whole), 16)
    return int.from_bytes(struct.pack(FORMATS[dtype], whole), "big")
