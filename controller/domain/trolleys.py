"""Passages that belong together: a trolley is told as one event, with who was missing from it.

The members come one by one, as the door decides them. A trolley is told once it has been quiet
for a while.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from controller.domain.events_passages import GroupPassed
from controller.domain.model import OUTSIDE, Direction, Holding, Registry
from controller.domain.passage import Verdict
from controller.domain.plans import DoorPlan
from drivers.observations import Moment

QUIET_S = 5.0
"""So long after its last member a trolley is told."""
SAME_S = 2.5
"""Groups that were nearest so little apart are one trolley."""
BOX_MATES = 2
"""So many files of one box on a trolley, or the box itself: the rest of it is expected too."""
EXPECTED_AT_MOST = 500


@dataclass(slots=True)
class _Trolley:
    id: str
    direction: Direction
    nearest_s: float
    confidence: float
    last_s: float
    members: dict[str, str] = field(default_factory=dict)
    holdings: dict[str, Holding] = field(default_factory=dict)


class Trolleys:
    """The trolleys of one site that are on their way now."""

    def __init__(self, registry: Registry, new_id: Callable[[], str]) -> None:
        self._registry = registry
        self._new_id = new_id
        self._open: dict[str, list[_Trolley]] = {}

    def group_of(self, door: str, verdict: Verdict, at: Moment) -> str:
        """The id of the trolley it came with; empty when it came alone."""
        company = verdict.company
        if company is None:
            return ""
        trolleys = self._open.setdefault(door, [])
        for trolley in trolleys:
            same = abs(trolley.nearest_s - company.nearest_s) <= SAME_S
            if same and trolley.direction is company.direction:
                trolley.last_s = at.monotonic_s
                trolley.confidence = company.confidence
                return trolley.id
        made = _Trolley(
            id=self._new_id(),
            direction=company.direction,
            nearest_s=company.nearest_s,
            confidence=company.confidence,
            last_s=at.monotonic_s,
        )
        trolleys.append(made)
        return made.id

    def joined(
        self, door: str, group_id: str, epc: str, passage_id: str, holding: Holding | None
    ) -> None:
        """That passage went with the trolley."""
        for trolley in self._open.get(door, ()):
            if trolley.id == group_id:
                trolley.members[epc] = passage_id
                if holding is not None:
                    trolley.holdings[holding.id] = holding

    def tick(self, doors: Iterable[DoorPlan], at: Moment) -> tuple[GroupPassed, ...]:
        """The trolleys that are complete now."""
        events = []
        for door in doors:
            waiting = self._open.get(door.id, [])
            quiet = [t for t in waiting if at.monotonic_s - t.last_s >= QUIET_S]
            events += [self._passed(door, t, at) for t in quiet if len(t.members) > 1]
            if quiet:
                self._open[door.id] = [t for t in waiting if t not in quiet]
        return tuple(events)

    def _passed(self, door: DoorPlan, trolley: _Trolley, at: Moment) -> GroupPassed:
        return GroupPassed(
            at=at.utc,
            group_id=trolley.id,
            door=door.id,
            direction=trolley.direction,
            place=door.room if trolley.direction is Direction.IN else OUTSIDE,
            confidence=trolley.confidence,
            members=dict(trolley.members),
            missing=self._missing(trolley),
        )

    def _missing(self, trolley: _Trolley) -> dict[str, str]:
        """Expected with them by the boxes they lie in, and not heard."""
        inside: dict[str, int] = {}
        for holding in trolley.holdings.values():
            if holding.parent_id is not None:
                inside[holding.parent_id] = inside.get(holding.parent_id, 0) + 1
        boxes = {box for box, count in inside.items() if count >= BOX_MATES}
        boxes |= trolley.holdings.keys()
        expected = self._registry.expected_with(boxes, EXPECTED_AT_MOST)
        return {
            holding.id: holding.reference_code
            for holding in expected
            if holding.id not in trolley.holdings
        }
