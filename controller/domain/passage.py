"""From flickering reads to passages: in, out, turned back, or an honest "unknown".

The verdict comes late on purpose: at the moment of crossing the levels of both sides say next to
nothing; a second and a half later they say nearly everything. Arrival by the monotonic clock
decides; a reader's own clock only spaces the reads of one report. A tag that is not in the
field costs nothing, a tag that lies in the field costs a bounded trace and no event.

``DoorPassages`` is all the rest of the domain knows of this: reads go in, verdicts come out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.crossing import Crossing, Point, weigh
from controller.domain.model import Direction, Side
from controller.domain.trace import WINDOW_S, Trace
from drivers.observations import Moment, TagRead, TagReport

LATE_S = 2.5
"""How long after it was nearest a tag that is still being read is judged; see ``bench_passage``."""
MIN_GAP_S = 1.5
"""Silence that ends a visit."""
MAX_GAP_S = 4.0
"""The same when so many tags share the air that each is read seldom."""
REVISITS_PER_GAP = 6.0
LOOK_EVERY_S = 1.0
RESIDENT_S = 14.0
"""Longer in the field: it gets its last word now, and from then on counts as parked there."""
RESIDENT_LOOK_EVERY_S = 2.5

CONFIDENT = 0.80
"""Below it a direction is unknown, and a person is asked."""
EARLY = 0.95
"""What a verdict on a tag that is still being read must reach."""
RESIDENT = 0.98
"""What a verdict on a tag that lay still must reach while it is still being read."""
MOVED_DB = 3.0
"""Scatter of the level within one antenna above which a tag was being carried."""

LEAD_S = 1.5
"""What a swing must show before it is nearest, lest the end of one be taken for another."""
SWING_S = 4.0
"""A swing of a tag that had come to rest is looked at so long before and after its nearest."""
CLEARLY = 0.3
"""Side balance of start and end of a visit above which it began and ended on one side."""

NO_LEVEL_DBM = -60.0
"""Stands for the level of a reader that does not say; only differences matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one tag did."""

    epc: str
    direction: Direction
    side: Side | None
    """Where it is now; ``None`` when that is the question."""
    confidence: float
    evidence: dict[str, str]


class _Visit:
    """One tag in the field of one door."""

    __slots__ = (
        "asked",
        "due_s",
        "entered_s",
        "heard",
        "last_s",
        "looked_s",
        "parked",
        "settled",
        "settled_s",
        "trace",
    )

    def __init__(self, t_s: float) -> None:
        self.trace = Trace(t_s)
        self.entered_s = t_s
        self.last_s = t_s
        self.looked_s = t_s
        self.due_s = t_s
        self.heard = 0  # bit 1: by an antenna outside, bit 2: inside
        self.settled: Side | None = None  # where the last verdict of this visit left it
        self.settled_s = t_s
        self.parked = False
        self.asked = False

    @property
    def both_sides(self) -> bool:
        return self.heard == 3


class DoorPassages:
    """Every tag near one door, and what each of them did there."""

    def __init__(self, antennas: Mapping[int, Side]) -> None:
        self._sides = {p: 1 if side is Side.INSIDE else -1 for p, side in antennas.items()}
        self._visits: dict[str, _Visit] = {}
        self._revisit_s = MIN_GAP_S / REVISITS_PER_GAP
        self._last_arrival_s: float | None = None

    @property
    def in_field(self) -> int:
        """How many tags are being followed now."""
        return len(self._visits)

    def observe(self, report: TagReport) -> list[Verdict]:
        """Take in one report; the verdicts that became due on the tags in it."""
        now_s = report.at.monotonic_s
        touched: dict[str, _Visit] = {}
        for t_s, epc, port, dbm in self._timed(report):
            visit = self._visits.get(epc)
            if visit is None:
                visit = self._visits[epc] = _Visit(t_s)
            else:
                self._learn_revisit(t_s - visit.last_s)
            visit.trace.add(t_s, port, dbm)
            visit.last_s = max(visit.last_s, t_s)
            visit.heard |= 2 if self._sides[port] > 0 else 1
            touched[epc] = visit
        verdicts = []
        for epc, visit in touched.items():
            visit.due_s = self._due_s(visit)
            if visit.due_s <= now_s:
                verdicts += self._look(epc, visit, now_s)
        return verdicts

    def tick(self, at: Moment) -> list[Verdict]:
        """The verdicts that became due because time passed."""
        now_s = at.monotonic_s
        due = [(epc, visit) for epc, visit in self._visits.items() if visit.due_s <= now_s]
        return [verdict for epc, visit in due for verdict in self._look(epc, visit, now_s)]

    def freeze(self) -> list[Verdict]:
        """The reader was lost: whoever was in the doorway is a question, nobody has left."""
        open_visits, self._visits = self._visits, {}
        self._last_arrival_s = None
        return [
            self._verdict(epc, visit, Direction.UNKNOWN, None, 0.0)
            for epc, visit in open_visits.items()
            if visit.both_sides and visit.settled is None and not visit.parked
        ]

    def _timed(self, report: TagReport) -> list[tuple[float, str, int, float]]:
        """The reads in the order of time, on our clock; their order in the report is no matter."""
        arrival_s = report.at.monotonic_s
        heard = [read for read in report.reads if read.antenna in self._sides]
        stamps = [read.reader_time_us for read in heard if read.reader_time_us is not None]
        newest = max(stamps, default=0)
        oldest_s = MIN_GAP_S
        if self._last_arrival_s is not None:
            oldest_s = min(MAX_GAP_S, max(0.0, arrival_s - self._last_arrival_s))
        self._last_arrival_s = arrival_s
        return sorted(
            (arrival_s - min(oldest_s, _age_s(read, newest)), read.epc, read.antenna, _level(read))
            for read in heard
        )

    def _learn_revisit(self, pause_s: float) -> None:
        """Follow the median pause between two reads of one tag: the load of the air."""
        self._revisit_s *= 1.01 if pause_s > self._revisit_s else 1 / 1.01
        self._revisit_s = min(max(self._revisit_s, 0.01), MAX_GAP_S)

    def _gap_s(self) -> float:
        return min(MAX_GAP_S, max(MIN_GAP_S, REVISITS_PER_GAP * self._revisit_s))

    def _due_s(self, visit: _Visit) -> float:
        """When to look at it next, if it is not read again before."""
        silent_s = visit.last_s + self._gap_s()
        if not visit.both_sides:
            return silent_s
        every_s = RESIDENT_LOOK_EVERY_S if visit.parked else LOOK_EVERY_S
        return min(silent_s, max(visit.trace.centre_s + LATE_S, visit.looked_s + every_s))

    def _look(self, epc: str, visit: _Visit, now_s: float) -> list[Verdict]:
        visit.looked_s = now_s
        gone = now_s >= visit.last_s + self._gap_s()
        overdue = not visit.parked and now_s >= max(
            visit.entered_s + RESIDENT_S, visit.trace.centre_s + LATE_S
        )
        verdict = None
        if visit.both_sides:
            verdict = self._judge(epc, visit, now_s, gone=gone, last_word=gone or overdue)
        if verdict is not None:
            visit.settled, visit.settled_s = verdict.side, now_s
            visit.asked = verdict.side is None
        if gone:
            del self._visits[epc]
            return [] if verdict is None else [verdict]
        if overdue or visit.parked:
            visit.parked = True
            visit.trace.forget_before(visit.last_s - WINDOW_S)
        visit.due_s = self._due_s(visit)
        return [] if verdict is None else [verdict]

    def _judge(
        self, epc: str, visit: _Visit, now_s: float, *, gone: bool, last_word: bool
    ) -> Verdict | None:
        points = visit.trace.points(self._sides)
        if visit.settled is None and not visit.parked:
            crossing = weigh(_swing(points))
            verdict = self._clear(epc, visit, crossing, CONFIDENT if last_word else EARLY)
            if verdict is None and last_word and crossing.scatter_db >= MOVED_DB:
                return self._doubtful(epc, visit, crossing, gone=gone)
            return verdict
        verdict = self._anew(epc, visit, now_s, points, last_word=last_word)
        if verdict is None and last_word and visit.settled is not None and not visit.parked:
            return self._corrected(epc, visit, weigh(points))
        return verdict

    def _clear(self, epc: str, visit: _Visit, crossing: Crossing, enough: float) -> Verdict | None:
        """It went through, with ``enough`` confidence, to where it was not known to be."""
        direction, side, confidence = _through(crossing)
        if confidence < enough or side is visit.settled:
            return None
        return self._verdict(epc, visit, direction, side, confidence)

    def _anew(
        self, epc: str, visit: _Visit, now_s: float, points: list[Point], *, last_word: bool
    ) -> Verdict | None:
        """A swing of a tag that had come to rest, or had been reported: it must be whole."""
        start_s = visit.trace.start_s
        if visit.settled is not None:
            points = [point for point in points if point.t_s >= visit.settled_s - start_s]
        if len({point.side for point in points}) < 2:
            return None
        centre_s = weigh(points).centre_s
        if visit.settled is not None and centre_s - points[0].t_s < LEAD_S:
            return None  # only the end of something: an echo of the passage just reported
        if not last_word and start_s + centre_s + LATE_S > now_s:
            return None
        enough = CONFIDENT if last_word else RESIDENT
        for middle_s in (centre_s, points[-1].t_s - SWING_S / 2):
            crossing = weigh(_around(points, middle_s))
            verdict = self._clear(epc, visit, crossing, enough)
            if verdict is not None and crossing.scatter_db >= MOVED_DB:
                return verdict
        return None

    def _corrected(self, epc: str, visit: _Visit, crossing: Crossing) -> Verdict | None:
        """The whole visit, where it contradicts the verdict given in the middle of it."""
        stayed = 1.0 - crossing.passed
        start = Side.INSIDE if crossing.ends > 0 else Side.OUTSIDE
        if stayed < CONFIDENT or start is visit.settled or abs(crossing.ends) < CLEARLY:
            return self._clear(epc, visit, crossing, CONFIDENT)
        back = Direction.IN if start is Side.INSIDE else Direction.OUT
        return self._verdict(epc, visit, back, start, stayed)

    def _doubtful(
        self, epc: str, visit: _Visit, crossing: Crossing, *, gone: bool
    ) -> Verdict | None:
        """The last word on a tag that was carried about the door, but not clearly through it."""
        stayed = 1.0 - crossing.passed
        if stayed < CONFIDENT:
            doubt = max(stayed, _through(crossing)[2])
            if visit.asked:
                return None
            return self._verdict(epc, visit, Direction.UNKNOWN, None, doubt)
        if not gone:
            return None
        start = Side.INSIDE if crossing.ends > 0 else Side.OUTSIDE
        return self._verdict(epc, visit, Direction.TURNED_BACK, start, stayed)

    def _verdict(
        self, epc: str, visit: _Visit, direction: Direction, side: Side | None, confidence: float
    ) -> Verdict:
        evidence = {"span_s": f"{visit.last_s - visit.trace.start_s:.1f}"}
        for name, sign in (("inside", 1), ("outside", -1)):
            reads, peak = visit.trace.summary(self._sides, sign)
            evidence[f"reads_{name}"] = str(reads)
            if reads:
                evidence[f"peak_{name}_dbm"] = f"{peak:.1f}"
        return Verdict(
            epc=epc, direction=direction, side=side, confidence=confidence, evidence=evidence
        )


def _around(points: list[Point], middle_s: float) -> list[Point]:
    return [point for point in points if abs(point.t_s - middle_s) <= SWING_S]


def _swing(points: list[Point]) -> list[Point]:
    """The points about the time when the tag was nearest; waiting at the door is left out."""
    if points[-1].t_s - points[0].t_s <= 2 * SWING_S:
        return points
    nearest = _around(points, weigh(points).centre_s)
    return _around(points, weigh(nearest).centre_s) if nearest else points


def _through(crossing: Crossing) -> tuple[Direction, Side, float]:
    """The likelier way through, the side it ends on, and the probability of just that."""
    if crossing.inward >= 0.5:
        return Direction.IN, Side.INSIDE, crossing.passed * crossing.inward
    return Direction.OUT, Side.OUTSIDE, crossing.passed * (1.0 - crossing.inward)


def _age_s(read: TagRead, newest_us: int) -> float:
    """How long before the newest read of its report it was made, by the reader's own clock."""
    return 0.0 if read.reader_time_us is None else (newest_us - read.reader_time_us) / 1e6


def _level(read: TagRead) -> float:
    if read.rssi_dbm is None:
        return NO_LEVEL_DBM
    return min(max(read.rssi_dbm, -120.0), 30.0)
