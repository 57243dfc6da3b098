"""One tag in the field of one door, and what can be said of it so far.

A tag that is still being read is judged once it has clearly come and gone; one that fell silent
gets its last word. What was reported is not reported again: the end of a swing looks like the
beginning of another, so a second one must be seen whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from controller.domain.beams import Beams
from controller.domain.crossing import Crossing, Point, centre_of, weigh
from controller.domain.crowd import Crowd
from controller.domain.model import Direction, Side
from controller.domain.plans import DoorRule
from controller.domain.trace import Trace

CONFIDENT = 0.80
"""Below it a direction is unknown, and a person is asked."""
UNLIKELY = 0.5
"""From here on a visit that was reported as a passage is doubted at its end."""
EARLY = 0.98
"""What a finding on a tag that is still being read must reach."""
RESIDENT = 0.98
"""What a finding on a tag that lay still must reach while it is still being read."""
MOVED_DB = 3.0
"""Scatter of the level within one antenna above which a tag was being carried."""
LATE_S = 2.5
"""How long after it was nearest a tag that is still being read is judged."""
LEAD_S = 1.5
"""What a second swing must show before it is nearest, lest it be the end of the first."""
LATEST_S = 11.5
"""So long after it was nearest a tag gets its last word, whatever comes after."""
STAY_S = 14.0
"""Longer in the field is no passing by."""
SWING_S = 5.0
"""A swing is looked at so long before and after its nearest; waiting about is left out."""
A_STORY = 6
"""Fewer points tell no turning back."""
THIN = 4
"""Fewer points of a tag that came alone tell nothing; it is followed on if it is heard again."""
BY_ONE_SIDE = 0.97
"""What only one side heard is never surer than this, whatever it came with."""
AGAIN_S = 1.0
"""A tag that came with others is weighed by itself no more often than this."""
AFTER_LONG_S = 2.5
"""The same for one that has been here for long."""
VETO = 4.0
"""Log-odds that an unbroken light beam takes from having gone through."""
CLEARLY = 0.3
"""Side balance of start and end of a visit above which it began and ended on one side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What can be said: where to, where it is now, and the probability of just that."""

    direction: Direction
    side: Side | None
    confidence: float
    likelier: Direction
    """In or out, whichever is likelier."""
    crossing: Crossing | None = None
    """What it rests on."""


NOBODY_KNOWS = Finding(
    direction=Direction.UNKNOWN, side=None, confidence=0.0, likelier=Direction.OUT
)
"""The reader was lost in the middle, or one side of it is deaf."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """What a tag's own reads are weighed with."""

    crowd: Crowd | None
    rule: DoorRule
    beams: Beams
    now_s: float

    def of(self, points: list[Point], trace: Trace) -> Crossing:
        """What ``points`` of ``trace`` say, all things considered."""
        own = weigh(points, trace.stillness)
        nearest_s = trace.start_s + own.centre_s
        score = self.rule.bias + self.rule.scale * own.through_score
        crossing = replace(own, through_score=score)
        if self.crowd is not None:
            nearest_s = self.crowd.nearest_s
            crossing = self.crowd.correct(points, trace.start_s, crossing)
        if self.beams.veto(nearest_s, self.now_s):
            crossing = replace(crossing, through_score=crossing.through_score - VETO)
        return crossing


