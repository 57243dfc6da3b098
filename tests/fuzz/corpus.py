"""What the spoilt inputs are made of: real messages where they lie beside the checkout, else ours.

For the families of which no real vectors exist, whole frames as their readers send them.
"""

import base64
import json
from collections.abc import Sequence
from itertools import islice

from drivers.llrp.wire import Framer, encode, message, parameter
from drivers.serial_uhf.wire import cfm, r200, uhf288
from tests.services import SHARED

REAL = SHARED / "vectors" / "llrp" / "dx101_a.bin"
LONGEST = 1500
"""Longer messages only say the same more often."""
OF_A_KIND = 4
"""So many messages of one type and length are enough."""
EPCS = [bytes.fromhex(text) for text in ("E28011704000021D35AE4008", "30751FEB705C5904E3D50D70")]
NUMBERS = (
    "2C14257BF42EF800000004D2",
    "3E14257BF42EF92983062BD8B970DD6B300000000000",
    "3414257BF400000000BC6038",
    "3814257BF653060C56B172E1BAD60C1980000000000000000000",
    "141CC04FC70BADB5C6E2DA1DED4DD319",
)
"""GDTI, GIAI and a library's number."""
EPCS += [bytes(range(2)), bytes(range(62))]


def llrp() -> list[bytes]:
    """Whole LLRP messages of every type at hand."""
    return (_real() if REAL.exists() else []) + _made()


def _real() -> list[bytes]:
    kept: dict[tuple[bytes, int], list[bytes]] = {}
    for frame in Framer().feed(REAL.read_bytes()):
        if len(frame) <= LONGEST:
            kept.setdefault((frame[:2], len(frame)), []).append(frame)
    return [frame for alike in kept.values() for frame in islice(alike, OF_A_KIND)]


def _made() -> list[bytes]:
    tags = [
        parameter(
            "TagReportData",
            parameter("EPC_96", EPC=EPCS[number % 2]),
            parameter("AntennaID", AntennaID=number + 1),
            parameter("PeakRSSI", PeakRSSI=-50),
            parameter("LastSeenTimestampUTC", Microseconds=1_594_174_805_140_192),
            parameter("TagSeenCount", TagCount=1),
            parameter("Custom", VendorIdentifier=25882, ParameterSubtype=57, Data=b"\xec\x78"),
        )
        for number in range(3)
    ]
    status = parameter("LLRPStatus", ErrorDescription="so nicht 不行")
    greeting = parameter("ConnectionAttemptEvent", Status=0)
    event = parameter(
        "ReaderEventNotificationData", parameter("UTCTimestamp", Microseconds=1), greeting
    )
    return [
        encode(message("RO_ACCESS_REPORT", 1, *tags)),
        encode(message("RO_ACCESS_REPORT", 2, tags[0])),
        encode(message("READER_EVENT_NOTIFICATION", 3, event)),
        encode(message("ADD_ROSPEC_RESPONSE", 4, status)),
        encode(message("ERROR_MESSAGE", 5, status)),
        encode(message("KEEPALIVE", 6)),
        encode(message("CUSTOM_MESSAGE", 7, VendorIdentifier=25882, Data=b"\x01\x02")),
        encode(message("GET_SUPPORTED_VERSION_RESPONSE", 8, status, SupportedVersion=2)),
    ]


def serial_r200() -> list[bytes]:
    """Notices, answers and errors of R200 modules, of both variants."""
    frames = [r200.tag_notice(epc, 0x3000, -51, head) for epc in EPCS for head in r200.TAILS]
    frames += [r200.Frame(r200.ANSWER, command, b"\x00\x1a") for command in r200.COMMANDS]
    frames += [r200.Frame(r200.ANSWER, r200.ERROR, bytes((code,))) for code in (0x15, 0xA3)]
    return [r200.encode(frame) for frame in frames]


def serial_uhf288() -> list[bytes]:
    """Rounds of both types, reader info, realtime reports."""
    tags = [(1, epc, 60) for epc in EPCS]
    frames = [uhf288.tags_answer(0, tags[:count], uhf288.COMPLETE) for count in range(5)]
    frames += [uhf288.tags_answer_18(0, EPCS[:count], uhf288.MORE) for count in range(5)]
    frames += [uhf288.Frame(0, code, bytes(12)) for code in uhf288.CODES]
    frames.append(uhf288.Frame(0, uhf288.REALTIME, b"\x00\x01\x0c" + EPCS[0] + b"\x40"))
    return [uhf288.encode(frame) for frame in frames]


def serial_cfm() -> list[bytes]:
    """Tags, passages, device info and parameters of gate readers."""
    frames = [cfm.tag_answer(0, epc, 1, -510) for epc in EPCS]
    frames += [cfm.gate_event(0, direction, 86_400_000) for direction in cfm.DIRECTIONS]
    frames += [cfm.Frame(0, code, bytes(26)) for code in cfm.CODES]
    frames.append(cfm.Frame(0, cfm.DEVICE_INFO, bytes(1) + b"CF-M400".ljust(152, b"\0")))
    frames.append(cfm.Frame(0, cfm.OLD_INVENTORY, b"\x00\xcd\x01\x30\x00\x0c" + EPCS[0]))
    return [cfm.encode(frame) for frame in frames]


def impinj() -> list[bytes]:
    """Events as the IoT device interface sends them."""
    tag = {
        "epc": base64.urlsafe_b64encode(EPCS[0]).decode(),
        "epcHex": EPCS[0].hex(),
        "pc": "MAA=",
        "antennaPort": 1,
        "peakRssiCdbm": -5150,
        "phaseAngle": 59.8,
        "lastSeenTime": "2026-03-02T09:00:00.123456789Z",
    }
    event = {"timestamp": "2026-03-02T09:00:00Z", "eventType": "tagInventory"}
    events = [event | {"tagInventoryEvent": tag}, event | {"inventoryStatusEvent": {}}]
    return _texts(*events, events)


def zebra() -> list[bytes]:
    """Events as the IoT Connector sends them."""
    data = {
        "idHex": EPCS[1].hex(),
        "format": "epc",
        "antenna": 2,
        "peakRssi": -51,
        "reads": 3,
        "eventNum": 17,
        "phase": 12.5,
        "PC": "3000",
        "TID": "E2801170",
    }
    event = {"data": data, "timestamp": "2026-03-02T09:00:00.123+0000", "type": "SIMPLE"}
    return _texts(event, [event, event], {"type": "heartbeat", "data": {}})


def http() -> list[bytes]:
    """Answers of a reader to the request for its stream."""
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    body = b"".join(b"%x\r\n%s\r\n" % (len(text), text) for text in impinj())
    return [head + body, head + body + b"0\r\n\r\n", b"HTTP/1.1 404 Not Found\r\n\r\n"]


def numbers() -> list[bytes]:
    """What stands in the EPC bank of tags."""
    return [bytes.fromhex(text) for text in NUMBERS] + EPCS


def _texts(*documents: object) -> list[bytes]:
    many: Sequence[object] = documents
    return [json.dumps(document).encode() + b"\n" for document in many]
