"""The R200/M100 family (QM100, YRM100, JRD-4035 and others): ``BB … 7E``, or ``AA … DD``.

``head | type | command | length u16 | payload | sum | tail``; the sum is that of type to payload,
modulo 256. Nothing is escaped. Multi-byte fields are big-endian.
"""

import re
from typing import NamedTuple

from drivers.errors import Garbled
from drivers.serial_uhf.wire import checks
from drivers.serial_uhf.wire.framing import INCOMPLETE, Framer, all_frames
from drivers.serial_uhf.wire.tag import ONLY_ANTENNA, Tag

HEAD = 0xBB
TAILS = {0xBB: 0x7E, 0xAA: 0xDD}
"""Which tail ends a frame of which head."""
MAX_PAYLOAD = 600
"""Above the longest answer: 255 words read from a tag whose EPC has 31 words."""
COMMAND, ANSWER, NOTICE = 0, 1, 2
"""The types of frames."""
MODULE_INFO, SET_REGION, SET_QUERY, GET_QUERY = 0x03, 0x07, 0x0E, 0x0D
INVENTORY, MULTIPLE_INVENTORY, STOP_INVENTORY = 0x22, 0x27, 0x28
SET_POWER, GET_POWER, ERROR = 0xB6, 0xB7, 0xFF
SET_SELECT, SET_SELECT_MODE = 0x0C, 0x12
READ, WRITE, KILL, LOCK = 0x39, 0x49, 0x65, 0x82
COMMANDS = {
    0x03: "module info", 0x04: "idle mode", 0x07: "set region", 0x08: "get region",
    0x0B: "get select", 0x0C: "set select", 0x0D: "get query", 0x0E: "set query", 0x11: "set baud",
    0x12: "set select mode", 0x17: "sleep", 0x1D: "set idle time", 0x22: "inventory",
    0x27: "multiple inventory", 0x28: "stop inventory", 0x39: "read", 0x49: "write", 0x65: "kill",
    0x82: "lock", 0xA9: "insert channels", 0xAA: "get channel", 0xAB: "set channel",
    0xAD: "hop", 0xB6: "set power", 0xB7: "get power", 0xF0: "set demodulator",
    0xF1: "get demodulator", 0xF2: "scan jammer", 0xF3: "scan rssi", 0xFF: "error",
}  # fmt: skip
ERRORS = {
    0x09: "no tag to read", 0x0E: "bad parameter", 0x10: "no tag to write", 0x12: "no tag to kill",
    0x13: "no tag to lock", 0x15: "no tag", 0x16: "wrong access password", 0x17: "bad command",
    0x20: "frequency hopping timed out", 0x1A: "NXP change of configuration failed",
    0x1B: "NXP read protection failed", 0x1C: "NXP end of read protection failed",
    0x1D: "NXP change of EAS failed", 0x2A: "NXP read protection: no such tag",
    0x2B: "NXP end of read protection: no such tag", 0x2E: "Monza QT failed",
}  # fmt: skip
NO_TAG = 0x15
TAG_ERRORS = {0xA0: "read", 0xB0: "write", 0xC0: "lock", 0xD0: "kill", 0xE0: "custom command"}
"""High half of an error that a tag gave; its low half is the Gen2 error code."""
GEN2_ERRORS = {0x0: "other error", 0x3: "memory overrun", 0x4: "memory locked", 0xB: "low power"}
_KINDS = {COMMAND: "command", ANSWER: "answer", NOTICE: "notice"}
_HEADS = re.compile(rb"[\xbb\xaa]")


class Frame(NamedTuple):
    """One frame of either direction; a type or command nobody knows is kept as its number."""

    kind: int
    command: int
    payload: bytes
    head: int = HEAD


def encode(frame: Frame) -> bytes:
    """The bytes of ``frame``."""
    body = bytes((frame.kind, frame.command)) + len(frame.payload).to_bytes(2, "big")
    body += frame.payload
    return bytes((frame.head,)) + body + bytes((sum(body) & 0xFF, TAILS[frame.head]))


def framer() -> Framer[Frame]:
    """What cuts a stream of either variant into frames."""
    return Framer(_cut, _seek)


def frames(data: bytes) -> tuple[list[Frame], int]:
    """Every frame in ``data``, and how many disturbances were in it."""
    return all_frames(framer(), data)


def read_tags(frame: Frame) -> tuple[Tag, ...] | None:
    """The tag of a notice ``02 22``; its RSSI is in dBm. ``None`` for any other frame.

    Raises:
        Garbled: too short, or the PacketCRC that the tag sent does not fit.
    """
    if frame.kind != NOTICE or frame.command != INVENTORY:
        return None
    payload = frame.payload
    if len(payload) < 5 or not checks.ends_in_packet_crc(payload[1:]):
        raise Garbled(f"a tag whose PacketCRC does not fit: {payload.hex(' ')}")
    rssi = payload[0]
    epc = payload[3:-2].hex().upper()
    rssi_dbm = rssi - 256 if rssi > 127 else rssi
    return (Tag(epc, ONLY_ANTENNA, rssi_dbm, payload[1] << 8 | payload[2]),)


def tag_notice(epc: bytes, pc: int, rssi_dbm: int, head: int = HEAD) -> Frame:
    """What a reader says of one tag."""
    said = pc.to_bytes(2, "big") + epc
    check = checks.packet_crc(said).to_bytes(2, "big")
    return Frame(NOTICE, INVENTORY, bytes((rssi_dbm & 0xFF,)) + said + check, head)


def error_of(frame: Frame) -> int | None:
    """The code of an error answer; ``None`` for any other frame."""
    if frame.kind == ANSWER and frame.command == ERROR and frame.payload:
        return frame.payload[0]
    return None


def error_words(code: int) -> str:
    """What an error code means, in words."""
    operation = TAG_ERRORS.get(code & 0xF0)
    if operation is None:
        return ERRORS.get(code, f"error {code:02X}")
    return f"{operation}: {GEN2_ERRORS.get(code & 0x0F, f'tag error {code & 0x0F:X}')}"


def describe(frame: Frame) -> dict[str, object]:
    """``frame`` for people and for JSON."""
    said: dict[str, object] = {
        "kind": _KINDS.get(frame.kind, f"{frame.kind:02X}"),
        "command": COMMANDS.get(frame.command, f"{frame.command:02X}"),
        "payload": frame.payload.hex().upper(),
    }
    code = error_of(frame)
    if code is not None:
        said["error"] = error_words(code)
    try:
        tags = read_tags(frame)
    except Garbled as error:
        said["fault"] = str(error)
    else:
        if tags is not None:
            said["tags"] = [tag._asdict() for tag in tags]
    return said


def _cut(buffer: bytes, at: int) -> tuple[Frame | None, int]:
    head = buffer[at]
    tail = TAILS.get(head)
    if tail is None:
        return None, at
    size = len(buffer)
    if at + 5 > size:
        return None, INCOMPLETE
    length = buffer[at + 3] << 8 | buffer[at + 4]
    if length > MAX_PAYLOAD:
        return None, at + 1
    end = at + length + 7
    if end > size:
        return None, INCOMPLETE
    if buffer[end - 1] != tail or sum(buffer[at + 1 : end - 2]) & 0xFF != buffer[end - 2]:
        return None, end
    return Frame(buffer[at + 1], buffer[at + 2], buffer[at + 5 : end - 2], head), end


def _seek(buffer: bytes, at: int) -> int:
    found = _HEADS.search(buffer, at)
    return found.start() if found else len(buffer)