class Visit:
    """From the first read of a tag to the silence after its last."""

    __slots__ = (
        "_asked",
        "_inherited",
        "_settled",
        "_settled_s",
        "_weighed",
        "due_s",
        "entered_s",
        "heard",
        "last_s",
        "looked_s",
        "parked",
        "rested",
        "still",
        "trace",
    )

    def __init__(self, t_s: float) -> None:
        self.trace = Trace(t_s)
        self.entered_s = t_s
        self.last_s = t_s
        self.looked_s = t_s
        self.due_s = t_s
        self.heard = 0
        """Bit 1: by an antenna outside, bit 2: by one inside."""
        self.parked = False
        """It has been here for long and had its last word; it is expected to stay."""
        self.still = False
        """It is parked, and its level does not even change."""
        self.rested = False
        """It was still at some time."""
        self._inherited = False
        self._settled: Side | None = None
        self._settled_s = t_s
        self._asked = False
        self._weighed: tuple[float, Crossing] | None = None

    def alone(self, sides: Mapping[int, int]) -> Crossing:
        """What its whole trace says by itself, as of a moment ago."""
        pause_s = AFTER_LONG_S if self.parked else AGAIN_S
        if self._weighed is None or self.last_s - self._weighed[0] > pause_s:
            crossing = weigh(_swing(self.trace.points(sides)), self.trace.stillness)
            self._weighed = (self.last_s, crossing)
        return self._weighed[1]

    def centre_s(self, sides: Mapping[int, int]) -> float:
        """When it was nearest: in the liveliest part of a long visit."""
        if not self.parked:
            return self.trace.centre_s
        return self.trace.start_s + self.alone(sides).centre_s

    @property
    def both_sides(self) -> bool:
        """Whether antennas of both sides heard it."""
        return self.heard == 3

    @property
    def settled(self) -> Side | None:
        """Where the last finding left it."""
        return self._settled

    def inherit(self, side: Side) -> None:
        """It was reported on that side a moment ago, and only fell silent in between."""
        self._settled = side
        self._inherited = True

    @property
    def undecided(self) -> bool:
        """Whether it may still be on its way through: neither reported nor at rest."""
        return self.both_sides and self._settled is None and not self.parked

    def find(self, points: list[Point], weighing: Weighing, *, gone: bool) -> Finding | None:
        """What there is to report now, given the company it came in."""
        if self._settled is None:
            found = self._first(points, weighing, gone=gone)
        else:
            found = self._another(points, weighing, gone=gone)
            if found is None and gone and not (self.parked or self._inherited):
                found = self._corrected(weighing.of(points, self.trace))
        if found is None or (weighing.crowd is None and len(points) < THIN):
            return None
        self._settled, self._settled_s = found.side, weighing.now_s
        self._asked = found.side is None
        if self.both_sides:
            return found
        return replace(found, confidence=min(found.confidence, BY_ONE_SIDE))

    def _first(self, points: list[Point], weighing: Weighing, *, gone: bool) -> Finding | None:
        """Its first passage: of the whole visit, or of the likeliest part of a long one."""
        best = max(
            (weighing.of(part, self.trace) for part in self._parts(points, weighing.crowd, gone)),
            key=lambda crossing: crossing.through_score,
        )
        over = gone or (self.parked and self._long_since(best, weighing.now_s))
        if self.parked and best.scatter_db < MOVED_DB:
            return None
        found = self._clear(best, CONFIDENT if over else EARLY)
        if found is None and over and best.scatter_db >= MOVED_DB:
            found = self._doubtful(best)
            if found is None and gone and len(points) >= A_STORY and self.both_sides:
                return _back(best)
        return found

    def _parts(self, points: list[Point], crowd: Crowd | None, gone: bool) -> list[list[Point]]:
        """What is weighed of it: all, unless it is here for long."""
        if not self.parked:
            return [points]
        if crowd is not None:
            return [_around(points, crowd.nearest_s - self.trace.start_s)]
        parts = [_swing(points)]
        if (
            gone and self.rested
        ):  # it may have lain there, strongly read, and left by the other side
            parts.append(_around(points, points[-1].t_s - SWING_S / 2))
        return parts

    def _long_since(self, crossing: Crossing, now_s: float) -> bool:
        return now_s >= self.trace.start_s + crossing.centre_s + LATEST_S

    def _another(self, points: list[Point], weighing: Weighing, *, gone: bool) -> Finding | None:
        """A second swing, of a tag that had been reported."""
        points = self._since_settled(points)
        if len({point.side for point in points}) < 2:
            return None
        centre_s = centre_of(points)
        if not gone and self.trace.start_s + centre_s + LATE_S > weighing.now_s:
            return None
        swing = weighing.of(_around(points, centre_s), self.trace)
        found = self._moved_again(swing, gone=gone)
        if found is None:  # it may have lain there, strongly read, and left by the other side
            swing = weighing.of(_around(points, points[-1].t_s - SWING_S / 2), self.trace)
            found = self._moved_again(swing, gone=gone and self.rested)
        return found

    def _moved_again(self, crossing: Crossing, *, gone: bool) -> Finding | None:
        if crossing.scatter_db < MOVED_DB:
            return None
        found = self._clear(crossing, CONFIDENT if gone else RESIDENT)
        if found is None and gone and self._settled is None:
            return self._doubtful(crossing)
        return found

    def _since_settled(self, points: list[Point]) -> list[Point]:
        """What was read after the last report; nothing if that is but the end of its swing."""
        if self._settled is None:
            return points
        news = [p for p in points if p.t_s >= self._settled_s - self.trace.start_s]
        if not news or centre_of(news) - news[0].t_s < LEAD_S:
            return []
        return news

    def _corrected(self, crossing: Crossing) -> Finding | None:
        """The whole visit, where it contradicts the finding given in the middle of it."""
        stayed = 1.0 - crossing.passed
        if stayed < UNLIKELY or abs(crossing.ends) < CLEARLY:
            return self._clear(crossing, CONFIDENT)
        if stayed < CONFIDENT:
            return self._doubtful(crossing)
        start = _start(crossing)
        if start is self._settled:
            return _back(crossing)
        back = Direction.IN if start is Side.INSIDE else Direction.OUT
        return Finding(
            direction=back, side=start, confidence=stayed, likelier=back, crossing=crossing
        )

    def _clear(self, crossing: Crossing, enough: float) -> Finding | None:
        """It went through, with ``enough`` confidence, to where it was not known to be."""
        found = _through(crossing)
        if found.confidence < enough or found.side is self._settled:
            return None
        return found

    def _doubtful(self, crossing: Crossing) -> Finding | None:
        """It was carried about the door and may have gone through: once, a question."""
        stayed = 1.0 - crossing.passed
        if stayed >= CONFIDENT or self._asked:
            return None
        through = _through(crossing)
        return replace(
            through,
            direction=Direction.UNKNOWN,
            side=None,
            confidence=max(stayed, through.confidence),
        )


