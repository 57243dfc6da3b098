"""Messages and parameters as values: what the codec yields and eats."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from drivers.llrp.wire.messages import MESSAGES
from drivers.llrp.wire.parameters import PARAMETERS
from drivers.llrp.wire.schema import Definition

UNKNOWN = "Unknown"
"""The name of a type the standard does not define; its octets are the field ``Data``."""


class Bits(NamedTuple):
    """A string of bits that need not end on an octet; ``octets`` are as the wire had them."""

    length: int
    octets: bytes


Value: TypeAlias = int | str | bytes | tuple[int, ...] | Bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: its fields by the names of the standard, and what it contains, in order."""

    kind: int
    fields: Mapping[str, Value]
    parameters: tuple["Parameter", ...] = ()

    @property
    def name(self) -> str:
        """The standard's name for this type."""
        definition = PARAMETERS.by_number.get(self.kind)
        return definition.name if definition else UNKNOWN

    def all(self, name: str) -> Iterator["Parameter"]:
        """The contained parameters of that name, in order."""
        return _named(self, name)

    def first(self, name: str) -> "Parameter | None":
        """The first contained parameter of that name."""
        return next(self.all(name), None)

    def number(self, name: str) -> int:
        """An integer field."""
        return _number(self, name)

    def text(self, name: str) -> str:
        """A text field, octets that were not UTF-8 replaced."""
        return _text(self, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, to or from a reader."""

    kind: int
    id: int
    version: int = 1
    """1 is LLRP 1.0.1, 2 is LLRP 1.1."""
    fields: Mapping[str, Value]
    parameters: tuple[Parameter, ...] = ()

    @property
    def name(self) -> str:
        """The standard's name for this type."""
        definition = MESSAGES.by_number.get(self.kind)
        return definition.name if definition else UNKNOWN

    def all(self, name: str) -> Iterator[Parameter]:
        """The parameters of that name on the first level, in order."""
        return _named(self, name)

    def first(self, name: str) -> Parameter | None:
        """The first parameter of that name on the first level."""
        return next(self.all(name), None)

    def number(self, name: str) -> int:
        """An integer field."""
        return _number(self, name)


def message(
    name: str, id_: int, /, *parameters: Parameter, version: int = 1, **fields: Value
) -> Message:
    """A message to send; fields left out are zero or empty.

    Raises:
        ValueError: the standard has no such message or no such field.
    """
    definition = _known(MESSAGES.by_name.get(name), name)
    return Message(
        kind=definition.number,
        id=id_,
        version=version,
        fields=_filled(definition, fields),
        parameters=parameters,
    )


def parameter(name: str, /, *parameters: Parameter, **fields: Value) -> Parameter:
    """A parameter to send; fields left out are zero or empty.

    Raises:
        ValueError: the standard has no such parameter or no such field.
    """
    definition = _known(PARAMETERS.by_name.get(name), name)
    return Parameter(
        kind=definition.number, fields=_filled(definition, fields), parameters=parameters
    )


def _known(definition: Definition | None, name: str) -> Definition:
    if definition is None:
        raise ValueError(f"LLRP defines no {name}")
    return definition


_EMPTY: Mapping[str, Value] = {
    "u1v": Bits(0, b""),
    "u8v": b"",
    "u16v": (),
    "u32v": (),
    "utf8v": "",
    "rest": b"",
}


def _filled(definition: Definition, fields: Mapping[str, Value]) -> Mapping[str, Value]:
    filled: dict[str, Value] = {}
    for field in definition.fields:
        filled[field.name] = fields.get(field.name, _EMPTY.get(field.type, 0))
    unknown = fields.keys() - filled.keys()
    if unknown:
        raise ValueError(f"{definition.name} has no field {min(unknown)}")
    return filled


def _named(owner: Message | Parameter, name: str) -> Iterator[Parameter]:
    kind = PARAMETERS.by_name[name].number
    return (inner for inner in owner.parameters if inner.kind == kind)


def _number(owner: Message | Parameter, name: str) -> int:
    value = owner.fields[name]
    if not isinstance(value, int):
        raise TypeError(f"{owner.name}.{name} is no integer")
    return value


def _text(owner: Message | Parameter, name: str) -> str:
    value = owner.fields[name]
    if not isinstance(value, str):
        raise TypeError(f"{owner.name}.{name} is no text")
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
