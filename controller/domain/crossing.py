"""From one tag's levels at two sides of a door: did it go through, and which way.

Two groups of features. *Odd* ones change sign when time runs backwards: they say which way, have
non-negative weights and no intercept, so no direction is favoured. *Even* ones do not: they say
whether it went through at all. Level, length and count of reads as such are left out: they differ
from room to room. Pure arithmetic on one short trace; knows no door and no clock.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

ENOUGH = 24
"""So many points make a trace as good as it gets; fewer shrink every score towards "unknown"."""

UNHEARD_STILLNESS = 0.3
"""Stands for the phases of a reader that reports none."""

# Fitted on simulated tag streams of sound antenna layouts.
_ODD = (2.832, 1.134, 0.487, 0.385, 0.083)
_EVEN = (-0.603, -0.039, 2.124, -0.400, 1.987, 3.948, 1.285, -1.243, 1.483)
_EVEN_SHRUNK = (3.569, 1.633, 2.094, -0.090, 0.740, -1.020, -3.107, -2.425, -1.899)
_EVEN_BIAS = -2.281


class Point(NamedTuple):
    """The mean of one antenna's reads in one short span of time."""

    t_s: float
    dbm: float
    side: int
    """+1 inside, -1 outside."""
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """What a trace says."""

    through_score: float
    """Log-odds that it went through."""
    inward_score: float
    """Log-odds that it went in, given that it went through."""
    centre_s: float
    """When it was nearest: the mean time, weighted by power."""
    scatter_db: float
    """Scatter of the level within one antenna: still tags below about 2, carried ones above 3."""
    ends: float
    """Where it was first and last: +1 both inside, -1 both outside, 0 one of each or unclear."""

    @property
    def passed(self) -> float:
        """Probability that it went through, 0 to 1."""
        return logistic(self.through_score)

    @property
    def inward(self) -> float:
        """Probability that it went in, given that it went through, 0 to 1."""
        return logistic(self.inward_score)


class Features(NamedTuple):
    """What is weighed."""

    odd: tuple[float, ...]
    """Change sign when time runs backwards."""
    even: tuple[float, ...]
    shrink: float
    """0 to 1: how much of a trace there is."""
    centre_s: float
    scatter_db: float
    ends: float


def weigh(trace: Sequence[Point], stillness: float | None = None) -> Crossing:
    """What ``trace`` says; it must hold at least one point and be in the order of time.

    ``stillness``: how well the phases repeat, where the reader reports them.
    """
    found = features(trace, stillness)
    score = _EVEN_BIAS
    for value, weight, shrunk in zip(found.even, _EVEN, _EVEN_SHRUNK, strict=True):
        score += value * (weight + shrunk * found.shrink)
    inward = sum(value * weight for value, weight in zip(found.odd, _ODD, strict=True))
    return Crossing(
        through_score=score if len(trace) > 1 else -35.0,
        inward_score=inward * found.shrink,
        centre_s=found.centre_s,
        scatter_db=found.scatter_db,
        ends=found.ends,
    )


def features(trace: Sequence[Point], stillness: float | None) -> Features:
    """The features of ``trace``."""
    levels = [point.dbm for point in trace]
    top = max(levels)
    weights = [10.0 ** ((level - top) / 20.0) for level in levels]
    early, late = _balances(trace, weights)
    share = _share(trace, weights)
    centre, centroid = _centroids(trace, weights)
    slope, scatter = _slope_and_scatter(trace)
    spread, drop = _spread_and_drop(levels)
    return Features(
        odd=(share, (late - early) / 2, centroid, slope, _peak(trace)),
        even=(
            -early * late,
            abs(centroid),
            abs(share),
            abs(_order(trace)),
            abs(slope) / 5,
            scatter / 5,
            spread / 15,
            UNHEARD_STILLNESS if stillness is None else stillness,
            drop / 10,
        ),
        shrink=math.sqrt(min(len(trace), ENOUGH) / ENOUGH),
        centre_s=centre,
        scatter_db=scatter,
        ends=(early + late) / 2,
    )


def centre_of(trace: Sequence[Point]) -> float:
    """When it was nearest: the mean time, weighted by power; ``trace`` holds a point."""
    mass = moment = 0.0
    for point in trace:
        power = 10.0 ** ((point.dbm + 60.0) / 10.0)
        mass += power
        moment += power * point.t_s
    return moment / mass


def scatter_db(trace: Sequence[Point]) -> float:
    """Scatter of the level within one antenna; 3 dB where there is no second point of any."""
    sums: dict[int, tuple[int, float, float]] = {}
    for _, dbm, _, port in trace:
        count, total, squares = sums.get(port, (0, 0.0, 0.0))
        sums[port] = (count + 1, total + dbm, squares + dbm * dbm)
    freedom = len(trace) - len(sums)
    if not freedom:
        return 3.0
    spread = sum(squares - total * total / count for count, total, squares in sums.values())
    return math.sqrt(max(0.0, spread) / freedom)


