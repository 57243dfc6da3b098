"""From flickering reads to passages: in, out, turned back, or an honest "unknown".

The verdict comes late on purpose: at the moment of crossing the levels of both sides say next to
nothing; two and a half seconds later they say nearly everything. Arrival by the monotonic clock
decides; a reader's own clock only spaces the reads of one report. A tag that is not in the
field costs nothing, a tag that lies in the field costs a bounded trace and no event.
Tags that come together lend each other their direction: see ``crowd``.

``DoorPassages`` is all the rest of the domain knows of this: reads go in, verdicts come out.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.crossing import weigh
from controller.domain.crowd import TOGETHER_S, Crowd, Pool
from controller.domain.model import Direction, Side
from controller.domain.trace import WINDOW_S
from controller.domain.visit import LATE_S, MOVED_DB, Finding, Visit
from drivers.observations import Moment, TagRead, TagReport

MIN_GAP_S = 1.5
"""Silence that ends a visit."""
MAX_GAP_S = 4.0
"""The same when so many tags share the air that each is read seldom."""
REVISITS_PER_GAP = 6.0
LOOK_EVERY_S = 1.0
RESIDENT_S = 14.0
"""Longer in the field: it gets its last word now, and from then on counts as parked there."""
RESIDENT_LOOK_EVERY_S = 2.5

CROWD_EVERY_S = 0.5
LEFT_KEPT_S = 10.0
"""How long after its last read a tag that is gone still counts to the crowd it came with."""

NO_LEVEL_DBM = -60.0
"""Stands for the level of a reader that does not say; only differences matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The trolley a tag came with, as it stood when the tag was judged."""

    nearest_s: float
    """When it was nearest, by the monotonic clock."""
    direction: Direction
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one tag did."""

    epc: str
    direction: Direction
    side: Side | None
    """Where it is now; ``None`` when that is the question."""
    confidence: float
    evidence: dict[str, str]
    likelier: Direction
    """In or out, whichever is likelier, however little that means."""
    company: Company | None = None


