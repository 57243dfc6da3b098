"""LLRP messages for people and for JSON: the standard's names, words for its numbers."""

from collections.abc import Mapping
from typing import Any

from drivers.llrp.wire import ENUMERATIONS, MESSAGES, PARAMETERS, Bits, Message, Parameter, Value
from drivers.llrp.wire.schema import Definition


def described(heard: Message) -> dict[str, Any]:
    """``heard`` with all it contains, ready for JSON; octets in upper-case hexadecimal."""
    words = _words(MESSAGES.by_number.get(heard.kind))
    said: dict[str, Any] = {
        "message": heard.name,
        "type": heard.kind,
        "id": heard.id,
        "version": heard.version,
    }
    return said | _content(heard, words)


def _parameter(inner: Parameter) -> dict[str, Any]:
    words = _words(PARAMETERS.by_number.get(inner.kind))
    return {"parameter": inner.name, "type": inner.kind} | _content(inner, words)


def _content(owner: Message | Parameter, words: Mapping[str, str]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if owner.fields:
        content["fields"] = {
            name: _value(value, words.get(name)) for name, value in owner.fields.items()
        }
    if owner.parameters:
        content["parameters"] = [_parameter(inner) for inner in owner.parameters]
    return content


def _words(definition: Definition | None) -> Mapping[str, str]:
    """Which fields have words for their numbers, and in which table these stand."""
    fields = definition.fields if definition is not None else ()
    return {field.name: field.enumeration for field in fields if field.enumeration}


def _value(value: Value, table: str | None) -> Any:
    match value:
        case int() if table is not None:
            return ENUMERATIONS[table].get(value, value)
        case Bits():
            return {"bits": value.length, "hex": value.octets.hex().upper()}
        case bytes():
            return value.hex().upper()
        case str():
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        case tuple():
            return list(value)
        case _:
            return value
