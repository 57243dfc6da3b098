"""Reads as one small blob: columns of fixed width, compressed. About six bytes a read.

Level is kept to 0.1 dB, phase to a ten-thousandth of a radian, time to a tenth of a millisecond.
"""

import json
import math
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence

from controller.recording.values import Heard

_VERSION = 1
_HEAD = struct.Struct("<BI")  # version, bytes of the list of tags
_TICKS_S = 1e4
_RSSI_TENTHS, _PHASE_STEPS = 10, 1e4
_NO_LEVEL, _NO_PHASE = -32768, 65535
_COLUMNS = ("I", "H", "B", "h", "H")  # time, tag, antenna, level, phase


def pack(reads: Sequence[Heard], began_s: float) -> bytes:
    """``reads`` with their times since ``began_s``; at most 65,536 different tags."""
    tags = {epc: number for number, epc in enumerate(dict.fromkeys(read.epc for read in reads))}
    columns = (
        array("I", [max(0, round((read.time_s - began_s) * _TICKS_S)) for read in reads]),
        array("H", [tags[read.epc] for read in reads]),
        array("B", [read.antenna & 0xFF for read in reads]),
        array("h", [_level(read.rssi_dbm) for read in reads]),
        array("H", [_phase(read.phase_rad) for read in reads]),
    )
    names = json.dumps(list(tags)).encode()
    body = b"".join(_little(column) for column in columns)
    return zlib.compress(_HEAD.pack(_VERSION, len(names)) + names + body, 6)


def unpack(blob: bytes) -> list[Heard]:
    """What was packed, its times counted from the beginning of the recording.

    Raises:
        ValueError: no such blob, or one of a later program.
    """
    try:
        data = zlib.decompress(blob)
        version, length = _HEAD.unpack_from(data)
        if version != _VERSION:
            raise ValueError(f"a recording of version {version}")
        names: list[str] = json.loads(data[_HEAD.size : _HEAD.size + length])
        times, tags, antennas, levels, phases = _unpacked(data[_HEAD.size + length :])
        return [
            Heard(
                time / _TICKS_S,
                names[tag],
                antenna,
                None if level == _NO_LEVEL else level / _RSSI_TENTHS,
                None if phase == _NO_PHASE else phase / _PHASE_STEPS,
            )
            for time, tag, antenna, level, phase in zip(
                times, tags, antennas, levels, phases, strict=True
            )
        ]
    except (zlib.error, struct.error, IndexError) as error:
        raise ValueError(f"a damaged recording: {error}") from error


def _unpacked(body: bytes) -> list["array[int]"]:
    columns = [array(code) for code in _COLUMNS]
    count, rest = divmod(len(body), sum(column.itemsize for column in columns))
    if rest:
        raise ValueError("a damaged recording: its columns are not alike")
    at = 0
    for column in columns:
        end = at + count * column.itemsize
        column.frombytes(body[at:end])
        if sys.byteorder == "big":
            column.byteswap()
        at = end
    return columns


def _little(column: "array[int]") -> bytes:
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def _level(dbm: float | None) -> int:
    return _NO_LEVEL if dbm is None else round(min(max(dbm, -3000.0), 3000.0) * _RSSI_TENTHS)


def _phase(radians: float | None) -> int:
    return _NO_PHASE if radians is None else round(radians % (2 * math.pi) * _PHASE_STEPS)
