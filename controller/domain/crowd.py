"""Tags that came together: a trolley tells its direction better than any file on it.

Two hundred files share the air of one reader; each is read five or ten times, too seldom to say
which way it went. Pooled, they are one object that is read a thousand times. A file that came and
went with that object borrows its direction; one that lay still, or went the other way, does not.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from controller.domain.crossing import Crossing, Point, weigh
from controller.domain.model import Direction
from controller.domain.trace import Trace

ENOUGH = 6
"""So many tags make a crowd."""
TOGETHER_S = 1.25
"""Tags that were nearest so little apart came together."""
HALF_S = 3.5
"""A crowd is looked at so long before and after it was nearest."""
MOVED_DB = 3.0
LIKELY = -1.5
"""Log-odds of having gone through that make a tag one of a crowd."""
BIGGER = 1.5
"""So many times larger a crowd is the one that is meant, of two at about the same time."""
SLOT_S = 0.25
SURE = 2.0
"""Log-odds of its direction that make a crowd's word worth borrowing."""
OWN_WORD = 4.0
"""Log-odds with which a tag contradicts its crowd: a person is asked."""

DOUBTED = 0.5
"""Log-odds left of the direction of a crowd that a member contradicts."""

# Fitted, with the weights of ``crossing``, on simulated trolleys among strays.
_BIAS, _OWN, _TIMING, _LEVEL = 1.046, 0.602, 1.879, 0.819
_OWN_SCATTER_DB, _CROWD_SCATTER_DB = 2.5, 5.0
_LEVEL_AT_MOST = 40.0

Cell = tuple[float, float]
"""Reads in one slot of one port, and their mean level in dBm."""


