"""What a simulated reader sees, and the report it makes of it (LLRP 1.0.1 section 14.2.3)."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from drivers.llrp.wire import Bits, Parameter, parameter


class Seen(NamedTuple):
    """One tag that answers one antenna."""

    antenna: int
    epc: str
    """Hexadecimal; 96 bits travel as EPC_96, any other length as EPCData."""
    rssi_dbm: float = -55.0
    at_us: int | None = None
    """By the reader's clock; ``None``: now."""
    seen_count: int = 1
    pc: int | None = None
    tid: str = ""
    phase: int = 0
    """In 1/4096 of a turn."""
    doppler: int = 0
    """In 1/16 Hz."""
    results: tuple[Parameter, ...] = ()
    """What access operations on it came to."""


def tag_report(
    seen: Seen, content: Parameter, now_us: int, own: Iterable[Parameter] = ()
) -> Parameter:
    """The TagReportData for one tag, with what the content selector enables, in its order.

    ``own`` is what the maker of the reader adds.
    """
    enabled = _enabled(seen, content, now_us)
    return parameter("TagReportData", _epc(seen.epc), *enabled, *seen.results, *own)


def without_repeats(report: Parameter, latest: dict[int, Parameter]) -> Parameter:
    """``report`` without the parameters that equal the last ones sent, which it may leave out."""
    epc, *others = report.parameters
    changed = [part for part in others if latest.get(part.kind) != part]
    latest.update((part.kind, part) for part in changed)
    return parameter("TagReportData", epc, *changed)


def _epc(epc: str) -> Parameter:
    octets = bytes.fromhex(epc)
    if len(octets) == 12:
        return parameter("EPC_96", EPC=octets)
    return parameter("EPCData", EPC=Bits(8 * len(octets), octets))


def _enabled(seen: Seen, content: Parameter, now_us: int) -> Iterator[Parameter]:
    at_us = now_us if seen.at_us is None else seen.at_us
    for flag, name, value in (
        ("EnableROSpecID", "ROSpecID", {"ROSpecID": 1}),
        ("EnableAntennaID", "AntennaID", {"AntennaID": seen.antenna}),
        ("EnablePeakRSSI", "PeakRSSI", {"PeakRSSI": round(seen.rssi_dbm)}),
        ("EnableChannelIndex", "ChannelIndex", {"ChannelIndex": 1}),
        ("EnableFirstSeenTimestamp", "FirstSeenTimestampUTC", {"Microseconds": at_us}),
        ("EnableLastSeenTimestamp", "LastSeenTimestampUTC", {"Microseconds": at_us}),
        ("EnableTagSeenCount", "TagSeenCount", {"TagCount": seen.seen_count}),
    ):
        if content.number(flag):
            yield parameter(name, **value)
    memory = content.first("C1G2EPCMemorySelector")
    if memory is not None and memory.number("EnablePCBits"):
        pc = len(seen.epc) // 4 << 11 if seen.pc is None else seen.pc
        yield parameter("C1G2_PC", PC_Bits=pc)
