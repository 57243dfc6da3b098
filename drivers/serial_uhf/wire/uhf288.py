"""The UHFReader18 and UHFReader288 family: ``length | address | code | data | CRC lo hi``.

The length counts what follows it. An answer's data begin with a status. The CRC is
CRC-16/MCRF4XX over everything before it. Nothing marks the beginning of a frame, so only the
length and the check tell one from noise.
"""

from typing import NamedTuple

from drivers.errors import Garbled
from drivers.serial_uhf.wire import checks
from drivers.serial_uhf.wire.framing import INCOMPLETE, Framer, all_frames
from drivers.serial_uhf.wire.tag import ONLY_ANTENNA, Tag

BROADCAST = 0xFF
MIN_LENGTH = 4
"""Address, code and CRC."""
INVENTORY, READER_INFO, SET_REGION, SET_SCAN_TIME, SET_POWER = 0x01, 0x21, 0x22, 0x25, 0x2F
READ, WRITE, KILL, LOCK = 0x02, 0x03, 0x05, 0x06
REALTIME = 0xEE
"""Unsolicited, in the mode in which the reader reports by itself."""
CODES = {
    0x01: "inventory", 0x02: "read", 0x03: "write", 0x04: "write epc", 0x05: "kill",
    0x06: "set protection", 0x0F: "single inventory", 0x18: "buffered inventory",
    0x19: "mix inventory", 0x1A: "inventory by epc", 0x1B: "qt inventory", 0x21: "reader info",
    0x22: "set region", 0x24: "set address", 0x25: "set scan time", 0x28: "set baud",
    0x2F: "set power", 0x33: "set buzzer times", 0x35: "set work mode", 0x40: "set buzzer",
    0x76: "set work mode", 0xEE: "realtime",
}  # fmt: skip
SUCCESS, COMPLETE, TIMED_OUT, MORE, MEMORY_FULL = 0x00, 0x01, 0x02, 0x03, 0x04
WRONG_PASSWORD, WRONG_KILL_PASSWORD, ZERO_KILL_PASSWORD, LOCKED = 0x05, 0x09, 0x0A, 0x10
STATISTICS, HEARTBEAT, ANTENNA_FAULT, NO_TAG = 0x26, 0x28, 0xF8, 0xFB
POOR_LINK, TAG_ERROR = 0xFA, 0xFC
WITH_TAGS = frozenset({COMPLETE, TIMED_OUT, MORE, MEMORY_FULL})
"""Statuses of an inventory answer that carries tags, maybe none."""
STATUSES = {
    0x00: "success", 0x01: "complete", 0x02: "scan time over", 0x03: "more follows",
    0x04: "reader memory full", 0x05: "wrong access password", 0x09: "wrong kill password",
    0x0A: "the kill password must not be zero", 0x0B: "the tag cannot do that",
    0x0C: "the access password must not be zero", 0x0D: "the tag is read protected already",
    0x0E: "the tag is not read protected", 0x10: "locked memory, not written",
    0x11: "it cannot be locked", 0x12: "it is locked for ever", 0x13: "setting not saved",
    0x14: "power cannot be set", 0x26: "statistics", 0x28: "heartbeat", 0xF8: "antenna fault",
    0xF9: "failed", 0xFA: "a tag is there but is heard badly", 0xFB: "no tag",
    0xFC: "the tag returned an error", 0xFD: "wrong length", 0xFE: "unknown command",
    0xFF: "bad parameter",
}  # fmt: skip
MOST_DATA_BYTES = 0xFF - MIN_LENGTH
TID_FOLLOWS = 0x80
TID_BYTES = 12
TYPE_288, TYPE_18 = "288", "18"
"""How tags lie in an inventory answer; the frame does not tell."""
_ANTENNAS = tuple(
    tuple(bit + 1 for bit in range(8) if mask >> bit & 1) or (0,) for mask in range(256)
)


class Frame(NamedTuple):
    """One frame of either direction; a code nobody knows is kept as its number."""

    address: int
    code: int
    data: bytes

    @property
    def status(self) -> int | None:
        """Of an answer; ``None`` where there are no data."""
        return self.data[0] if self.data else None


class ReaderInfo(NamedTuple):
    """What code 21 tells."""

    version: str
    kind: int
    protocols: int
    highest_channel: int
    lowest_channel: int
    power_dbm: int
    scan_time: int
    """In tenths of a second."""


def encode(frame: Frame) -> bytes:
    """The bytes of ``frame``."""
    body = bytes((len(frame.data) + MIN_LENGTH, frame.address, frame.code)) + frame.data
    return body + checks.mcrf4xx(body).to_bytes(2, "little")


def framer() -> Framer[Frame]:
    """What cuts a stream into frames."""
    return Framer(_cut, _seek)


def frames(data: bytes) -> tuple[list[Frame], int]:
    """Every frame in ``data``, and how many disturbances were in it."""
    return all_frames(framer(), data)