def densest(centres_s: Iterable[float]) -> float | None:
    """The middle of the time in which most tags were nearest, if enough were."""
    ranked = sorted(centres_s)
    best, ended = (0, 0), 0
    for begun, first_s in enumerate(ranked):
        while ended < len(ranked) and ranked[ended] - first_s <= 2 * TOGETHER_S:
            ended += 1
        if ended - begun > best[1] - best[0]:
            best = (begun, ended)
    return ranked[sum(best) // 2] if best[1] - best[0] >= ENOUGH else None


def crowd_of(
    traces: Collection[Trace], middle_s: float, sides: Mapping[int, int]
) -> "Crowd | None":
    """What those tags are as one object about ``middle_s``, if that moved."""
    first, last = int((middle_s - HALF_S) / SLOT_S), int((middle_s + HALF_S) / SLOT_S)
    sums: dict[tuple[int, int], list[float]] = {}
    for trace in traces:
        for t_s, reads, dbm, port in trace.cells():
            number = int(t_s / SLOT_S)
            if first <= number <= last:
                cell = sums.setdefault((port, number - first), [0.0, 0.0])
                cell[0] += reads
                cell[1] += reads * dbm
    points = [
        Point(n * SLOT_S, total / count, sides[port], port)
        for (port, n), (count, total) in sums.items()
    ]
    if not points:
        return None
    points.sort(key=lambda point: (point.t_s, point.port))
    crossing = weigh(points)
    if crossing.scatter_db < MOVED_DB:
        return None
    cells = {key: (count, total / count) for key, (count, total) in sums.items()}
    return Crowd(len(traces), first * SLOT_S, last - first + 1, cells, crossing)


class Crowd:
    """One trolley: how it went, and how likely a tag was on it."""

    def __init__(
        self,
        size: int,
        start_s: float,
        slots: int,
        cells: Mapping[tuple[int, int], Cell],
        crossing: Crossing,
    ) -> None:
        self.size = size
        self.nearest_s = start_s + crossing.centre_s
        self._start_s = start_s
        self._slots = slots
        self._cells = cells
        self._crossing = crossing
        self._ports = sorted({port for port, _ in cells})
        self._total = sum(count for count, _ in cells.values()) + SLOT_S * len(self._ports) * slots

    @property
    def sure(self) -> bool:
        """Whether it went through, and its direction is worth borrowing."""
        return self._crossing.passed >= 0.5 and abs(self._crossing.inward_score) >= SURE

    @property
    def direction(self) -> Direction:
        """The likelier way it went."""
        return Direction.IN if self._crossing.inward >= 0.5 else Direction.OUT

    @property
    def confidence(self) -> float:
        """Probability that it went that way."""
        inward = self._crossing.inward
        return self._crossing.passed * max(inward, 1.0 - inward)

    def among(self, others: Iterable["Crowd"]) -> list["Crowd"]:
        """Those others and it; of those at about the same time only the largest speaks."""
        near = [c for c in others if abs(c.nearest_s - self.nearest_s) <= 2 * HALF_S]
        if any(crowd.size > BIGGER * self.size for crowd in near):
            return list(others)
        return [self, *(c for c in others if abs(c.nearest_s - self.nearest_s) > HALF_S)]

    def correct(self, points: Iterable[Point], start_s: float, own: Crossing) -> Crossing:
        """What ``own`` becomes in this company; the times of ``points`` count from ``start_s``."""
        here = self._here(points, start_s)
        if not here:
            return own
        level = max(-_LEVEL_AT_MOST, min(_LEVEL_AT_MOST, self._level(here)))
        alike = (_TIMING * self._timing(here) + _LEVEL * level) / math.sqrt(len(here) + 1.0)
        if self._crossing.passed < 0.5:
            lower = min(own.through_score, self._crossing.through_score)
            return replace(own, through_score=lower) if alike > 0.0 else own
        if abs(self._crossing.inward_score) < SURE:
            return own
        score = _BIAS + _OWN * own.through_score + alike
        moved = max(own.scatter_db, self._crossing.scatter_db)
        return replace(own, through_score=score, inward_score=self._inward(own), scatter_db=moved)

    def _inward(self, own: Crossing) -> float:
        group = self._crossing.inward_score
        if own.inward_score * group < 0 and abs(own.inward_score) > OWN_WORD:
            return math.copysign(DOUBTED, group)
        return own.inward_score + 2.0 * group

    def _here(self, points: Iterable[Point], start_s: float) -> list[tuple[int, int, float]]:
        """Port, slot and mean level of what was heard in the crowd's time."""
        sums: dict[tuple[int, int], list[float]] = {}
        for point in points:
            slot = int((start_s + point.t_s - self._start_s) / SLOT_S)
            if 0 <= slot < self._slots and point.port in self._ports:
                cell = sums.setdefault((point.port, slot), [0.0, 0.0])
                cell[0] += 1.0
                cell[1] += point.dbm
        return [(port, slot, total / n) for (port, slot), (n, total) in sums.items()]

    def _timing(self, here: Sequence[tuple[int, int, float]]) -> float:
        """Log-likelihood of its read times: with the crowd, against evenly all the time."""
        mine = dict.fromkeys(self._ports, 0.5)
        for port, _, _ in here:
            mine[port] += 1.0
        evenly = {port: math.log(n / sum(mine.values()) / self._slots) for port, n in mine.items()}
        nothing: Cell = (0.0, 0.0)
        return sum(
            math.log((self._cells.get((port, slot), nothing)[0] + SLOT_S) / self._total)
            - evenly[port]
            for port, slot, _ in here
        )

    def _level(self, here: Sequence[tuple[int, int, float]]) -> float:
        """Log-likelihood of its levels: those of the crowd, against its own mean at each port."""
        gaps = [
            dbm - self._cells[port, slot][1] if (port, slot) in self._cells else 0.0
            for port, slot, dbm in here
        ]
        offset = sum(gaps) / (len(gaps) + 0.5)
        with_crowd = sum(_normal(gap - offset, _CROWD_SCATTER_DB) for gap in gaps)
        alone = 0.0
        for port in self._ports:
            levels = [dbm for p, _, dbm in here if p == port]
            if levels:
                mean = sum(levels) / len(levels)
                alone += sum(_normal(dbm - mean, _OWN_SCATTER_DB) for dbm in levels)
                alone -= 0.5 * math.log(1.0 + 9.0 * len(levels))
        return with_crowd - alone


def _normal(x: float, scatter: float) -> float:
    return -0.5 * (x / scatter) ** 2 - math.log(scatter)
