"""What one tag did at one door lately, in a bounded amount of memory.

Reads are averaged per antenna and short span of time, which takes the fading out and bounds the
work. A trace that grows too long first forgets its far past, then becomes coarser: however long
a tag lies in the field, it costs at most about 2 kB.
"""

import math
from array import array
from operator import itemgetter

from controller.domain.crossing import Point

SPAN_S = 0.15
"""Reads of one antenna within such a span are one point, while the trace is short."""
MAX_POINTS = 48
WINDOW_S = 10.0
"""A trace that is full forgets what is older than this."""

_when = itemgetter(0, 3)  # time, then port: no order depends on which side a port looks at
_FIELDS = 5  # span number, reads, sum of seconds since the start, sum of dBm, port


class Trace:
    """The averaged reads of one tag; times are seconds of the monotonic clock."""

    __slots__ = ("_cells", "_last_cell", "_span_s", "peak_dbm", "peak_s", "start_s")

    def __init__(self, start_s: float) -> None:
        self.begin(start_s)

    def begin(self, start_s: float) -> None:
        """Forget everything; the next read is the first."""
        self.start_s = start_s
        self.peak_dbm = -999.0
        self.peak_s = start_s
        self._span_s = SPAN_S
        self._cells = array("f")
        self._last_cell: dict[int, int] = {}

    def add(self, t_s: float, port: int, dbm: float) -> None:
        """Take in one read."""
        since = t_s - self.start_s
        span = float(int(since / self._span_s))
        at = self._last_cell.get(port)
        if dbm > self.peak_dbm:
            self.peak_dbm = dbm
            self.peak_s = t_s
        cells = self._cells
        if at is not None and cells[at] >= span:
            cells[at + 1] += 1.0
            cells[at + 2] += since
            cells[at + 3] += dbm
            return
        if len(cells) >= MAX_POINTS * _FIELDS:
            self._make_room(t_s)
            self.add(t_s, port, dbm)
            return
        self._last_cell[port] = len(cells)
        cells.extend((span, 1.0, since, dbm, float(port)))

    def _make_room(self, now_s: float) -> None:
        """Forget the far past, or else double the span."""
        cut = now_s - WINDOW_S - self.start_s
        if cut > WINDOW_S / 10:
            self._rebuild(cut)
        else:
            self._span_s *= 2.0
            self._rebuild(0.0)

    def _rebuild(self, cut: float) -> None:
        old, start = self._cells, self.start_s
        self._cells, self._last_cell = array("f"), {}
        self.start_s = start + cut
        if self.peak_s < self.start_s:
            self.peak_dbm = -999.0
        for at in range(0, len(old), _FIELDS):
            _, reads, seconds, dbm, port = old[at : at + _FIELDS]
            mean_s = seconds / reads - cut
            if mean_s >= 0.0:
                self._merge(mean_s, reads, dbm, int(port))

    def _merge(self, mean_s: float, reads: float, dbm: float, port: int) -> None:
        span = float(int(mean_s / self._span_s))
        at = self._last_cell.get(port)
        if dbm / reads > self.peak_dbm:
            self.peak_dbm, self.peak_s = dbm / reads, self.start_s + mean_s
        if at is not None and self._cells[at] >= span:
            self._cells[at + 1] += reads
            self._cells[at + 2] += mean_s * reads
            self._cells[at + 3] += dbm
            return
        self._last_cell[port] = len(self._cells)
        self._cells.extend((span, reads, mean_s * reads, dbm, float(port)))

    def points(self, sides: dict[int, int]) -> list[Point]:
        """The trace in the order of time; ``sides`` maps a port to +1 inside or -1 outside."""
        cells = self._cells
        found = []
        for at in range(0, len(cells), _FIELDS):
            reads, port = cells[at + 1], int(cells[at + 4])
            found.append(Point(cells[at + 2] / reads, cells[at + 3] / reads, sides[port], port))
        found.sort(key=_when)
        return found

    def summary(self, sides: dict[int, int], side: int) -> tuple[int, float]:
        """How many reads of the trace one side made, and its strongest point in dBm."""
        cells, reads, peak = self._cells, 0, -math.inf
        for at in range(0, len(cells), _FIELDS):
            if sides[int(cells[at + 4])] == side:
                reads += int(cells[at + 1])
                peak = max(peak, cells[at + 3] / cells[at + 1])
        return reads, peak
