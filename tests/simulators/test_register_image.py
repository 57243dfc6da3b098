"""What lies in the registers of a device is what its values are, whatever the map makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.registers import Dtype, Endian, Kind, Point, decode
from simulators.machines.machine import Value
from simulators.machines.puppet import Puppet
from simulators.register_image import words

orders: st.SearchStrategy[Endian] = st.sampled_from(["big", "little"])


def point(dtype: Dtype = "u16", kind: Kind = "holding", **more: object) -> Point:
    """A point called p."""
    return Point(name="p", kind=kind, address=0, dtype=dtype, **more)  # type: ignore[arg-type]


@given(
    dtype=st.sampled_from(["u16", "s16", "u32", "s32", "u64", "s64", "bcd16", "bcd32"]),
    number=st.integers(0, 999),
    word_order=orders,
    byte_order=orders,
)
def test_numbers_of_any_type_and_order_are_read_back(
    dtype: Dtype, number: int, word_order: Endian, byte_order: Endian
) -> None:
    there = point(dtype, word_order=word_order, byte_order=byte_order, scale=0.1)
    assert decode(there, words(there, {"p": number / 10})).value == number / 10


@pytest.mark.parametrize(
    ("there", "value"),
    [
        (point("f32", word_order="little"), 21.5),
        (point("string", length=4), "V1.02"),
        (point("bool", "coil"), 1),
        (point(enum={3: "idle", 9: "moving"}), "moving"),
        (point(mask=0x0F00), 7),
        (point(mask=0xFF00, enum={2: "remote"}), "remote"),
        (point(bits={"a": 0, "b": 5}, inverted=frozenset({"b"})), frozenset({"a"})),
        (point(bits={"a": 0, "b": 5}, inverted=frozenset({"b"})), frozenset({"b"})),
        (point("u32", members=20), frozenset({1, 20})),
    ],
)
def test_fields_texts_and_bits_are_read_back(there: Point, value: Value) -> None:
    assert decode(there, words(there, {"p": value})).value == value


def test_arrays_are_read_back_one_by_one() -> None:
    there = point("u32", count=3)
    registers = words(there, {"p": [7, 8, 70000]})
    assert [decode(there, registers, i).value for i in range(3)] == [7, 8, 70000]


@pytest.mark.parametrize(
    "there", [point(invalid=frozenset({0x8000, 0xFFFF})), point("f32"), point("f64")]
)
def test_what_a_device_does_not_know_is_never_a_number(there: Point) -> None:
    assert decode(there, words(there, {"p": None})).value is None


def test_a_map_without_a_word_for_something_says_what_comes_next_to_it() -> None:
    there = point(enum={0: "none", 2: "stopped", 5: "light_curtain"})
    assert decode(there, words(there, {"p": "occupied"})).value == "light_curtain"
    assert decode(there, words(there, {"p": "power_lost"})).value == "stopped"


def test_a_puppet_obeys_after_a_while_and_has_a_safety_chain() -> None:
    puppet = Puppet({"go": lambda arguments: {"place": arguments["to"]}})
    puppet.begin("go", {"to": 3})
    puppet.advance(1.0)
    assert puppet.moving
    puppet.press_emergency_stop()
    assert puppet.refusal("go", {"to": 3}, moves=True) == "refused_stop"
    puppet.release_emergency_stop()
    puppet.reset_locally()
    puppet.begin("go", {"to": 3})
    puppet.advance(2.5)
    assert (puppet.values()["place"], puppet.result) == (3, "ok")
