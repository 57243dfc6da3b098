"""The learnt layout of one shape of TagReportData, to take whole reports apart at once.

Octets are believed to have the layout only after every one of them that is not a value was
found as learnt, in one comparison of two long integers.
"""

import struct
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import NamedTuple

from drivers.llrp.wire.tagdata import (
    ANTENNA,
    CUSTOM,
    CUSTOM_HEAD,
    EPC_96,
    EPC_DATA,
    FORMATS,
    HERTZ,
    IMPINJ_DOPPLER,
    IMPINJ_PHASE,
    IMPINJ_RSSI,
    IMPINJ_TID,
    PC,
    PEAK_RSSI,
    RADIANS,
    SEEN_COUNT,
    TIMES,
    impinj_kind,
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

    def __init__(self, chunk: bytes, head: bytes = b"", head_mask: bytes = b"") -> None:
        """Learn from ``chunk``, one whole and well-formed TagReportData with its head.

        ``head`` stands before each of them; of it counts what ``head_mask`` says.
        """
        spots = list(_spots(chunk))
        present = {spot.key for spot in spots}
        self.size = len(head) + len(chunk)
        self.kinds = frozenset(present & FORMATS.keys())
        """The optional parameters present."""
        keys = _read_from(present)
        taken = [spot for spot in spots if spot.key in keys]
        self._order = tuple(spot.key for spot in taken)
        self._unpack = struct.Struct(
            f">{len(head) + 4}x" + "".join(_format(spot, keys) for spot in spots)
        )
        self._pick = itemgetter(*_places(self._order))
        self._rssi_divisor = 100 if IMPINJ_RSSI in keys else 1
        self._mask = head_mask + _mask(chunk, spots)
        self._pattern = bytes(a & b for a, b in zip(head + chunk, self._mask, strict=True))
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
        new = tuple.__new__
        if self._order == _USUAL:
            return tuple(
                [
                    new(
                        TagRead,
                        (epc.hex().upper(), port, float(rssi), time, seen, None, None, None, None),
                    )
                    for epc, port, rssi, time, seen in rows
                ]
            )
        pick, divisor = self._pick, self._rssi_divisor
        return tuple(
            [
                new(
                    TagRead,
                    (
                        epc.hex().upper(),
                        port,
                        None if rssi is None else rssi / divisor,
                        time,
                        seen,
                        pc,
                        None if tid is None else tid.hex().upper(),
                        None if phase is None else phase * RADIANS,
                        None if doppler is None else doppler * HERTZ,
                    ),
                )
                for epc, port, rssi, time, seen, pc, tid, phase, doppler in (
                    pick((*row, None, 0, 1)) for row in rows
                )
            ]
        )

    def _remember(self, count: int) -> tuple[int, int]:
        if len(self._masks) >= _MASKS_KEPT:
            self._masks.clear()
        mask, pattern = int.from_bytes(self._mask * count), int.from_bytes(self._pattern * count)
        self._masks[count] = mask, pattern
        return mask, pattern


def _read_from(present: Collection[int]) -> Collection[int]:
    """Of the parameters present, those a read is made from."""
    keys = {EPC_96, ANTENNA, SEEN_COUNT, PC, IMPINJ_TID, IMPINJ_PHASE, IMPINJ_DOPPLER}
    keys.add(next((kind for kind in TIMES if kind in present), TIMES[0]))
    keys.add(IMPINJ_RSSI if IMPINJ_RSSI in present else PEAK_RSSI)
    return keys.intersection(present)


def _places(order: tuple[int, ...]) -> Iterator[int]:
    """Where the fields of a read stand in a row followed by ``None``, 0 and 1."""
    places = {kind: place for place, kind in enumerate(order)}
    nothing, zero, one = range(len(order), len(order) + 3)
    for kinds, absent in (
        ((EPC_96,), nothing),
        ((ANTENNA,), zero),
        ((IMPINJ_RSSI, PEAK_RSSI), nothing),
        (TIMES, nothing),
        ((SEEN_COUNT,), one),
        ((PC,), nothing),
        ((IMPINJ_TID,), nothing),
        ((IMPINJ_PHASE,), nothing),
        ((IMPINJ_DOPPLER,), nothing),
    ):
        yield next((places[kind] for kind in kinds if kind in places), absent)


def _spots(chunk: bytes) -> Iterator[_Spot]:
    begin = 4
    for kind, start, end in pieces(chunk, 4, len(chunk)):
        if kind == EPC_DATA:
            yield _Spot(EPC_96, begin, start + 2, end)
        elif kind == CUSTOM:
            yield _custom(chunk, begin, start, end)
        else:
            yield _Spot(kind, begin, start, end)
        begin = end


def _custom(chunk: bytes, begin: int, start: int, end: int) -> _Spot:
    own = impinj_kind(chunk, start, end)
    head = CUSTOM_HEAD + 2 if own == IMPINJ_TID else CUSTOM_HEAD
    return _Spot(own or CUSTOM, begin, min(start + head, end), end)


def _format(spot: _Spot, keys: Collection[int]) -> str:
    width = spot.end - spot.value
    letter = FORMATS.get(spot.key, f"{width}s")
    return f"{spot.value - spot.start}x" + (letter if spot.key in keys else f"{width}x")


def _mask(chunk: bytes, spots: list[_Spot]) -> bytes:
    mask = bytearray(b"\xff" * 4 + bytes(len(chunk) - 4))
    for spot in spots:
        mask[spot.start : spot.value] = b"\xff" * (spot.value - spot.start)
    return bytes(mask)
