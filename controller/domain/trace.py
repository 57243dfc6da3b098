"""What one tag did at one door lately, in a bounded amount of memory.

Reads are averaged per antenna and short span of time, which takes the fading out and bounds the
work. A trace that grows too long first forgets its far past, then becomes coarser: however long
a tag lies in the field, it costs at most about 2 kB.
"""

import math
from array import array
from collections.abc import Iterator, Mapping
from operator import itemgetter

from controller.domain.crossing import Point

SPAN_S = 0.15
"""Reads of one antenna within such a span are one point, while the trace is short."""
MAX_POINTS = 72
WINDOW_S = 14.0
"""A trace that is full forgets what is older than this."""

ENOUGH_PAIRS = 4
PAIR_S = 0.35
"""Phases of one antenna so little apart are compared; later the reader has changed its channel."""

_FIELDS = 4  # reads, sum of seconds since the start, sum of dBm, port
_when = itemgetter(0, 3)  # time, then port: no order depends on which side a port looks at


class Trace:
    """The averaged reads of one tag; times are seconds of the monotonic clock."""

    __slots__ = (
        "_cells",
        "_cosines",
        "_last_cell",
        "_moment",
        "_pairs",
        "_phases",
        "_power",
        "_span_s",
        "start_s",
    )

    def __init__(self, start_s: float) -> None:
        self.start_s = start_s
        self._span_s = SPAN_S
        self._phases: dict[int, tuple[float, float]] = {}
        self._cosines = self._pairs = 0.0
        self._clear()

    @property
    def centre_s(self) -> float:
        """When it was nearest: the mean time of its reads, weighted by their power."""
        return self.start_s + (self._moment / self._power if self._power else 0.0)

    def add(self, t_s: float, port: int, dbm: float, phase_rad: float | None = None) -> None:
        """Take in one read."""
        since_s = t_s - self.start_s
        if not self._put(since_s, 1.0, dbm, port):
            self._make_room(t_s)
            self._put(t_s - self.start_s, 1.0, dbm, port)
        if phase_rad is not None:
            self._compare(t_s, port, phase_rad)

    @property
    def stillness(self) -> float | None:
        """How well phases repeat: about 0.6 parked, 0.1 carried; ``None`` where too few are told.

        The phase is doubled first: some readers report it with a jump of half a turn.
        """
        return self._cosines / self._pairs if self._pairs >= ENOUGH_PAIRS else None

    def cells(self) -> Iterator[tuple[float, float, float, int]]:
        """Time on the monotonic clock, reads, mean level and port of each averaged span."""
        cells = self._cells
        for at in range(0, len(cells), _FIELDS):
            reads, seconds, dbm, port = cells[at : at + _FIELDS]
            yield self.start_s + seconds / reads, reads, dbm / reads, int(port)

    def _compare(self, t_s: float, port: int, phase_rad: float) -> None:
        before = self._phases.get(port)
        self._phases[port] = (t_s, phase_rad)
        if before is not None and t_s - before[0] <= PAIR_S:
            self._cosines += math.cos(2.0 * (phase_rad - before[1]))
            self._pairs += 1.0

    def forget_before(self, t_s: float) -> None:
        """Drop what is older."""
        if t_s > self.start_s:
            self._rebuild(t_s - self.start_s)

    def points(self, sides: Mapping[int, int]) -> list[Point]:
        """The trace in the order of time; ``sides`` maps a port to +1 inside or -1 outside."""
        cells = self._cells
        found = []
        for at in range(0, len(cells), _FIELDS):
            reads, seconds, dbm, port = cells[at : at + _FIELDS]
            found.append(Point(seconds / reads, dbm / reads, sides[int(port)], int(port)))
        found.sort(key=_when)
        return found

    def summary(self, sides: Mapping[int, int], side: int) -> tuple[int, float]:
        """How many reads of the trace one side made, and its strongest point in dBm."""
        cells, reads, peak = self._cells, 0, -math.inf
        for at in range(0, len(cells), _FIELDS):
            if sides[int(cells[at + 3])] == side:
                reads += int(cells[at])
                peak = max(peak, cells[at + 2] / cells[at])
        return reads, peak

    def _clear(self) -> None:
        self._cells = array("f")
        self._last_cell: dict[int, int] = {}
        self._power = self._moment = 0.0

    def _put(self, since_s: float, reads: float, dbm: float, port: int) -> bool:
        """Add ``reads`` reads of that mean time and level; false when there is no room."""
        cells = self._cells
        at = self._last_cell.get(port)
        if at is not None and self._span_of(cells[at + 1] / cells[at]) >= self._span_of(since_s):
            cells[at] += reads
            cells[at + 1] += since_s * reads
            cells[at + 2] += dbm * reads
        elif len(cells) < MAX_POINTS * _FIELDS:
            self._last_cell[port] = len(cells)
            cells.extend((reads, since_s * reads, dbm * reads, float(port)))
        else:
            return False
        power = reads * 10.0 ** ((dbm + 60.0) / 10.0)
        self._power += power
        self._moment += power * since_s
        return True

    def _span_of(self, since_s: float) -> int:
        return int(since_s / self._span_s)

    def _make_room(self, now_s: float) -> None:
        """Forget the far past, or else double the span until neighbours have merged."""
        self._rebuild(max(0.0, now_s - WINDOW_S - self.start_s))
        while len(self._cells) > MAX_POINTS * _FIELDS * 3 // 4:
            self._span_s *= 2.0
            self._rebuild(0.0)

    def _rebuild(self, cut_s: float) -> None:
        old, before = self._cells, len(self._cells)
        self._clear()
        self.start_s += cut_s
        for at in range(0, before, _FIELDS):
            reads, seconds, dbm, port = old[at : at + _FIELDS]
            since_s = seconds / reads - cut_s
            if since_s >= 0.0 or cut_s == 0.0:
                self._put(since_s, reads, dbm / reads, int(port))
        if cut_s:  # phases are not told apart by their time: as many are forgotten as points
            kept = len(self._cells) / before if before else 0.0
            self._cosines *= kept
            self._pairs *= kept
