"""Points and registers: byte vectors, and what is never a number."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.registers import (
    Dtype,
    Endian,
    Measured,
    Point,
    Unrepresentable,
    decode,
    encode,
    encode_text,
    place,
)

ORDERS: list[tuple[Endian, Endian]] = [
    ("big", "big"),
    ("little", "big"),
    ("big", "little"),
    ("little", "little"),
]


def point(**keys: object) -> Point:
    return Point(name="p", kind="input", address=0, **keys)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("orders", "registers"),
    [
        (ORDERS[0], (0x41AC, 0x0000)),
        (ORDERS[1], (0x0000, 0x41AC)),
        (ORDERS[2], (0xAC41, 0x0000)),
        (ORDERS[3], (0x0000, 0xAC41)),
    ],
)
def test_21_5_as_a_float_in_all_four_orders(
    orders: tuple[Endian, Endian], registers: tuple[int, ...]
) -> None:
    float_point = point(dtype="f32", word_order=orders[0], byte_order=orders[1])
    assert decode(float_point, registers) == Measured(21.5, "")
    assert encode(float_point, 21.5) == registers


@pytest.mark.parametrize(
    ("dtype", "registers", "value"),
    [
        ("u16", (0xFFFE,), 65534),
        ("s16", (0xFF33,), -205),
        ("u32", (0x0001, 0x86A0), 100_000),
        ("s32", (0xFFFE, 0x7960), -100_000),
        ("u64", (0x0001, 0x0002, 0x0003, 0x0004), 0x0001_0002_0003_0004),
        ("s64", (0xFFFF, 0xFFFF, 0xFFFE, 0x7960), -100_000),
        ("bcd16", (0x0932,), 932),
        ("bcd32", (0x0012, 0x3456), 123_456),
    ],
)
def test_integers_read_as_the_vectors_say(
    dtype: Dtype, registers: tuple[int, ...], value: int
) -> None:
    assert decode(point(dtype=dtype), registers) == Measured(value, "")
    assert encode(point(dtype=dtype), value) == registers


def test_the_example_of_the_xy_md02_manual_reads_minus_20_5_degrees() -> None:
    assert decode(point(dtype="s16", scale=0.1), (0xFF33,)) == Measured(-20.5, "")


@given(
    dtype=st.sampled_from(["u16", "s16", "u32", "s32"]),
    orders=st.sampled_from(ORDERS),
    data=st.data(),
)
def test_whatever_is_written_is_read_back(
    dtype: Dtype, orders: tuple[Endian, Endian], data: st.DataObject
) -> None:
    signed, bits = dtype[0] == "s", int(dtype[1:])
    least = -(2 ** (bits - 1)) if signed else 0
    value = data.draw(st.integers(least, least + 2**bits - 1))
    there = point(dtype=dtype, word_order=orders[0], byte_order=orders[1])
    assert decode(there, encode(there, value)) == Measured(value, "")


@given(st.floats(width=32))
def test_a_float_is_a_number_exactly_if_it_is_finite(value: float) -> None:
    registers = struct.unpack(">HH", struct.pack(">f", value))
    measured = decode(point(dtype="f32"), registers)
    assert (measured.fault == "") is math.isfinite(value)
    assert (measured.value is None) is not math.isfinite(value)


@pytest.mark.parametrize("word", [0x7FFF, 0x8000, 0xFFFF])
def test_a_sentinel_is_invalid_and_not_a_number(word: int) -> None:
    invalid = frozenset({0x7FFF, 0x8000, 0xFFFF})
    assert decode(point(dtype="s16", invalid=invalid), (word,)) == Measured(None, "invalid")


def test_both_ends_of_a_range_belong_to_it() -> None:
    ranged = point(dtype="s16", scale=0.1, range=(-40.0, 80.0))
    assert decode(ranged, (800,)).value == 80.0
    assert decode(ranged, (801,)) == Measured(None, "out_of_range")
    assert decode(ranged, (65536 - 401,)) == Measured(None, "out_of_range")


def test_an_enum_code_nobody_named_is_no_value() -> None:
    named = point(enum={1: "local", 2: "remote"})
    assert decode(named, (2,)) == Measured("remote", "")
    assert decode(named, (3,)) == Measured(None, "unknown_enum")


def test_bits_come_by_name_and_members_by_number() -> None:
    assert decode(point(bits={"moving": 2, "fault": 15}), (0x8000,)).value == frozenset({"fault"})
    aisles = point(dtype="u32", members=31)
    assert decode(aisles, (0x4000, 0x0001)).value == frozenset({1, 31})


def test_an_array_is_read_by_index() -> None:
    positions = point(dtype="u32", count=2)
    assert decode(positions, (0, 1, 0, 2), 1) == Measured(2, "")


@pytest.mark.parametrize(
    ("keys", "value"),
    [({}, 65536), ({}, -1), ({"range": (500.0, 10000.0)}, 499), ({"dtype": "f32"}, 1e39)],
)
def test_what_does_not_fit_is_not_written(keys: dict[str, object], value: float) -> None:
    with pytest.raises(Unrepresentable):
        encode(point(**keys), value)


def test_a_raw_word_is_placed_in_the_points_orders() -> None:
    assert place(point(dtype="u32", word_order="little"), 0x00018000) == (0x8000, 0x0001)


@pytest.mark.parametrize(
    ("orders", "registers"),
    [
        (ORDERS[0], (0x0001, 0x0002, 0x0003, 0x0004)),
        (ORDERS[1], (0x0004, 0x0003, 0x0002, 0x0001)),
        (ORDERS[2], (0x0100, 0x0200, 0x0300, 0x0400)),
        (ORDERS[3], (0x0400, 0x0300, 0x0200, 0x0100)),
    ],
)
def test_64_bits_in_all_four_orders(
    orders: tuple[Endian, Endian], registers: tuple[int, ...]
) -> None:
    wide = point(dtype="u64", word_order=orders[0], byte_order=orders[1])
    assert decode(wide, registers) == Measured(0x0001_0002_0003_0004, "")
    assert encode(wide, 0x0001_0002_0003_0004) == registers


def test_a_double_keeps_its_digits() -> None:
    assert decode(point(dtype="f64"), encode(point(dtype="f64"), -0.1)) == Measured(-0.1, "")


def test_a_digit_above_nine_is_no_bcd() -> None:
    assert decode(point(dtype="bcd16"), (0x0A12,)) == Measured(None, "invalid")
    with pytest.raises(Unrepresentable):
        encode(point(dtype="bcd16"), 10_000)


@pytest.mark.parametrize(
    ("byte_order", "registers"), [("big", (0x4142, 0x4300)), ("little", (0x4241, 0x0043))]
)
def test_a_text_ends_at_its_first_zero(byte_order: Endian, registers: tuple[int, ...]) -> None:
    text = point(dtype="string", length=2, byte_order=byte_order)
    assert decode(text, registers) == Measured("ABC", "")
    assert encode_text(text, "ABC") == registers


@pytest.mark.parametrize("nonsense", [(0xFFFF, 0x4142), (0x0741, 0x4142)])
def test_bytes_that_are_no_text_are_invalid(nonsense: tuple[int, ...]) -> None:
    assert decode(point(dtype="string", length=2), nonsense) == Measured(None, "invalid")


@pytest.mark.parametrize("text", ["ABCDE", "密集"])
def test_a_text_that_does_not_fit_is_not_written(text: str) -> None:
    with pytest.raises(Unrepresentable):
        encode_text(point(dtype="string", length=2), text)


def test_a_masked_part_of_a_word_is_moved_down() -> None:
    assert decode(point(mask=0xFF00), (0x1234,)) == Measured(0x12, "")
    assert decode(point(mask=0x00F0, enum={3: "three"}), (0x1234,)) == Measured("three", "")


def test_an_inverted_bit_holds_while_it_is_0() -> None:
    pressed = point(bits={"power_ok": 0, "estop_active": 4}, inverted=frozenset({"estop_active"}))
    assert decode(pressed, (0x0011,)).value == frozenset({"power_ok"})
    assert decode(pressed, (0x0001,)).value == frozenset({"power_ok", "estop_active"})


def test_a_coil_is_0_or_1() -> None:
    coil = Point(name="lamp", kind="coil", address=3, dtype="bool", writable=True)
    assert decode(coil, (1,)) == Measured(1, "")
    assert encode(coil, 1) == (1,)
    with pytest.raises(Unrepresentable):
        encode(coil, 2)
