"""Gate readers of the CF-M series and their relatives: ``CF | address | code u16 | length | …``.

After the length come data, whose first byte in an answer is a status, and a CRC-16/MCRF4XX over
everything before it. Sections and tables are those of the maker's M Series Gate Reader manual
V1.2; multi-byte fields are big-endian. The CRC travels high byte first (section 1.2, and so in
every capture of a device); some descriptions say the opposite, therefore both are accepted and a
frame remembers how it came.
"""

import struct
from typing import NamedTuple

from drivers.errors import Garbled
from drivers.serial_uhf.wire import checks
from drivers.serial_uhf.wire.framing import INCOMPLETE, Framer, all_frames
from drivers.serial_uhf.wire.tag import Tag

HEAD = 0xCF
BROADCAST = 0xFF
HEAD_BYTES, CRC_BYTES = 5, 2
INVENTORY, STOP_INVENTORY, INITIALISE = 0x0001, 0x0002, 0x0050
SET_QUERY, SET_POWER, DEVICE_INFO, SET_PARAMETERS, GET_PARAMETERS = (
    0x0012, 0x0053, 0x0070, 0x0071, 0x0072,
)  # fmt: skip
RELAYS = (0x0077, 0x0078)
"""Sections 2.2.13 and 2.2.14: relay 1 and relay 2."""
GATE_STATUS = 0x0082
OLD_INVENTORY = 0x0027
"""Of second-hand descriptions, with a record of another form; never captured from a device."""
CODES = {
    0x0001: "inventory", 0x0002: "stop inventory", 0x0003: "read", 0x0007: "select mask",
    0x0010: "set select", 0x0011: "get select", 0x0012: "set query", 0x0013: "get query",
    0x0027: "inventory", 0x0050: "initialise", 0x0052: "factory reset", 0x0053: "set power",
    0x0059: "rfid protocol", 0x005F: "network", 0x0064: "remote network", 0x0070: "device info",
    0x0071: "set parameters", 0x0072: "get parameters", 0x0074: "input and output",
    0x0075: "wifi", 0x0076: "permission", 0x0077: "relay 1", 0x0078: "relay 2",
    0x0079: "rssi filter", 0x0080: "gpio parameters", 0x0081: "gpio levels",
    0x0082: "gate status", 0x0083: "gate parameters", 0x0084: "eas mask",
}  # fmt: skip
SUCCESS, ROUND_OVER = 0x00, 0x12
REFUSALS = (0x01, 0x02)
"""Bad parameter, internal error."""
STATUSES = {
    0x00: "success", 0x01: "bad parameter", 0x02: "internal error", 0x12: "round over",
    0x14: "tag timed out", 0x15: "tag not demodulated", 0x16: "authentication failed",
    0x17: "wrong password", 0xFF: "no more data",
}  # fmt: skip
"""Appendix C."""
RELEASE, CLOSE = 0x01, 0x02
GATE_EVENT = 0x01
"""First byte of a gate report that nobody asked for (section 2.5.1)."""
GATE_IN, GATE_OUT, EAS_ALARM, EAS_QUIET = 0x10, 0x20, 0x50, 0x51
DIRECTIONS = {
    0x00: "none", GATE_IN: "in", GATE_OUT: "out", EAS_ALARM: "eas", EAS_QUIET: "eas quiet"
}  # fmt: skip
_RECORD = struct.Struct(">hBBB")
"""Section 2.3.1: RSSI in tenths of a dBm, antenna, channel, EPC length."""
_OLD_RECORD = struct.Struct(">bBHB")
"""RSSI in dBm, antenna, PC, EPC length."""
_INFO = struct.Struct("32s32s12s32s32s12s")
"""Section 2.2.7."""


class Frame(NamedTuple):
    """One frame of either direction; a code nobody knows is kept as its number."""

    address: int
    code: int
    data: bytes
    crc_low_first: bool = False

    @property
    def status(self) -> int | None:
        """Of an answer; ``None`` where there are no data."""
        return self.data[0] if self.data else None


class GateEvent(NamedTuple):
    """Somebody passed the two infra-red beams, or a tag set off the gate's own alarm."""

    direction: int
    time_ms: int
    """By the device's clock since it was switched on."""


class Parameters(NamedTuple):
    """What section 2.2.8 sets at once; fields that we leave alone are kept as they came."""

    address: int
    protocol: int
    work_mode: int
    """0: it answers, 1: it reports by itself, 2: when triggered."""
    interface: int
    baud: int
    wiegand: int
    antennas: int
    """Bit mask, antenna 1 lowest."""
    band: tuple[int, int, int, int, int]
    """Region, lowest frequency in MHz and kHz, step in kHz, highest channel."""
    power_dbm: int
    area: int
    q: int
    session: int
    rest: bytes
    """Six fields about memory addresses, filter, trigger, buzzer and polling times."""


_PARAMETERS = struct.Struct(">7BBHHHB4B6s")


def encode(frame: Frame) -> bytes:
    """The bytes of ``frame``."""
    body = struct.pack(">BBHB", HEAD, frame.address, frame.code, len(frame.data)) + frame.data
    crc = checks.mcrf4xx(body)
    return body + crc.to_bytes(CRC_BYTES, "little" if frame.crc_low_first else "big")


def framer() -> Framer[Frame]:
    """What cuts a stream into frames."""
    return Framer(_cut, _seek)


