"""The learnt layout of one shape of TagReportData, to take whole reports apart at once.

A report is believed to have the layout only after every octet of it that is not a value was
found as learnt, in one comparison of two long integers.
"""

import struct
from collections.abc import Collection, Iterator
from itertools import repeat
from typing import Any, NamedTuple

from drivers.llrp.wire.tagdata import (
    ANTENNA,
    CUSTOM,
    EPC_96,
    EPC_DATA,
    FORMATS,
    IMPINJ_RSSI,
    PEAK_RSSI,
    SEEN_COUNT,
    TIMES,
    is_impinj_rssi,
    pieces,
)
from drivers.observations import TagRead

_MASKS_KEPT = 64
_USUAL = (EPC_96, ANTENNA, PEAK_RSSI, TIMES[0], SEEN_COUNT)


class _Spot(NamedTuple):
    """One parameter: octets that never change from ``start``, its value from ``value``."""

    key: int
    start: int
    value: int
    end: int


class Layout:
    """Where the values of one tag lie, and which octets around them never change."""

    def __init__(self, chunk: bytes) -> None:
        """Learn from ``chunk``, one whole and well-formed TagReportData with its head."""
        spots = list(_spots(chunk))
        present = {spot.key for spot in spots}
        self.size = len(chunk)
        self.kinds = frozenset(present & FORMATS.keys())
        """The optional parameters present."""
        keys = {EPC_96, ANTENNA, SEEN_COUNT, next((k for k in TIMES if k in present), TIMES[0])}
        keys.add(IMPINJ_RSSI if IMPINJ_RSSI in present else PEAK_RSSI)
        taken = [spot for spot in spots if spot.key in keys]
        self._order = tuple(spot.key for spot in taken)
        self._unpack = struct.Struct(">4x" + "".join(_format(spot, keys) for spot in spots))
        self._mask, self._pattern = _mask(chunk, spots)
        self._masks: dict[int, tuple[int, int]] = {}

    def fits(self, body: memoryview) -> bool:
        """Whether ``body`` is one or more tags of this very layout and nothing else."""
        count, rest = divmod(len(body), self.size)
        if rest or not count:
            return False
        masks = self._masks.get(count)
        if masks is None:
            masks = self._remember(count)
        return int.from_bytes(body) & masks[0] == masks[1]

    def reads(self, body: memoryview) -> tuple[TagRead, ...]:
        """The reads in ``body``, which fits."""
        rows = self._unpack.iter_unpack(body)
        if self._order == _USUAL:
            new = tuple.__new__
            return tuple(
                [
                    new(TagRead, (epc.hex().upper(), antenna, float(rssi), time, seen))
                    for epc, antenna, rssi, time, seen in rows
                ]
            )
        return tuple(self._rearranged(dict(zip(self._order, zip(*rows, strict=True), strict=True))))

    def _rearranged(self, columns: dict[int, tuple[Any, ...]]) -> Iterator[TagRead]:
        """Reads from columns that some readers order otherwise, or leave out altogether."""
        scale = 1 / 100 if IMPINJ_RSSI in columns else 1.0
        rssi = columns.get(IMPINJ_RSSI, columns.get(PEAK_RSSI))
        return map(
            TagRead,
            (epc.hex().upper() for epc in columns[EPC_96]),
            columns.get(ANTENNA, repeat(0)),
            repeat(None) if rssi is None else (level * scale for level in rssi),
            next((columns[kind] for kind in TIMES if kind in columns), repeat(None)),
            columns.get(SEEN_COUNT, repeat(1)),
        )

    def _remember(self, count: int) -> tuple[int, int]:
        if len(self._masks) >= _MASKS_KEPT:
            self._masks.clear()
        mask, pattern = int.from_bytes(self._mask * count), int.from_bytes(self._pattern * count)
        self._masks[count] = mask, pattern
        return mask, pattern


def _spots(chunk: bytes) -> Iterator[_Spot]:
    begin = 4
    for kind, start, end in pieces(chunk, 4, len(chunk)):
        if kind == EPC_DATA:
            yield _Spot(EPC_96, begin, start + 2, end)
        elif kind == CUSTOM and is_impinj_rssi(chunk, start):
            yield _Spot(IMPINJ_RSSI, begin, start + 8, end)
        else:
            yield _Spot(kind, begin, start, end)
        begin = end


def _format(spot: _Spot, keys: Collection[int]) -> str:
    width = spot.end - spot.value
    letter = f"{width}s" if spot.key == EPC_96 else FORMATS.get(spot.key, "")
    return f"{spot.value - spot.start}x" + (letter if spot.key in keys else f"{width}x")


def _mask(chunk: bytes, spots: list[_Spot]) -> tuple[bytes, bytes]:
    mask = bytearray(b"\xff" * 4 + bytes(len(chunk) - 4))
    for spot in spots:
        mask[spot.start : spot.value] = b"\xff" * (spot.value - spot.start)
    return bytes(mask), bytes(a & b for a, b in zip(chunk, mask, strict=True))
