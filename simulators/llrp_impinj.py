"""What a simulated Impinj reader adds to LLRP: its greeting, and its own words in a tag report."""

import struct
from collections.abc import Iterator

from drivers.llrp.wire import Message, Parameter, Value, encode, message, parameter
from simulators.llrp_tags import Seen

IMPINJ = 25882
ENABLE_EXTENSIONS, ENABLED = 21, 121
CONTENT, WITH_TID, WITH_PHASE, WITH_RSSI, WITH_DOPPLER = 50, 51, 52, 53, 67
TID, PHASE, RSSI, DOPPLER = 55, 56, 57, 68
_SWITCH = struct.Struct(">HHIIH")


def extensions_enabled(asked: Message, success: Parameter) -> Message | None:
    """The answer to IMPINJ_ENABLE_EXTENSIONS; ``None`` to any other message."""
    if (asked.fields["VendorIdentifier"], asked.fields["MessageSubtype"]) != (
        IMPINJ,
        ENABLE_EXTENSIONS,
    ):
        return None
    status = encode(message("ERROR_MESSAGE", 1, success))[10:]
    fields: dict[str, Value] = {"MessageSubtype": ENABLED, "Data": status}
    return message(
        "CUSTOM_MESSAGE", asked.id, version=asked.version, VendorIdentifier=IMPINJ, **fields
    )


def own_words(seen: Seen, report_spec: Parameter) -> Iterator[Parameter]:
    """The custom parameters that ``report_spec`` asks for, about one tag."""
    wanted = {subtype for spec in report_spec.all("Custom") for subtype in _switched_on(spec)}
    tid = bytes.fromhex(seen.tid)
    if WITH_TID in wanted and tid:
        yield _custom(TID, struct.pack(">H", len(tid) // 2) + tid)
    if WITH_PHASE in wanted:
        yield _custom(PHASE, struct.pack(">H", seen.phase))
    if WITH_RSSI in wanted:
        yield _custom(RSSI, struct.pack(">h", round(100 * seen.rssi_dbm)))
    if WITH_DOPPLER in wanted:
        yield _custom(DOPPLER, struct.pack(">h", seen.doppler))


def _switched_on(spec: Parameter) -> Iterator[int]:
    data = spec.fields["Data"]
    if spec.fields["ParameterSubtype"] == CONTENT and isinstance(data, bytes):
        for _, _, _, subtype, on in _SWITCH.iter_unpack(data):
            if on:
                yield subtype


def _custom(subtype: int, data: bytes) -> Parameter:
    return parameter("Custom", VendorIdentifier=IMPINJ, ParameterSubtype=subtype, Data=data)