def frames(data: bytes) -> tuple[list[Frame], int]:
    """Every frame in ``data``, and how many disturbances were in it."""
    return all_frames(framer(), data)


def read_tags(frame: Frame) -> tuple[Tag, ...] | None:
    """The tags of an inventory answer, RSSI in tenths of a dBm; ``None`` for any other frame.

    Raises:
        Garbled: the lengths in it do not fit.
    """
    data = frame.data
    if frame.code not in (INVENTORY, OLD_INVENTORY) or len(data) < 2 or data[0] != SUCCESS:
        return None
    record = _RECORD if frame.code == INVENTORY else _OLD_RECORD
    size, at = len(data), 1
    tags = []
    while at < size:
        start = at + record.size
        if start > size or start + data[start - 1] > size:
            raise Garbled(f"an inventory answer whose lengths do not fit: {data.hex(' ')}")
        rssi, antenna, third, length = record.unpack_from(data, at)
        at = start + length
        epc = data[start:at].hex().upper()
        if record is _RECORD:
            tags.append(Tag(epc, (antenna,), rssi))
        else:
            tags.append(Tag(epc, (antenna,), 10 * rssi, third))
    return tuple(tags)


def inventory(address: int = BROADCAST, *, seconds: int = 0) -> Frame:
    """Start reading, 0 for as long as nobody stops it."""
    return Frame(address, INVENTORY, bytes(1) + seconds.to_bytes(4, "big"))


def tag_answer(address: int, epc: bytes, antenna: int, rssi_tenths: int) -> Frame:
    """What a reader says of one tag."""
    record = _RECORD.pack(rssi_tenths, antenna, 0, len(epc))
    return Frame(address, INVENTORY, bytes((SUCCESS,)) + record + epc)


def relay(number: int, *, closed: bool, address: int = BROADCAST) -> Frame:
    """Close relay 1 or 2 until told otherwise, or release it."""
    option = CLOSE if closed else RELEASE
    return Frame(address, RELAYS[number - 1], bytes((option, 0)))


def gate_event(address: int, direction: int, time_ms: int) -> Frame:
    """What a gate reports by itself."""
    data = bytes((GATE_EVENT, direction, 0)) + time_ms.to_bytes(4, "big")
    return Frame(address, GATE_STATUS, data)


def read_gate_event(frame: Frame) -> GateEvent | None:
    """What a gate reports by itself, with or without customer data; ``None`` for other frames."""
    data = frame.data
    if frame.code != GATE_STATUS or frame.status != GATE_EVENT or len(data) < 6:
        return None
    return GateEvent(data[1], int.from_bytes(data[-4:], "big"))


def read_info(frame: Frame) -> tuple[str, ...]:
    """The texts of device info: hardware, firmware, module, module firmware.

    Raises:
        Garbled: too short.
    """
    if len(frame.data) < 1 + _INFO.size:
        raise Garbled(f"device info of {len(frame.data)} bytes")
    hardware, firmware, _, module, model, _ = _INFO.unpack_from(frame.data, 1)
    return tuple(_text(part) for part in (hardware, firmware, module, model))


def read_parameters(data: bytes) -> Parameters:
    """The 25 bytes of all parameters.

    Raises:
        Garbled: not as many.
    """
    if len(data) != _PARAMETERS.size:
        raise Garbled(f"parameters of {len(data)} bytes")
    found = _PARAMETERS.unpack(data)
    return Parameters._make((*found[:7], found[7:12], *found[12:]))


def parameter_bytes(parameters: Parameters) -> bytes:
    """The 25 bytes of all parameters."""
    return _PARAMETERS.pack(*parameters[:7], *parameters.band, *parameters[8:])


def status_words(status: int | None) -> str:
    """What a status means, in words."""
    return "no status" if status is None else STATUSES.get(status, f"status {status:02X}")


def describe(frame: Frame) -> dict[str, object]:
    """``frame`` for people and for JSON; whether it asks or answers only its sender knows."""
    said: dict[str, object] = {
        "address": frame.address,
        "code": CODES.get(frame.code, f"{frame.code:04X}"),
        "data": frame.data.hex().upper(),
    }
    event = read_gate_event(frame)
    if event is not None:
        direction = DIRECTIONS.get(event.direction, f"{event.direction:02X}")
        said["gate"] = {"direction": direction, "time_ms": event.time_ms}
    try:
        tags = read_tags(frame)
    except Garbled:
        tags = None
    if tags is not None:
        said["tags"] = [tag._asdict() for tag in tags]
    return said


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("ascii", "replace").strip()


def _cut(buffer: bytes, at: int) -> tuple[Frame | None, int]:
    if buffer[at] != HEAD:
        return None, at
    size = len(buffer)
    if at + HEAD_BYTES > size:
        return None, INCOMPLETE
    middle = at + HEAD_BYTES + buffer[at + 4]
    end = middle + CRC_BYTES
    if end > size:
        return None, INCOMPLETE
    crc = checks.mcrf4xx(buffer[at:middle])
    low_first = False
    if crc != buffer[middle] << 8 | buffer[middle + 1]:
        low_first = True
        if crc != buffer[middle + 1] << 8 | buffer[middle]:
            return None, end
    code = buffer[at + 2] << 8 | buffer[at + 3]
    return Frame(buffer[at + 1], code, buffer[at + HEAD_BYTES : middle], low_first), end


def _seek(buffer: bytes, at: int) -> int:
    found = buffer.find(HEAD, at)
    return len(buffer) if found < 0 else found