def _through(crossing: Crossing) -> Finding:
    """The likelier way through."""
    if crossing.inward >= 0.5:
        way, side, inward = Direction.IN, Side.INSIDE, crossing.inward
    else:
        way, side, inward = Direction.OUT, Side.OUTSIDE, 1.0 - crossing.inward
    confidence = crossing.passed * inward
    return Finding(direction=way, side=side, confidence=confidence, likelier=way, crossing=crossing)


def _back(crossing: Crossing) -> Finding:
    return Finding(
        direction=Direction.TURNED_BACK,
        side=_start(crossing),
        confidence=1.0 - crossing.passed,
        likelier=_through(crossing).likelier,
        crossing=crossing,
    )


def _start(crossing: Crossing) -> Side:
    return Side.INSIDE if crossing.ends > 0 else Side.OUTSIDE


def _around(points: list[Point], middle_s: float) -> list[Point]:
    """Those of a swing; all, where nothing was heard so near to its middle."""
    return [point for point in points if abs(point.t_s - middle_s) <= SWING_S] or points


def _swing(points: list[Point]) -> list[Point]:
    """The points about the time when the tag was nearest."""
    if points[-1].t_s - points[0].t_s <= 2 * SWING_S:
        return points
    nearest = _around(points, centre_of(points))
    return _around(points, centre_of(nearest))
