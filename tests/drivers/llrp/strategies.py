"""Messages as the tables of the standard allow them, for property tests."""

from collections.abc import Mapping

from hypothesis import strategies as st

from drivers.llrp.wire import MESSAGES, PARAMETERS, Bits, Message, Parameter, Value
from drivers.llrp.wire.schema import Definition, Field

NESTING = 3


def _bits(length: int) -> st.SearchStrategy[Value]:
    size = (length + 7) // 8
    return st.binary(min_size=size, max_size=size).map(lambda octets: Bits(length, octets))


def _value(field: Field) -> st.SearchStrategy[Value]:
    if field.bits:
        low = -(1 << field.bits - 1) if field.signed else 0
        return st.integers(low, low + (1 << field.bits) - 1)
    if field.octets:
        return st.binary(min_size=field.octets, max_size=field.octets)
    return {
        "u1v": st.integers(0, 40).flatmap(_bits),
        "u8v": st.binary(max_size=5),
        "u16v": st.lists(st.integers(0, 0xFFFF), max_size=3).map(tuple),
        "u32v": st.lists(st.integers(0, 0xFFFFFFFF), max_size=3).map(tuple),
        "utf8v": st.text(max_size=5),
        "rest": st.binary(max_size=5),
    }[field.type]


def _fields(definition: Definition) -> st.SearchStrategy[Mapping[str, Value]]:
    return st.fixed_dictionaries({field.name: _value(field) for field in definition.fields})


@st.composite
def parameters(draw: st.DrawFn, depth: int = NESTING) -> Parameter:
    """Any parameter of the standard; those with a length may contain others."""
    definition = draw(st.sampled_from(list(PARAMETERS)))
    closed = definition.number < 0x80 or any(f.type == "rest" for f in definition.fields)
    inner: list[Parameter] = []
    if depth and not closed:
        inner = draw(st.lists(parameters(depth - 1), max_size=2))
    fields = draw(_fields(definition))
    return Parameter(kind=definition.number, fields=fields, parameters=tuple(inner))


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Any message of the standard with any parameters."""
    definition = draw(st.sampled_from(list(MESSAGES)))
    closed = any(field.type == "rest" for field in definition.fields)
    inner = [] if closed else draw(st.lists(parameters(), max_size=3))
    return Message(
        kind=definition.number,
        id=draw(st.integers(0, 0xFFFFFFFF)),
        version=draw(st.integers(1, 2)),
        fields=draw(_fields(definition)),
        parameters=tuple(inner),
    )
