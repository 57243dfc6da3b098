"""What the registers of a simulated device hold: its values, put where its profile says. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isnan, nan

from drivers.registers import Point, Unrepresentable, encode, encode_text, place
from simulators.machines.machine import Value, Values

ALIKE: Mapping[str, tuple[str, ...]] = {
    "door_open": ("light_curtain", "occupied"),
    "light_curtain": ("occupied", "obstructed"),
    "occupied": ("light_curtain", "obstructed"),
    "obstructed": ("position_error", "stopped"),
    "fire": ("emergency_stop", "stopped"),
    "overload": ("overweight", "stopped"),
    "refused_occupied": ("refused_stop", "refused_mode", "busy"),
    "refused_stop": ("refused_mode", "busy"),
    "tray_blocked": ("busy",),
    "presenting": ("holding", "idle"),
    "holding": ("idle",),
    "fetching": ("moving",),
    "storing": ("moving",),
    "power_lost": ("stopped", "fault"),
}
"""What a device says instead, if its map has no word for something."""


def words(point: Point, values: Values) -> list[int]:
    """All registers or bits of ``point``; what the device cannot say is its invalid word, or 0."""
    value = values.get(point.name)
    if isinstance(value, Sequence) and not isinstance(value, str):
        each: Iterable[Value] = list(value)[: point.count]
    else:
        each = [value] * point.count
    return [word for one in each for word in _registers(point, one)]


def _registers(point: Point, value: Value) -> tuple[int, ...]:
    try:
        if point.dtype == "string":
            return encode_text(point, str(value or ""))
        if isinstance(value, str):
            return place(point, _masked(point, _code(point, value)))
        if isinstance(value, frozenset):
            return place(point, _bits(point, value))
        if value is not None and not isnan(value):
            return _number(point, value)
    except Unrepresentable:
        pass
    return _nothing(point)


def _number(point: Point, value: float) -> tuple[int, ...]:
    """Whatever a broken sensor measures is said, be it in the point's range or not."""
    if point.enum or point.mask:
        return place(point, _masked(point, round((value - point.offset) / point.scale)))
    return encode(replace(point, range=None), value)


def _code(point: Point, text: str) -> int:
    """The code of ``text``, or of what comes next to it."""
    codes = {named: code for code, named in reversed(list(point.enum.items()))}
    for word in (text, *ALIKE.get(text, ())):
        if word in codes:
            return codes[word]
    raise Unrepresentable(f"{point.name}: no code means {text!r}")


def _bits(point: Point, value: frozenset[str] | frozenset[int]) -> int:
    if point.members:
        return sum(1 << (member - 1) for member in value if isinstance(member, int))
    return sum(
        1 << bit for name, bit in point.bits.items() if (name in value) != (name in point.inverted)
    )


def _masked(point: Point, raw: int) -> int:
    return raw * (point.mask & -point.mask) & point.mask if point.mask else raw


def _nothing(point: Point) -> tuple[int, ...]:
    if point.dtype in ("f32", "f64") and not point.invalid:
        return encode(replace(point, range=None), nan)
    return place(point, min(point.invalid, default=0))
