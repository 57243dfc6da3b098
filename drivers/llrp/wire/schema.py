"""The little language the tables of the standard are written in, and its compiled form.

A line of a table reads ``NUMBER SECTION NAME  FIELD:TYPE=ENUMERATION …``; a field named ``-`` is
reserved bits. Types: ``uN`` and ``sN`` are integers of N bits; ``bytesN`` is N octets; ``u8v``,
``u16v`` and ``u32v`` carry a 16-bit count of elements first, ``u1v`` a count of bits, ``utf8v`` a
count of octets; ``rest`` is everything to the end. Whatever follows the fields is parameters.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

RESERVED = "-"
_FIXED = re.compile(r"([us])(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its name in the standard, its type in the language above."""

    name: str
    type: str
    enumeration: str | None

    @property
    def bits(self) -> int:
        """How wide the field is, 0 when that depends on its content."""
        fixed = _FIXED.match(self.type)
        return int(fixed[2]) if fixed else 0

    @property
    def octets(self) -> int:
        """How long a string of octets of fixed length is, else 0."""
        return int(self.type.removeprefix("bytes")) if self.type.startswith("bytes") else 0

    @property
    def signed(self) -> bool:
        """Whether the integer is in two's complement."""
        return self.type.startswith("s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where a fixed-width field lies in its run: bits from the right, and its width."""

    name: str
    shift: int
    mask: int
    signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring fixed-width fields that together fill whole octets."""

    size: int
    slots: tuple[Slot, ...]
    reserved: int
    """A mask of the bits that must be zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What the standard says about one message or parameter type."""

    number: int
    section: str
    """Of LLRP 1.0.1; ``1.1`` for what came with that version."""
    name: str
    fields: tuple[Field, ...]
    plan: tuple[Run | Field, ...]

    @property
    def size(self) -> int:
        """Octets of the fixed fields: the whole value, for parameters encoded as type-value."""
        return sum(step.size if isinstance(step, Run) else step.octets for step in self.plan)


class Table:
    """Definitions by number and by name."""

    def __init__(self, text: str) -> None:
        definitions = [_definition(line) for line in _lines(text)]
        self.by_number: Mapping[int, Definition] = {d.number: d for d in definitions}
        self.by_name: Mapping[str, Definition] = {d.name: d for d in definitions}

    def __iter__(self) -> Iterator[Definition]:
        return iter(self.by_number.values())


def enumerations(text: str) -> Mapping[str, Mapping[int, str]]:
    """Tables of ``NAME: VALUE=WORD …``."""
    tables = {}
    for line in _lines(text):
        name, _, entries = line.partition(":")
        pairs = (entry.split("=") for entry in entries.split())
        tables[name] = {int(value): word for value, word in pairs}
    return tables


def _lines(text: str) -> list[str]:
    """One line per entry: what is indented continues the line before."""
    return re.sub(r"\n +", " ", text).strip().split("\n")


def _definition(line: str) -> Definition:
    number, section, name, *words = line.split()
    fields = tuple(_field(word) for word in words)
    return Definition(
        number=int(number),
        section=section,
        name=name,
        fields=tuple(field for field in fields if field.name != RESERVED),
        plan=tuple(_plan(fields)),
    )


def _field(word: str) -> Field:
    name, _, rest = word.partition(":")
    kind, _, enumeration = rest.partition("=")
    if name == RESERVED:
        kind = f"u{kind}"
    return Field(name=name, type=kind, enumeration=enumeration or None)


def _plan(fields: tuple[Field, ...]) -> Iterator[Run | Field]:
    pending: list[Field] = []
    for field in fields:
        if field.bits:
            pending.append(field)
            continue
        if pending:
            yield _run(pending)
            pending = []
        yield field
    if pending:
        yield _run(pending)


def _run(fields: list[Field]) -> Run:
    left = sum(field.bits for field in fields)
    if left % 8:
        raise ValueError(f"{fields[0].name}: fields fill {left} bits, not whole octets")
    size, reserved, slots = left // 8, 0, []
    for field in fields:
        left -= field.bits
        mask = (1 << field.bits) - 1
        if field.name == RESERVED:
            reserved |= mask << left
        else:
            slots.append(Slot(name=field.name, shift=left, mask=mask, signed=field.signed))
    return Run(size=size, slots=tuple(slots), reserved=reserved)
