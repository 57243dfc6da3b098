"""One read of a recording, and how a report of a reader becomes such reads. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from drivers.observations import TagReport

OLDEST_S = 4.0
"""No read of a report is taken to be older than this, whatever the reader's clock says."""


class Heard(NamedTuple):
    """One tag heard by one antenna."""

    time_s: float
    """Seconds; only differences within a recording mean anything."""
    epc: str
    """Upper-case hexadecimal."""
    antenna: int
    """The reader's own port number, from 1."""
    rssi_dbm: float | None
    phase_rad: float | None


def heard(reports: Iterable[TagReport]) -> Iterator[Heard]:
    """The reads of ``reports`` on the monotonic clock, each as old as its reader says.

    The newest read of a report counts as made when the report arrived.
    """
    for report in reports:
        stamps = [r.reader_time_us for r in report.reads if r.reader_time_us is not None]
        newest = max(stamps, default=0)
        for read in report.reads:
            stamp = newest if read.reader_time_us is None else read.reader_time_us
            age_s = min((newest - stamp) / 1e6, OLDEST_S)
            time_s = report.at.monotonic_s - age_s
            yield Heard(time_s, read.epc, read.antenna, read.rssi_dbm, read.phase_rad)
