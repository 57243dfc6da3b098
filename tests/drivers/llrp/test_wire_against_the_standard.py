"""The codec against the toolkit's own messages: bytes and content that nobody here wrote."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from drivers.llrp.wire import (
    ENUMERATIONS,
    MESSAGES,
    PARAMETERS,
    Bits,
    Framer,
    Message,
    Parameter,
    Value,
    decode,
    encode,
)
from drivers.llrp.wire.schema import Field
from tests.services import require_shared

MESSAGES_IN_FILE = 934
UPTIMES_END = 10**15
"""Microseconds above this are a date."""


@pytest.fixture(scope="module")
def frames() -> list[bytes]:
    return list(Framer().feed(require_shared("vectors/llrp/dx101_a.bin").read_bytes()))


def test_every_message_of_the_toolkit_survives_a_round_trip(frames: list[bytes]) -> None:
    assert len(frames) == MESSAGES_IN_FILE
    assert [encode(decode(frame)) for frame in frames] == frames


def test_every_message_of_the_toolkit_has_the_content_of_its_reference_xml(
    frames: list[bytes],
) -> None:
    reference = list(_elements(_root(require_shared("vectors/llrp/dx101_a.xml"))))
    assert len(reference) == MESSAGES_IN_FILE
    for frame, element in zip(frames, reference, strict=True):
        message = decode(frame)
        assert message.name == _name(element)
        assert message.id == int(str(element.get("MessageID")))
        _compare(message, element)


def _root(path: Path) -> etree._Element:
    return etree.parse(str(path), etree.XMLParser(resolve_entities=False)).getroot()


def _elements(owner: etree._Element) -> Iterator[etree._Element]:
    return owner.iterchildren(etree.Element)  # no comments


def _compare(owner: Message | Parameter, element: etree._Element) -> None:
    table = MESSAGES if isinstance(owner, Message) else PARAMETERS
    fields = {field.name: field for field in table.by_name[owner.name].fields}
    children = list(_elements(element))
    # A field may bear the name of its parameter (ROSpecID); only a field has no children.
    inner = [c for c in children if _name(c) not in fields or len(c)]
    for child in children:
        if child not in inner:
            field = fields[_name(child)]
            assert _text(field, owner.fields[field.name]) == (child.text or "").strip(), field
    assert [part.name for part in owner.parameters] == [_name(child) for child in inner]
    for part, child in zip(owner.parameters, inner, strict=True):
        _compare(part, child)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _text(field: Field, value: Value) -> str:
    """The value as the toolkit's XML writes it."""
    match value:
        case Bits():
            return value.octets.hex().upper()
        case bytes() if field.enumeration is None:
            return value.hex().upper()
        case tuple() if field.name in ("ReadData", "WriteData"):
            return "".join(f"{int(number):04X}" for number in value)
        case bytes():
            return " ".join(_number(field, number) for number in list(value))
        case tuple():
            return " ".join(_number(field, int(number)) for number in value)
        case int():
            return _number(field, value)
        case str():
            return value


def _number(field: Field, value: int) -> str:
    if field.enumeration is not None:
        return ENUMERATIONS[field.enumeration][value]
    if field.type == "u1":
        return "true" if value else "false"
    if field.name == "Microseconds" and value > UPTIMES_END:
        moment = datetime.fromtimestamp(value // 10**6, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{value % 10**6:06}Z"
    return str(value)
