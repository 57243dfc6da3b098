"""Tags that came together: a trolley tells its direction better than any file on it.

Two hundred files share the air of one reader; each is read five or ten times, too seldom to say
which way it went. Pooled, they are one object that is read a thousand times. A file that came and
went with that object borrows its direction; one that lay still, or went the other way, does not.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from controller.domain.crossing import Crossing, Point, weigh
from controller.domain.model import Direction

ENOUGH = 6
"""So many tags make a crowd."""
TOGETHER_S = 1.25
"""Tags that were nearest so little apart came together."""
HALF_S = 3.5
"""A crowd is looked at so long before and after it was nearest."""
MOVED_DB = 3.0
SLOT_S = 0.25
KEPT_S = 20.0
SURE = 2.0
"""Log-odds of its direction that make a crowd's word worth borrowing."""
OWN_WORD = 1.4
"""Log-odds with which a tag contradicts its crowd: a person is asked."""

# Fitted, with the weights of ``crossing``, on simulated trolleys among strays.
_BIAS, _OWN, _TIMING, _LEVEL = 1.054, 0.595, 1.964, 0.834
_OWN_SCATTER_DB, _CROWD_SCATTER_DB = 2.5, 5.0
_LEVEL_AT_MOST = 40.0

Cell = tuple[float, float]
"""Reads in one slot of one port, and their mean level in dBm."""


class Pool:
    """All reads of one door lately, of tags that are not parked there."""

    def __init__(self) -> None:
        self._slots: dict[int, dict[int, list[float]]] = {}

    def hear(self, t_s: float, port: int, dbm: float) -> None:
        """Take in one read."""
        number = int(t_s / SLOT_S)
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = {}
            for old in [n for n in self._slots if n < number - KEPT_S / SLOT_S]:
                del self._slots[old]
        cell = slot.setdefault(port, [0.0, 0.0])
        cell[0] += 1.0
        cell[1] += dbm

    def crowd(self, centres_s: Sequence[float], sides: Mapping[int, int]) -> "Crowd | None":
        """The crowd of the tags that were nearest at those times, if they are one."""
        if len(centres_s) < ENOUGH:
            return None
        middle_s = sorted(centres_s)[len(centres_s) // 2]
        first, last = int((middle_s - HALF_S) / SLOT_S), int((middle_s + HALF_S) / SLOT_S)
        cells = {
            (port, number - first): (count, total / count)
            for number, slot in self._slots.items()
            if first <= number <= last
            for port, (count, total) in slot.items()
        }
        points = [
            Point(n * SLOT_S, dbm, sides[port], port) for (port, n), (_, dbm) in cells.items()
        ]
        if not points:
            return None
        points.sort(key=lambda point: (point.t_s, point.port))
        crossing = weigh(points)
        if crossing.scatter_db < MOVED_DB:
            return None
        return Crowd(first * SLOT_S, last - first + 1, cells, crossing)


class Crowd:
    """One trolley: how it went, and how likely a tag was on it."""

    def __init__(
        self,
        start_s: float,
        slots: int,
        cells: Mapping[tuple[int, int], Cell],
        crossing: Crossing,
    ) -> None:
        self.nearest_s = start_s + crossing.centre_s
        self._start_s = start_s
        self._slots = slots
        self._cells = cells
        self._crossing = crossing
        self._ports = sorted({port for port, _ in cells})
        self._total = sum(count for count, _ in cells.values()) + 0.5 * len(self._ports) * slots

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
        against = own.inward_score * self._crossing.inward_score < 0
        if against and abs(own.inward_score) > OWN_WORD:
            return 0.0
        return own.inward_score + 2.0 * self._crossing.inward_score

    def _here(self, points: Iterable[Point], start_s: float) -> list[tuple[int, int, float]]:
        """Port, slot and level of the points that fall into the crowd's time."""
        placed = [
            (point.port, int((start_s + point.t_s - self._start_s) / SLOT_S), point.dbm)
            for point in points
        ]
        return [p for p in placed if 0 <= p[1] < self._slots and p[0] in self._ports]

    def _timing(self, here: Sequence[tuple[int, int, float]]) -> float:
        """Log-likelihood of its read times: with the crowd, against evenly all the time."""
        mine = dict.fromkeys(self._ports, 0.5)
        for port, _, _ in here:
            mine[port] += 1.0
        evenly = {port: math.log(n / sum(mine.values()) / self._slots) for port, n in mine.items()}
        nothing: Cell = (0.0, 0.0)
        return sum(
            math.log((self._cells.get((port, slot), nothing)[0] + 0.5) / self._total) - evenly[port]
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