def logistic(score: float) -> float:
    """Log-odds to probability, without overflow."""
    return 1.0 / (1.0 + math.exp(-max(-35.0, min(35.0, score))))


def _balances(trace: Sequence[Point], weights: Sequence[float]) -> tuple[float, float]:
    """Side balance of the first and of the last third, each -1 (outside) to +1 (inside)."""
    third = max(1, len(trace) // 3)

    def balance(where: slice) -> float:
        total = sum(weights[where])
        pairs = zip(trace[where], weights[where], strict=True)
        return sum(w * point.side for point, w in pairs) / total

    return balance(slice(0, third)), balance(slice(-third, None))


def _share(trace: Sequence[Point], weights: Sequence[float]) -> float:
    """Inside share of the late half minus that of the early half, smoothed."""
    middle = 0.5 * (trace[0].t_s + trace[-1].t_s)
    inside = [0.25, 0.25]
    total = [0.5, 0.5]
    for point, weight in zip(trace, weights, strict=True):
        half = point.t_s > middle
        total[half] += weight
        if point.side > 0:
            inside[half] += weight
    return inside[1] / total[1] - inside[0] / total[0]


def _centroids(trace: Sequence[Point], weights: Sequence[float]) -> tuple[float, float]:
    """Power-weighted mean time; that of the inside minus that of the outside, over the spread."""
    mass = {1: 0.0, -1: 0.0}
    moment = {1: 0.0, -1: 0.0}
    square = 0.0
    for point, weight in zip(trace, weights, strict=True):
        power = weight * weight
        mass[point.side] += power
        moment[point.side] += power * point.t_s
        square += power * point.t_s * point.t_s
    total = mass[1] + mass[-1]
    mean = (moment[1] + moment[-1]) / total
    if not (mass[1] and mass[-1]):
        return mean, 0.0
    spread = math.sqrt(max(0.0, square / total - mean * mean)) + 0.05
    return mean, (moment[1] / mass[1] - moment[-1] / mass[-1]) / spread


def _slope_and_scatter(trace: Sequence[Point]) -> tuple[float, float]:
    """Side-signed trend of the level in dB per half span, and its scatter within a port in dB."""
    sums: dict[int, tuple[int, float]] = {}
    for point in trace:
        count, total = sums.get(point.port, (0, 0.0))
        sums[point.port] = (count + 1, total + point.dbm)
    means = {port: total / count for port, (count, total) in sums.items()}
    middle = sum(point.t_s for point in trace) / len(trace)
    half = max(trace[-1].t_s - trace[0].t_s, 0.2) / 2
    rise = spread = squares = 0.0
    for point in trace:
        late = (point.t_s - middle) / half
        level = point.dbm - means[point.port]
        rise += point.side * late * level
        spread += late * late
        squares += level * level
    freedom = len(trace) - len(sums)
    scatter = math.sqrt(squares / freedom) if freedom else 3.0
    return rise / max(spread, 0.3), scatter


def _peak(trace: Sequence[Point]) -> float:
    """Time from the outside's peak to the inside's, as a share of the span."""
    inside = [point for point in trace if point.side > 0]
    outside = [point for point in trace if point.side < 0]
    if not (inside and outside):
        return 0.0
    span = max(trace[-1].t_s - trace[0].t_s, 0.2)
    apart = max(inside, key=lambda p: p.dbm).t_s - max(outside, key=lambda p: p.dbm).t_s
    return max(-1.0, min(1.0, apart / span))


def _order(trace: Sequence[Point]) -> float:
    """Of all pairs of an inside and an outside point: share in order in-last minus in-first."""
    inside = outside = after = before = 0
    for point in trace:
        if point.side > 0:
            inside += 1
            after += outside
        else:
            outside += 1
            before += inside
    pairs = inside * outside
    return (after - before) / pairs if pairs else 0.0


def _spread_and_drop(levels: Sequence[float]) -> tuple[float, float]:
    """The 5 to 95 % range of the level, and how far both ends lie below its top, in dB."""
    ranked = sorted(levels)
    count = len(ranked)
    spread = _quantile(ranked, 0.95) - _quantile(ranked, 0.05)
    loudest = ranked[-max(1, count // 10) :]
    top = sum(loudest) / len(loudest)
    edge = max(1, count // 7)
    return spread, min(top - sum(levels[:edge]) / edge, top - sum(levels[-edge:]) / edge)


def _quantile(ranked: Sequence[float], share: float) -> float:
    place = share * (len(ranked) - 1)
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (place - below) * (ranked[above] - ranked[below])
