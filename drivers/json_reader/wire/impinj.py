"""Events of Impinj's IoT device interface: a line each, an array, or an object a message."""

import msgspec

from drivers.errors import Garbled
from drivers.json_reader.wire.document import (
    Document,
    DocumentDecoder,
    Port,
    Sighting,
    base64_octets,
    hexadecimal_epc,
    microseconds,
    plausible_dbm,
    radians,
)
from drivers.observations import TagRead

CENTI = 100.0
"""RSSI comes in 1/100 dBm."""


class _Inventory(msgspec.Struct, rename="camel"):
    epc_hex: str | None = None
    epc: str | None = None
    tid_hex: str | None = None
    tid: str | None = None
    pc: str | None = None
    antenna_port: Port | None = None
    peak_rssi_cdbm: float | None = None
    phase_angle: float | None = None
    last_seen_time: str | None = None


class _Event(msgspec.Struct, rename="camel"):
    timestamp: str | None = None
    tag_inventory_event: _Inventory | None = None


def decode_impinj(text: bytes) -> Document:
    """What one JSON text of such a reader says.

    Raises:
        Garbled: it is no event of that interface, or a tag's own number cannot be read.
    """
    return _DECODER.decode(text)


def _sighting(event: _Event) -> Sighting | None:
    tag = event.tag_inventory_event
    if tag is None:
        return None
    rssi = None if tag.peak_rssi_cdbm is None else tag.peak_rssi_cdbm / CENTI
    read = TagRead(
        epc=_epc(tag),
        antenna=tag.antenna_port or 0,
        rssi_dbm=plausible_dbm(rssi),
        reader_time_us=microseconds(tag.last_seen_time or event.timestamp),
        seen_count=1,
        pc=_pc(tag.pc),
        tid=_tid(tag),
        phase_rad=radians(tag.phase_angle),
    )
    return Sighting(read, None)


def _epc(tag: _Inventory) -> str:
    if tag.epc_hex is not None:
        return hexadecimal_epc(tag.epc_hex)
    if tag.epc is None:
        raise Garbled("a tag without its EPC: neither epc nor epcHex is enabled at the reader")
    return hexadecimal_epc(base64_octets(tag.epc).hex())


def _tid(tag: _Inventory) -> str | None:
    if tag.tid_hex:
        return tag.tid_hex.upper()
    return base64_octets(tag.tid).hex().upper() if tag.tid else None


def _pc(text: str | None) -> int | None:
    return int.from_bytes(base64_octets(text)[:2]) if text else None


_DECODER = DocumentDecoder(_Event, _sighting)