class DoorPassages:
    """Every tag near one door, and what each of them did there."""

    def __init__(self, antennas: Mapping[int, Side]) -> None:
        self._sides = {p: 1 if side is Side.INSIDE else -1 for p, side in antennas.items()}
        self._visits: dict[str, Visit] = {}
        self._revisit_s = MIN_GAP_S / REVISITS_PER_GAP
        self._last_arrival_s: float | None = None
        self._pool = Pool()
        self._crowds: dict[int, tuple[float, Crowd | None]] = {}
        self._left: dict[str, tuple[float, float, Side | None]] = {}

    @property
    def in_field(self) -> int:
        """How many tags are being followed now."""
        return len(self._visits)

    def observe(self, report: TagReport) -> list[Verdict]:
        """Take in one report; the verdicts that became due on the tags in it."""
        now_s = report.at.monotonic_s
        touched: dict[str, Visit] = {}
        verdicts: list[Verdict] = []
        for t_s, epc, port, dbm in self._timed(report):
            visit = self._visits.get(epc)
            if visit is not None and t_s >= visit.last_s + self._gap_s():
                verdicts += self._look(epc, visit, t_s)  # it had gone, and no tick has said so
                visit = None
            touched[epc] = self._hear(visit, epc, t_s, port, dbm)
        for epc, visit in touched.items():
            visit.due_s = self._due_s(visit)
            if visit.due_s <= now_s:
                verdicts += self._look(epc, visit, now_s)
        return verdicts

    def tick(self, at: Moment) -> list[Verdict]:
        """The verdicts that became due because time passed."""
        now_s = at.monotonic_s
        old = [epc for epc, (left_s, _, _) in self._left.items() if left_s < now_s - LEFT_KEPT_S]
        for epc in old:
            del self._left[epc]
        due = [(epc, visit) for epc, visit in self._visits.items() if visit.due_s <= now_s]
        return [verdict for epc, visit in due for verdict in self._look(epc, visit, now_s)]

    def freeze(self) -> list[Verdict]:
        """The reader was lost: whoever was in the doorway is a question, nobody has left."""
        open_visits, self._visits = self._visits, {}
        nobody_knows = Finding(
            direction=Direction.UNKNOWN, side=None, confidence=0.0, likelier=Direction.OUT
        )
        self._last_arrival_s = None
        return [
            self._verdict(epc, visit, nobody_knows, None)
            for epc, visit in open_visits.items()
            if visit.undecided
        ]

    def _hear(self, visit: Visit | None, epc: str, t_s: float, port: int, dbm: float) -> Visit:
        if visit is None:
            visit = self._visits[epc] = self._new_visit(epc, t_s)
        else:
            self._learn_revisit(t_s - visit.last_s)
        visit.trace.add(t_s, port, dbm)
        if not visit.still:
            self._pool.hear(t_s, port, dbm)
        visit.last_s = max(visit.last_s, t_s)
        visit.heard |= 2 if self._sides[port] > 0 else 1
        return visit

    def _new_visit(self, epc: str, t_s: float) -> Visit:
        visit = Visit(t_s)
        left_s, _, side = self._left.pop(epc, (0.0, 0.0, None))
        if side is not None and t_s - left_s < LEFT_KEPT_S:
            visit.inherit(side)
        return visit

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

    def _due_s(self, visit: Visit) -> float:
        """When to look at it next, if it is not read again before."""
        silent_s = visit.last_s + self._gap_s()
        if not visit.both_sides:
            return silent_s
        every_s = RESIDENT_LOOK_EVERY_S if visit.parked else LOOK_EVERY_S
        return min(silent_s, max(visit.trace.centre_s + LATE_S, visit.looked_s + every_s))

    def _look(self, epc: str, visit: Visit, now_s: float) -> list[Verdict]:
        visit.looked_s = now_s
        gone = now_s >= visit.last_s + self._gap_s()
        crowd = self._company(visit, now_s)
        ripe = gone or crowd is None or now_s >= crowd.nearest_s + LATE_S
        overdue = not visit.parked and ripe and self._overdue(visit, now_s)
        points = visit.trace.points(self._sides)
        found = None
        if ripe and (visit.both_sides or (crowd is not None and gone)):
            found = visit.find(points, now_s, crowd, gone=gone, last_word=gone or overdue)
        verdicts = [] if found is None else [self._verdict(epc, visit, found, crowd)]
        if gone:
            del self._visits[epc]
            self._left[epc] = (visit.last_s, visit.trace.centre_s, visit.settled)
            return verdicts
        if overdue or visit.parked:
            visit.parked = True
            visit.still = weigh(points).scatter_db < MOVED_DB
            visit.trace.forget_before(visit.last_s - WINDOW_S)
        visit.due_s = self._due_s(visit)
        return verdicts

    def _overdue(self, visit: Visit, now_s: float) -> bool:
        """Long in the field and not just now at its nearest."""
        return now_s >= max(visit.entered_s + RESIDENT_S, visit.trace.centre_s + LATE_S)

    def _company(self, visit: Visit, now_s: float) -> Crowd | None:
        """The crowd it came with; made anew at most twice a second, for many ask."""
        if visit.still:
            return None
        key = int(visit.trace.centre_s / TOGETHER_S * 2)
        made_s, crowd = self._crowds.get(key, (-math.inf, None))
        if now_s - made_s >= CROWD_EVERY_S:
            crowd = self._pool.crowd(self._nearest_about(visit.trace.centre_s), self._sides)
            self._crowds = {k: c for k, c in self._crowds.items() if now_s - c[0] < CROWD_EVERY_S}
            self._crowds[key] = (now_s, crowd)
        return crowd

    def _nearest_about(self, middle_s: float) -> list[float]:
        """When each tag was nearest that was so at about ``middle_s``, gone or not."""
        centres = [centre_s for _, centre_s, _ in self._left.values()]
        centres += [v.trace.centre_s for v in self._visits.values() if not v.still]
        return [c for c in centres if abs(c - middle_s) <= TOGETHER_S]

    def _verdict(self, epc: str, visit: Visit, found: Finding, crowd: Crowd | None) -> Verdict:
        evidence = {"span_s": f"{visit.last_s - visit.trace.start_s:.1f}"}
        for name, sign in (("inside", 1), ("outside", -1)):
            reads, peak = visit.trace.summary(self._sides, sign)
            evidence[f"reads_{name}"] = str(reads)
            if reads:
                evidence[f"peak_{name}_dbm"] = f"{peak:.1f}"
        return Verdict(
            epc=epc,
            direction=found.direction,
            side=found.side,
            confidence=found.confidence,
            evidence=evidence,
            likelier=found.likelier,
            company=_company(found, crowd),
        )


def _age_s(read: TagRead, newest_us: int) -> float:
    """How long before the newest read of its report it was made, by the reader's own clock."""
    return 0.0 if read.reader_time_us is None else (newest_us - read.reader_time_us) / 1e6


def _level(read: TagRead) -> float:
    if read.rssi_dbm is None:
        return NO_LEVEL_DBM
    return min(max(read.rssi_dbm, -120.0), 30.0)


def _company(found: Finding, crowd: Crowd | None) -> Company | None:
    """The trolley it went with, if there was one and it went the same way."""
    if crowd is None or not crowd.sure or found.direction is not crowd.direction:
        return None
    return Company(
        nearest_s=crowd.nearest_s, direction=crowd.direction, confidence=crowd.confidence
    )
