"""From flickering reads to passages: in, out, turned back, or an honest "unknown".

The verdict comes late on purpose: at the moment of crossing the levels of both sides say next to
nothing; two and a half seconds later they say nearly everything. Arrival by the monotonic clock
decides; a reader's own clock only spaces the reads of one report. A tag that is not in the
field costs nothing, a tag that lies in the field costs a bounded trace and no event.
Tags that come together lend each other their direction: see ``crowd``.

``DoorPassages`` is all the rest of the domain knows of this: reads go in, verdicts come out.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import itemgetter

from controller.domain.beams import Beams
from controller.domain.crossing import Point, features, scatter_db
from controller.domain.crowd import ENOUGH, HALF_S, LIKELY, TOGETHER_S, Crowd, crowd_of, densest
from controller.domain.model import Direction, Side
from controller.domain.plans import DoorRule
from controller.domain.trace import WINDOW_S
from controller.domain.visit import (
    A_STORY,
    LATE_S,
    LATEST_S,
    MOVED_DB,
    NOBODY_KNOWS,
    STAY_S,
    Finding,
    Visit,
    Weighing,
)
from drivers.observations import InputChanged, Moment, TagRead, TagReport

MIN_GAP_S = 1.5
"""Silence that ends a visit."""
MAX_GAP_S = 4.0
"""The same when so many tags share the air that each is read seldom."""
REVISITS_PER_GAP = 6.0
LOOK_EVERY_S = 1.0
RESIDENT_LOOK_EVERY_S = 2.5

CROWD_EVERY_S = 1.0
LEFT_KEPT_S = 10.0
"""How long after its last read a tag that is gone still counts to the crowd it came with."""

ESTABLISHED_S = 3.0
"""Followed for so long, a tag counts as present at the door."""
CARRIED_DROP_DB = 8.0
"""So far below its top both ends of a tag's levels lie that came and went."""
UNTUNED = DoorRule()

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
    through_score: float
    """Log-odds that it went through, by its own reads alone and before the door's tuning."""
    inward_score: float
    """Log-odds that it went in, likewise."""
    company: Company | None = None


