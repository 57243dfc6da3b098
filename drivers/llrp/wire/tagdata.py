"""One tag out of an RO_ACCESS_REPORT (section 14.2.3.1), parameter by parameter: the safe way."""

import struct
from collections.abc import Iterator, Mapping, MutableMapping
from math import pi

from drivers.errors import Garbled
from drivers.llrp.wire.parameters import PARAMETERS
from drivers.observations import TagRead

TAG_REPORT_DATA = PARAMETERS.by_name["TagReportData"].number
EPC_96 = PARAMETERS.by_name["EPC_96"].number
EPC_DATA = PARAMETERS.by_name["EPCData"].number
CUSTOM = PARAMETERS.by_name["Custom"].number
ANTENNA = PARAMETERS.by_name["AntennaID"].number
PEAK_RSSI = PARAMETERS.by_name["PeakRSSI"].number
SEEN_COUNT = PARAMETERS.by_name["TagSeenCount"].number
TIMES = tuple(
    PARAMETERS.by_name[name].number
    for name in (
        "LastSeenTimestampUTC",
        "LastSeenTimestampUptime",
        "FirstSeenTimestampUTC",
        "FirstSeenTimestampUptime",
    )
)
"""What a read's own time is taken from, the best first."""
PC = PARAMETERS.by_name["C1G2_PC"].number
IMPINJ = 25882
IMPINJ_TID, IMPINJ_PHASE, IMPINJ_RSSI, IMPINJ_DOPPLER = -55, -56, -57, -68
"""Custom parameters of Impinj by their subtypes; negative, as they are no types of the standard.

RSSI is in 1/100 dBm, phase in 1/4096 of a turn, Doppler in 1/16 Hz.
"""
RADIANS = 2 * pi / 4096
HERTZ = 1 / 16
CUSTOM_HEAD = 8
"""Vendor and subtype, before the data of a custom parameter."""

FORMATS: Mapping[int, str] = {
    ANTENNA: "H",
    PEAK_RSSI: "b",
    SEEN_COUNT: "H",
    PC: "H",
    IMPINJ_RSSI: "h",
    IMPINJ_PHASE: "H",
    IMPINJ_DOPPLER: "h",
    **dict.fromkeys(TIMES, "Q"),
}
"""The optional parameters a read is made of, and how their values lie on the wire."""

_IMPINJ = {
    struct.pack(">II", IMPINJ, -kind): kind
    for kind in (IMPINJ_TID, IMPINJ_PHASE, IMPINJ_RSSI, IMPINJ_DOPPLER)
}
_UNPACK = {kind: struct.Struct(">" + letter).unpack_from for kind, letter in FORMATS.items()}
_TV_SIZES = {d.number: d.size for d in PARAMETERS if d.number < 0x80}
_TLV = struct.Struct(">HH")

Latest = MutableMapping[int, int]
"""The last value of each optional parameter: a reader may leave out one that has not changed."""


def pieces(frame: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The parameters between two places: type, where the value begins, where it ends.

    Raises:
        Garbled: they do not fill the space exactly.
    """
    while at < end:
        head = frame[at]
        if head & 0x80:
            kind, start = head & 0x7F, at + 1
            size = _TV_SIZES.get(kind)
            at = end if size is None else start + size
        elif at + 4 <= end:
            kind, length = _TLV.unpack_from(frame, at)
            start, at = at + 4, at + length if 0x80 <= kind <= CUSTOM else 0
        else:
            raise Garbled(f"a tag report ends in the head of a parameter: {frame[:32].hex(' ')}")
        if not start <= at <= end:
            raise Garbled(f"a tag report has no parameter at {start}: {frame[:32].hex(' ')}")
        yield kind, start, at


def read_tag(frame: bytes, at: int, end: int, latest: Latest) -> TagRead:
    """The read in one TagReportData whose value lies between ``at`` and ``end``.

    What it leaves out is taken from ``latest``; what it brings is put there. Only the TID is
    never taken from another read: it is the tag's own.

    Raises:
        Garbled: it is malformed, or has no EPC.
    """
    epc = tid = None
    for kind, start, stop in pieces(frame, at, end):
        if kind in _UNPACK:
            latest[kind] = _UNPACK[kind](frame, start)[0]
        elif kind == EPC_96:
            epc = frame[start:stop]
        elif kind == EPC_DATA:
            epc = _epc(frame, start, stop)
        elif kind == CUSTOM and (own := impinj_kind(frame, start, stop)):
            if own == IMPINJ_TID:
                tid = frame[start + CUSTOM_HEAD + 2 : stop].hex().upper()
            else:
                latest[own] = _UNPACK[own](frame, start + CUSTOM_HEAD)[0]
    if epc is None:
        raise Garbled(f"a tag report without an EPC: {frame[:32].hex(' ')}")
    return TagRead(
        epc.hex().upper(),
        latest.get(ANTENNA, 0),
        _rssi_dbm(latest),
        next((latest[kind] for kind in TIMES if kind in latest), None),
        latest.get(SEEN_COUNT, 1),
        latest.get(PC),
        tid,
        latest[IMPINJ_PHASE] * RADIANS if IMPINJ_PHASE in latest else None,
        latest[IMPINJ_DOPPLER] * HERTZ if IMPINJ_DOPPLER in latest else None,
    )


def impinj_kind(frame: bytes, start: int, stop: int) -> int | None:
    """Which of ours the custom parameter with that value is; ``None``: another, or misshapen."""
    data = start + CUSTOM_HEAD
    kind = _IMPINJ.get(frame[start:data])
    size = 2
    if kind == IMPINJ_TID:
        size += 2 * int.from_bytes(frame[data : data + 2])
    return kind if stop - data == size else None


def _epc(frame: bytes, start: int, stop: int) -> bytes:
    size = (int.from_bytes(frame[start : start + 2]) + 7) // 8
    if start + 2 + size != stop:
        raise Garbled(f"an EPC of {size} bytes in {stop - start}: {frame[start:stop].hex(' ')}")
    return frame[start + 2 : stop]


def _rssi_dbm(latest: Mapping[int, int]) -> float | None:
    if IMPINJ_RSSI in latest:
        return latest[IMPINJ_RSSI] / 100
    return float(latest[PEAK_RSSI]) if PEAK_RSSI in latest else None
