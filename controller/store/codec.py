"""Turns events and requests into JSON and back, exactly, by their type hints.

A field is text, a number, a boolean, an aware time, an enumeration, ``None``, a ``dict`` of text
or another such dataclass; anything else is refused when its class is first met.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, NamedTuple, cast, get_args, get_origin, get_type_hints

from controller.domain.events import Event
from controller.domain.requests import Request


class Undecodable(ValueError):
    """Stored or submitted JSON that is no such event or request."""


class _Coder(NamedTuple):
    write: Callable[[Any], Any] | None
    """``None``: the value is JSON already."""
    read: Callable[[Any], Any]


EVENTS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
REQUESTS: Mapping[str, type[Request]] = {kind.__name__: kind for kind in get_args(Request)}


def encode(value: object) -> dict[str, Any]:
    """The fields of a dataclass as JSON values."""
    body: dict[str, Any] = {}
    for name, coder in _coders(type(value)):
        part = getattr(value, name)
        body[name] = part if coder.write is None or part is None else coder.write(part)
    return body


def decode(kind: str, body: Mapping[str, Any]) -> Event | Request:
    """The event or request of class ``kind``.

    Raises:
        Undecodable: no such class, a field missing, unknown or of the wrong type.
    """
    return decode_event(kind, body) if kind in EVENTS else decode_request(kind, body)


def decode_event(kind: str, body: Mapping[str, Any]) -> Event:
    """The event of class ``kind``; raises as ``decode`` does."""
    return cast(Event, _decode(_known(EVENTS, kind), body))


def decode_request(kind: str, body: Mapping[str, Any]) -> Request:
    """The request of class ``kind``; raises as ``decode`` does."""
    return cast(Request, _decode(_known(REQUESTS, kind), body))


def write_time(value: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond, with ``Z``."""
    if value.tzinfo is None:
        raise ValueError(f"a time without its zone: {value}")
    return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _known(kinds: Mapping[str, type[Any]], kind: str) -> type[Any]:
    try:
        return kinds[kind]
    except KeyError:
        raise Undecodable(f"{kind!r} is not known") from None


def _decode(kind: type[Any], body: object) -> object:
    if not isinstance(body, Mapping):
        raise Undecodable(f"{kind.__name__}: not an object")
    coders = dict(_coders(kind))
    odd = coders.keys() ^ body.keys()
    if odd and not odd <= _later(kind) - body.keys():
        raise Undecodable(f"{kind.__name__}: missing or unknown: {', '.join(sorted(odd))}")
    values = {}
    for name, coder in coders.items():
        if name not in body:
            continue
        try:
            values[name] = coder.read(body[name])
        except (TypeError, ValueError) as error:
            raise Undecodable(f"{kind.__name__}.{name}: {error}") from error
    return kind(**values)


def _later(kind: type[Any]) -> set[str]:
    """Fields that older journals do not have; their default says what was true then."""
    return {
        field.name
        for field in fields(kind)
        if field.default is not MISSING or field.default_factory is not MISSING
    }


def _coders(kind: type[Any]) -> tuple[tuple[str, _Coder], ...]:
    known = _CODERS.get(kind)
    if known is None:
        hints = get_type_hints(kind)
        known = tuple((field.name, _coder(hints[field.name])) for field in fields(kind))
        _CODERS[kind] = known
    return known


_CODERS: dict[type[Any], tuple[tuple[str, _Coder], ...]] = {}


def _coder(hint: Any) -> _Coder:
    if isinstance(hint, UnionType):
        return _optional(hint)
    if hint is datetime:
        return _Coder(write_time, _read_time)
    if get_origin(hint) is dict and get_args(hint) == (str, str):
        return _Coder(dict, _read_texts)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _Coder(lambda value: value.value, hint)
    if is_dataclass(hint):
        return _Coder(encode, lambda body: _decode(cast("type[Any]", hint), body))
    if hint is float:
        return _Coder(None, _read_float)
    if hint in (str, int, bool):
        return _Coder(None, lambda value: _read_exactly(hint, value))
    raise TypeError(f"no JSON form is defined for {hint}")


def _optional(hint: UnionType) -> _Coder:
    given = [part for part in get_args(hint) if part is not NoneType]
    if len(given) != 1:
        raise TypeError(f"no JSON form is defined for {hint}")
    coder = _coder(given[0])
    return _Coder(coder.write, lambda value: None if value is None else coder.read(value))


def _read_exactly(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
    return value


def _read_float(value: Any) -> float:
    return float(_read_exactly(float if isinstance(value, float) else int, value))


def _read_time(value: Any) -> datetime:
    time = datetime.fromisoformat(_read_exactly(str, value))
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time.astimezone(UTC)


def _read_texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise TypeError("not an object of texts")
    return dict(value)
