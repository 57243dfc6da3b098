"""The ``[[point]]`` tables of a profile."""

from collections.abc import Mapping
from typing import cast, get_args

from drivers.profiles.params import Params
from drivers.profiles.tables import Table
from drivers.profiles.words import forbidden_in
from drivers.registers import BIT_KINDS, WRITABLE_KINDS, Dtype, Endian, Kind, Point

KINDS = cast(tuple[Kind, ...], get_args(Kind))
DTYPES = cast(tuple[Dtype, ...], get_args(Dtype))
WHOLE: frozenset[Dtype] = frozenset({"bool", "u16", "s16", "u32", "s32", "u64", "s64"})
"""The types whose bits may be named; of the others they are no whole number."""

_NO_KIND = cast(Kind, "")
"""No default: a point without a kind is refused like one with a wrong kind."""


def point_of(
    table: Table, params: Params, orders: tuple[Endian, Endian], address_base: int
) -> Point:
    """One point.

    Raises:
        ProfileError: it cannot be read, or must not be written.
    """
    kind = table.choice("kind", KINDS, _NO_KIND)
    plain: Dtype = "bool" if kind in BIT_KINDS else "u16"
    point = Point(
        name=table.take("name", str),
        kind=kind,
        address=int(table.number("address", 0, 65535 + address_base)) - address_base,
        dtype=table.choice("dtype", DTYPES, plain),
        count=params.size(table, "count", 1, least=1),
        length=params.size(table, "length", 0),
        word_order=table.choice("word_order", ("big", "little"), orders[0]),
        byte_order=table.choice("byte_order", ("big", "little"), orders[1]),
        scale=table.take("scale", float, 1.0),
        offset=table.take("offset", float, 0.0),
        unit=table.take("unit", str, ""),
        enum=_enum(table),
        bits=table.mapping("bits", int),
        inverted=frozenset(table.words("inverted")),
        members=params.size(table, "members", 0),
        mask=int(table.number("mask", 0, 0xFFFFFFFF, 0)),
        invalid=frozenset(table.integers("invalid")),
        range=_range(table),
        writable=table.choice("access", ("r", "w", "rw"), "r") != "r",
        group=table.take("group", str, "") or None,
    )
    if table.take("safety", bool, False) and point.writable:
        raise table.fault("safety", f"{point.name}: a safety point is read, never written")
    table.close()
    _check_type(table, point)
    _check_meaning(table, point)
    _check_access(table, point)
    return point


def _check_type(table: Table, point: Point) -> None:
    if (point.dtype == "bool") != (point.kind in BIT_KINDS):
        raise table.fault("dtype", f"{point.name}: a {point.kind} is no {point.dtype}")
    if (point.dtype == "string") != (point.length > 0):
        raise table.fault("length", f"{point.name}: a string has a length, and nothing else has")
    if point.address < 0 or point.end > 65536:
        raise table.fault("address", f"{point.name}: outside the 65536 registers there are")
    if point.scale == 0:
        raise table.fault("scale", f"{point.name}: must not be 0")


def _check_meaning(table: Table, point: Point) -> None:
    name = point.name
    if sum(map(bool, (point.enum, point.bits, point.members))) > 1:
        raise table.fault("", f"{name}: enum, bits and members exclude each other")
    named = bool(point.bits or point.members or point.mask)
    if named and point.dtype not in WHOLE:
        raise table.fault("dtype", f"{name}: the bits of a {point.dtype} cannot be named")
    bits_there_are = 1 if point.dtype == "bool" else 16 * point.width
    top_bit = max((*point.bits.values(), point.members - 1, point.mask.bit_length() - 1))
    if min((0, *point.bits.values())) < 0 or top_bit >= bits_there_are:
        raise table.fault("bits", f"{name}: a {point.dtype} has no bit {top_bit}")
    if unknown := point.inverted - point.bits.keys():
        raise table.fault("inverted", f"{name}: {min(unknown)!r} is not among its bits")


def _check_access(table: Table, point: Point) -> None:
    if not point.writable:
        return
    if point.kind not in WRITABLE_KINDS:
        raise table.fault("access", f"{point.name}: a {point.kind} cannot be written")
    if point.mask:
        raise table.fault("mask", f"{point.name}: only a whole word can be written")
    if word := forbidden_in(point.name):
        raise table.fault(
            "access", f"{point.name}: nothing named {word} may be written: safety is not ours"
        )


def _enum(table: Table) -> Mapping[int, str]:
    named = table.mapping("enum", str)
    if not all(key.isdecimal() for key in named):
        raise table.fault("enum", "codes must be numbers")
    return {int(key): text for key, text in named.items()}


def _range(table: Table) -> tuple[float, float] | None:
    ends = table.floats("range")
    if not ends:
        return None
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise table.fault("range", "must be [least, most]")
    return ends[0], ends[1]
