"""Tag data events of Zebra's IoT Connector, one by one or as an array."""

from typing import Annotated

import msgspec

from drivers.errors import Garbled
from drivers.json_reader.wire.document import (
    Document,
    DocumentDecoder,
    Port,
    Sighting,
    hexadecimal_epc,
    microseconds,
    plausible_dbm,
    radians,
)
from drivers.observations import TagRead

EPC_FORMAT = "epc"
Count = Annotated[int, msgspec.Meta(ge=0)]


class _Tag(msgspec.Struct, rename="camel"):
    id_hex: str | None = None
    format: str | None = None
    antenna: Port | None = None
    peak_rssi: float | None = None
    """In dBm."""
    reads: Count | None = None
    event_num: Count | None = None
    phase: float | None = None
    pc: str | None = msgspec.field(default=None, name="PC")
    tid: str | None = msgspec.field(default=None, name="TID")


class _Event(msgspec.Struct):
    timestamp: str | None = None
    data: _Tag | None = None


def decode_zebra(text: bytes) -> Document:
    """What one JSON text of such a reader says.

    Raises:
        Garbled: it is no event of that interface, or a tag's own number cannot be read.
    """
    return _DECODER.decode(text)


def _sighting(event: _Event) -> Sighting | None:
    tag = event.data
    if tag is None or tag.id_hex is None or tag.format not in (None, EPC_FORMAT):
        return None
    read = TagRead(
        epc=hexadecimal_epc(tag.id_hex),
        antenna=tag.antenna or 0,
        rssi_dbm=plausible_dbm(tag.peak_rssi),
        reader_time_us=microseconds(event.timestamp),
        seen_count=tag.reads or 1,
        pc=_pc(tag.pc),
        tid=tag.tid.upper() if tag.tid else None,
        phase_rad=radians(tag.phase),
    )
    return Sighting(read, tag.event_num)


def _pc(text: str | None) -> int | None:
    if not text:
        return None
    try:
        return int(text, 16)
    except ValueError as error:
        raise Garbled(f"no PC word: {text[:20]!r}") from error


_DECODER = DocumentDecoder(_Event, _sighting)