class DoorPassages:
    """Every tag near one door, and what each of them did there."""

    def __init__(
        self,
        antennas: Mapping[int, Side],
        *,
        rule: DoorRule = UNTUNED,
        beams: Collection[int] = (),
    ) -> None:
        self._rule = rule
        self._beams = Beams(beams)
        self._side_heard_s = {1: -math.inf, -1: -math.inf}
        self._sides = {p: 1 if side is Side.INSIDE else -1 for p, side in antennas.items()}
        self._visits: dict[str, Visit] = {}
        self._revisit_s = MIN_GAP_S / REVISITS_PER_GAP
        self._last_arrival_s: float | None = None
        self._crowds: list[Crowd] = []
        self._crowds_s = -math.inf
        self._left: dict[str, Visit] = {}

    @property
    def in_field(self) -> int:
        """How many tags are being followed now."""
        return len(self._visits)

    def observe(self, report: TagReport) -> list[Verdict]:
        """Take in one report; the verdicts that became due on the tags in it."""
        now_s = report.at.monotonic_s
        touched: dict[str, Visit] = {}
        verdicts: list[Verdict] = []
        for t_s, epc, port, dbm, phase in self._timed(report):
            visit = self._visits.get(epc)
            if visit is not None and t_s >= visit.last_s + self._gap_s():
                verdicts += self._look(epc, visit, t_s, left=True)  # and no tick has said so
                visit = None
            touched[epc] = visit = self._visited(visit, epc, t_s)
            visit.trace.add(t_s, port, dbm, phase)
            visit.last_s = max(visit.last_s, t_s)
            visit.heard |= 2 if self._sides[port] > 0 else 1
            self._side_heard_s[self._sides[port]] = t_s
        for epc, visit in touched.items():
            visit.due_s = self._due_s(visit)
            if visit.due_s <= now_s:
                verdicts += self._look(epc, visit, now_s)
        return verdicts

    def tick(self, at: Moment) -> list[Verdict]:
        """The verdicts that became due because time passed."""
        now_s = at.monotonic_s
        old = [epc for epc, visit in self._left.items() if visit.last_s < now_s - LEFT_KEPT_S]
        for epc in old:
            del self._left[epc]
        due = [(epc, visit) for epc, visit in self._visits.items() if visit.due_s <= now_s]
        return [verdict for epc, visit in due for verdict in self._look(epc, visit, now_s)]

    def input(self, change: InputChanged) -> None:
        """A light beam of the door changed, or an input that is none."""
        self._beams.changed(change)

    def present(self, now_s: float) -> list[str]:
        """The tags that have been followed for a while and were heard just now."""
        return [
            epc
            for epc, visit in self._visits.items()
            if visit.last_s >= now_s - MIN_GAP_S and visit.last_s - visit.entered_s >= ESTABLISHED_S
        ]

    def freeze(self) -> list[Verdict]:
        """The reader was lost: whoever was in the doorway is a question, nobody has left."""
        open_visits, self._visits = self._visits, {}
        self._last_arrival_s = None
        self._beams.forget()
        return [
            self._verdict(epc, visit, NOBODY_KNOWS, None)
            for epc, visit in open_visits.items()
            if visit.undecided
        ]

    def _visited(self, visit: Visit | None, epc: str, t_s: float) -> Visit:
        if visit is not None:
            self._learn_revisit(t_s - visit.last_s)
            return visit
        before = self._left.pop(epc, None)
        if before is None or t_s - before.last_s >= LEFT_KEPT_S:
            visit = Visit(t_s)
        elif before.settled is None and not before.parked:
            visit = before  # read so seldom that it seemed to have gone
        else:
            visit = Visit(t_s)
            if before.settled is not None:
                visit.inherit(before.settled)
        self._visits[epc] = visit
        return visit

    def _timed(self, report: TagReport) -> list[tuple[float, str, int, float, float | None]]:
        """The reads in the order of time, on our clock; their order in the report is no matter."""
        arrival_s = report.at.monotonic_s
        heard = [read for read in report.reads if read.antenna in self._sides]
        stamps = [read.reader_time_us for read in heard if read.reader_time_us is not None]
        newest = max(stamps, default=0)
        oldest_s = MIN_GAP_S
        if self._last_arrival_s is not None:
            oldest_s = min(MAX_GAP_S, max(0.0, arrival_s - self._last_arrival_s))
        self._last_arrival_s = arrival_s
        timed = [
            (
                arrival_s - min(oldest_s, _age_s(read, newest)),
                read.epc,
                read.antenna,
                _level(read),
                read.phase_rad,
            )
            for read in heard
        ]
        timed.sort(key=_in_order)
        return timed

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

    def _look(self, epc: str, visit: Visit, now_s: float, *, left: bool = False) -> list[Verdict]:
        visit.looked_s = now_s
        crowd = self._company(visit, now_s)
        ripe = left or crowd is None or now_s >= crowd.nearest_s + LATE_S
        gone = left or (ripe and now_s >= visit.last_s + self._gap_s())
        if not visit.parked and self._overdue(visit, now_s):
            visit.parked = True
        points = visit.trace.points(self._sides)
        if visit.parked:
            visit.still = scatter_db(points) < MOVED_DB
            visit.rested |= visit.still
        found = None
        if visit.still and not gone:
            pass  # whatever it did before was weighed before
        elif ripe and (visit.both_sides or (crowd is not None and gone)):
            weighing = Weighing(crowd, self._rule, self._beams, now_s)
            found = visit.find(points, weighing, gone=gone)
        elif gone and self._deaf(visit, points):
            found = NOBODY_KNOWS
        verdicts = [] if found is None else [self._verdict(epc, visit, found, crowd)]
        if gone:
            del self._visits[epc]
            self._left[epc] = visit
            return verdicts
        if visit.parked:
            visit.trace.forget_before(visit.last_s - WINDOW_S)
        visit.due_s = self._due_s(visit)
        return verdicts

    def _deaf(self, visit: Visit, points: list[Point]) -> bool:
        """Whether it was carried by while the antennas of one side heard nobody at all."""
        silent = -1 if visit.heard == 2 else 1
        if len(points) < A_STORY or self._side_heard_s[silent] >= visit.entered_s:
            return False
        found = features(points, visit.trace.stillness)
        return found.scatter_db >= MOVED_DB and 10.0 * found.even[-1] >= CARRIED_DROP_DB

    def _overdue(self, visit: Visit, now_s: float) -> bool:
        """Long in the field and not just now at its nearest; or long since it was."""
        centre_s = visit.trace.centre_s
        due_s = max(visit.entered_s + STAY_S, centre_s + LATE_S)
        return now_s >= min(due_s, centre_s + LATEST_S)

    def _company(self, visit: Visit, now_s: float) -> Crowd | None:
        """The crowd it came with; they are made anew at most once a second, for many ask."""
        if visit.still:
            return None
        if now_s - self._crowds_s >= CROWD_EVERY_S:
            self._crowds_s, self._crowds = now_s, self._crowds_now(now_s)
        centre_s = visit.trace.centre_s
        near = [
            crowd
            for crowd in self._crowds
            if abs(crowd.nearest_s - centre_s) <= HALF_S
            or visit.trace.start_s < crowd.nearest_s < visit.last_s + MIN_GAP_S
        ]
        return min(near, key=lambda c: abs(c.nearest_s - centre_s), default=None)

    def _crowds_now(self, now_s: float) -> list[Crowd]:
        """What came together lately, of tags gone or not."""
        near = [v for v in (*self._left.values(), *self._visits.values()) if not v.still]
        if len(near) < ENOUGH:
            return []
        likely = [v for v in near if v.alone(self._sides).through_score > LIKELY]
        crowds = [crowd for crowd in self._crowds if now_s - crowd.nearest_s <= LEFT_KEPT_S]
        while (middle_s := densest([v.centre_s(self._sides) for v in likely])) is not None:
            together = [v for v in likely if abs(v.centre_s(self._sides) - middle_s) <= TOGETHER_S]
            crowd = crowd_of([v.trace for v in together], middle_s, self._sides)
            if crowd is not None:
                crowds = crowd.among(crowds)
            likely = [v for v in likely if abs(v.centre_s(self._sides) - middle_s) > HALF_S]
        return crowds

    def _verdict(self, epc: str, visit: Visit, found: Finding, crowd: Crowd | None) -> Verdict:
        evidence = {"span_s": f"{visit.last_s - visit.trace.start_s:.1f}"}
        for name, sign in (("inside", 1), ("outside", -1)):
            reads, peak = visit.trace.summary(self._sides, sign)
            evidence[f"reads_{name}"] = str(reads)
            if reads:
                evidence[f"peak_{name}_dbm"] = f"{peak:.1f}"
            elif visit.heard:
                evidence["silent_side"] = name
        own = visit.alone(self._sides)
        stillness = visit.trace.stillness
        if stillness is not None:
            evidence["stillness"] = f"{stillness:.2f}"
        if found.crossing is not None:
            passed, inward = found.crossing.passed, found.crossing.inward
            evidence["p_in"] = f"{passed * inward:.3f}"
            evidence["p_out"] = f"{passed * (1.0 - inward):.3f}"
            evidence["p_none"] = f"{1.0 - passed:.3f}"
        return Verdict(
            epc=epc,
            direction=found.direction,
            side=found.side,
            confidence=found.confidence,
            evidence=evidence,
            likelier=found.likelier,
            through_score=own.through_score,
            inward_score=own.inward_score,
            company=_company(found, crowd),
        )


_in_order = itemgetter(0, 1, 2, 3)


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
