"""From flickering reads to passages: in, out, turned back, or an honest "unknown".

The verdict comes late on purpose: at the moment of crossing the levels of both sides say next to
nothing; a second and a half later they say nearly everything. Arrival by the monotonic clock
decides; a reader's own clock only spaces the reads of one report. A tag that is not in the
field costs nothing, a tag that lies in the field costs a bounded trace and no event.

``DoorPassages`` is all the rest of the domain knows of this: reads go in, verdicts come out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.crossing import Crossing, weigh
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
        if visit.parked:
            visit.trace.forget_before(visit.last_s - WINDOW_S)
        verdict = self._judge(epc, visit, now_s, gone=gone) if visit.both_sides else None
        if verdict is not None:
            visit.settled = verdict.side
            visit.asked = verdict.side is None
        if gone:
            del self._visits[epc]
        else:
            visit.parked = now_s >= visit.entered_s + RESIDENT_S
            visit.due_s = self._due_s(visit)
        return [] if verdict is None else [verdict]

    def _judge(self, epc: str, visit: _Visit, now_s: float, *, gone: bool) -> Verdict | None:
        trace = visit.trace
        crossing = weigh(trace.points(self._sides))
        moved = crossing.scatter_db >= MOVED_DB
        if visit.parked and not (moved and trace.centre_s - trace.start_s >= LATE_S):
            return None  # at rest, or the window shows only the end of something
        last_word = gone or (not visit.parked and now_s >= visit.entered_s + RESIDENT_S)
        direction, side, confidence = _through(crossing)
        enough = CONFIDENT if last_word else (RESIDENT if visit.parked else EARLY)
        if confidence >= enough:
            if side is visit.settled:
                return None
            return self._verdict(epc, visit, direction, side, confidence)
        if not (last_word and moved):
            return None
        return self._doubtful(epc, visit, crossing, gone=gone)

    def _doubtful(
        self, epc: str, visit: _Visit, crossing: Crossing, *, gone: bool
    ) -> Verdict | None:
        """The last word on a tag that was carried about the door, but not clearly through it."""
        stayed = 1.0 - crossing.passed
        start = Side.INSIDE if crossing.ends > 0 else Side.OUTSIDE
        if visit.settled is not None:
            if stayed < CONFIDENT or start is visit.settled or abs(crossing.ends) < CLEARLY:
                return None
            back = Direction.IN if start is Side.INSIDE else Direction.OUT
            return self._verdict(epc, visit, back, start, stayed)
        if stayed < CONFIDENT:
            if visit.asked:
                return None
            doubt = max(stayed, _through(crossing)[2])
            return self._verdict(epc, visit, Direction.UNKNOWN, None, doubt)
        return self._verdict(epc, visit, Direction.TURNED_BACK, start, stayed) if gone else None

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