def read_tags(frame: Frame, layout: str | None = None) -> tuple[Tag, ...] | None:
    """The tags of an inventory answer or of a realtime report; ``None`` for any other frame.

    Without a ``layout`` that of type 288 is tried before that of type 18. The unit of the RSSI is
    not documented.

    Raises:
        Garbled: the counts in it do not fit its length.
    """
    data = frame.data
    if frame.code == REALTIME:
        return (_realtime(data),) if frame.status == SUCCESS else None
    if frame.code != INVENTORY or frame.status not in WITH_TAGS:
        return None
    if layout != TYPE_18:
        tags = _tags_288(data)
        if tags is None and layout is None:
            tags = _tags_18(data)
    else:
        tags = _tags_18(data)
    if tags is None:
        raise Garbled(f"an inventory answer whose counts do not fit: {data.hex(' ')}")
    return tags


def inventory(
    address: int, *, q: int, session: int, antenna: int | None = None, scan_time: int = 10
) -> Frame:
    """The command for one round of type 288: all of what answers, with no mask.

    ``scan_time`` is in tenths of a second; it and the antenna travel only together.
    """
    data = bytes((q, session, 1, 0, 0, 0))
    if antenna is not None:
        data += bytes((0, 0x80 + antenna - 1, scan_time))
    return Frame(address, INVENTORY, data)


def tags_answer(address: int, tags: list[tuple[int, bytes, int]], status: int) -> Frame:
    """An inventory answer of type 288 for tags of one antenna: its number, EPC, raw RSSI."""
    mask = 1 << tags[0][0] - 1 if tags else 1
    body = b"".join(bytes((len(epc),)) + epc + bytes((rssi,)) for _, epc, rssi in tags)
    return Frame(address, INVENTORY, bytes((status, mask, len(tags))) + body)


def tags_answer_18(address: int, epcs: list[bytes], status: int) -> Frame:
    """An inventory answer of type 18."""
    body = b"".join(bytes((len(epc),)) + epc for epc in epcs)
    return Frame(address, INVENTORY, bytes((status, len(epcs))) + body)


def read_info(frame: Frame) -> ReaderInfo:
    """What a reader tells of itself; any type number is accepted.

    Raises:
        Garbled: too short.
    """
    data = frame.data
    if len(data) < 9:
        raise Garbled(f"reader info of {len(data)} bytes")
    return ReaderInfo(f"{data[1]}.{data[2]}", *data[3:9])


def status_words(status: int | None) -> str:
    """What a status means, in words."""
    return "no status" if status is None else STATUSES.get(status, f"status {status:02X}")


def describe(frame: Frame) -> dict[str, object]:
    """``frame`` for people and for JSON; whether it asks or answers only its sender knows."""
    said: dict[str, object] = {
        "address": frame.address,
        "code": CODES.get(frame.code, f"{frame.code:02X}"),
        "data": frame.data.hex().upper(),
    }
    try:
        tags = read_tags(frame)
    except Garbled:
        tags = None
    if tags is not None:
        said["status"] = status_words(frame.status)
        said["tags"] = [tag._asdict() for tag in tags]
    return said


def _realtime(data: bytes) -> Tag:
    if len(data) < 4 or 4 + (data[2] & 0x7F) != len(data):
        raise Garbled(f"a realtime report whose length does not fit: {data.hex(' ')}")
    return Tag(data[3:-1].hex().upper(), _ANTENNAS[data[1]], data[-1])


def _tags_288(data: bytes) -> tuple[Tag, ...] | None:
    """``status | antennas | count | {length | EPC | RSSI} …``; antennas are a bit mask."""
    if len(data) < 3:
        return () if len(data) == 1 else None
    antennas, size, at = _ANTENNAS[data[1]], len(data), 3
    tags = []
    for _ in range(data[2]):
        if at >= size:
            return None
        head = data[at]
        middle = end = at + 1 + (head & 0x7F)
        if head & TID_FOLLOWS:
            middle -= TID_BYTES
        if end >= size or middle <= at:
            return None
        tid = data[middle:end].hex().upper() if head & TID_FOLLOWS else ""
        tags.append(Tag(data[at + 1 : middle].hex().upper(), antennas, data[end], None, tid))
        at = end + 1
    return tuple(tags) if at == size else None


def _tags_18(data: bytes) -> tuple[Tag, ...] | None:
    """``status | count | {length | EPC} …``: neither antenna nor RSSI."""
    if len(data) < 2:
        return ()
    size, at = len(data), 2
    tags = []
    for _ in range(data[1]):
        if at >= size:
            return None
        end = at + 1 + data[at]
        if end > size:
            return None
        tags.append(Tag(data[at + 1 : end].hex().upper(), ONLY_ANTENNA, None))
        at = end
    return tuple(tags) if at == size else None


def _cut(buffer: bytes, at: int) -> tuple[Frame | None, int]:
    length = buffer[at]
    if length < MIN_LENGTH:
        return None, at
    end = at + length + 1
    if end > len(buffer):
        return None, INCOMPLETE
    if not checks.ends_in_mcrf4xx(buffer[at:end]):
        return None, end
    return Frame(buffer[at + 1], buffer[at + 2], buffer[at + 3 : end - 2]), end


def _seek(_buffer: bytes, at: int) -> int:
    """Any byte may begin a frame."""
    return at
