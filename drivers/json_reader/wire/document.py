"""What one JSON text of a reader held, and the fields that all makes have in common."""

import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, NamedTuple, TypeVar

import msgspec

from drivers.errors import Garbled
from drivers.json_reader.wire.framing import MAX_MESSAGE_BYTES
from drivers.observations import TagRead

Port = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
"""An antenna port; hubs and switches number far beyond the reader's own connectors."""
E = TypeVar("E")

_EPC = re.compile(r"(?:[0-9A-Fa-f]{4}){1,31}")
"""Whole words of 16 bits, as many as the PC word can count (EPC Gen2, 6.3.2.1.2.2)."""
_WEAKEST_DBM, _STRONGEST_DBM = -150.0, 50.0
"""What a receiver can have measured; anything else is no measurement."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STANDARD_BASE64 = bytes.maketrans(b"-_", b"+/")


class Sighting(NamedTuple):
    """One tag read, and the reader's number of this event, where it counts them."""

    read: TagRead
    event: int | None


class Document(NamedTuple):
    """One JSON text, understood."""

    sightings: tuple[Sighting, ...]
    others: int
    """Events that tell of something else than a tag."""
    bad: int
    """Elements of an array that could not be understood; the others were."""


class DocumentDecoder(Generic[E]):
    """Decodes one event, or an array of events of which each stands or falls by itself."""

    def __init__(self, event: type[E], sighting: Callable[[E], Sighting | None]) -> None:
        """``sighting`` makes a read of an event; ``None`` when that tells of something else."""
        self._one = msgspec.json.Decoder(event)
        self._many = msgspec.json.Decoder(list[msgspec.Raw])
        self._sighting = sighting

    def decode(self, text: bytes) -> Document:
        """What ``text`` says.

        Raises:
            Garbled: no JSON, not the shape of an event, or longer than any.
        """
        if len(text) > MAX_MESSAGE_BYTES:
            raise Garbled(f"a message of {len(text)} bytes")
        if not text.lstrip().startswith(b"["):
            seen = self._event(text)
            return Document((), 1, 0) if seen is None else Document((seen,), 0, 0)
        sightings: list[Sighting] = []
        others = bad = 0
        for raw in _parse(text, self._many):
            try:
                seen = self._event(bytes(raw))
            except Garbled:
                bad += 1
                continue
            sightings += [] if seen is None else [seen]
            others += seen is None
        return Document(tuple(sightings), others, bad)

    def _event(self, text: bytes) -> Sighting | None:
        return self._sighting(_parse(text, self._one))


def _parse(text: bytes, decoder: msgspec.json.Decoder[E]) -> E:
    try:
        return decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"not understood: {error}: {text[:60]!r}") from error


def hexadecimal_epc(text: str) -> str:
    """An EPC given as hexadecimal.

    Raises:
        Garbled: not whole words of it.
    """
    if _EPC.fullmatch(text) is None:
        raise Garbled(f"no EPC: {text[:140]!r}")
    return text.upper()


def base64_octets(text: str) -> bytes:
    """What is coded in base64 of either alphabet, padded or not (RFC 4648, 4 and 5).

    Raises:
        Garbled: not base64.
    """
    try:
        coded = text.rstrip("=").encode("ascii").translate(_STANDARD_BASE64)
        return binascii.a2b_base64(coded + b"=" * (-len(coded) % 4), strict_mode=True)
    except ValueError as error:
        raise Garbled(f"no base64: {text[:140]!r}") from error


def microseconds(text: str | None) -> int | None:
    """A time of the reader's own clock; one that cannot be read is no reason to lose a tag."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def plausible_dbm(value: float | None) -> float | None:
    """A signal strength, unless no receiver can have measured it."""
    if value is None or not _WEAKEST_DBM <= value <= _STRONGEST_DBM:
        return None
    return value


def radians(degrees: float | None) -> float | None:
    """A phase, which these readers give in degrees, from 0 to 2 pi."""
    return None if degrees is None else math.radians(degrees) % math.tau
