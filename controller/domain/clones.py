"""One tag at two doors at once: a copy of it is about, and neither passage can be believed.

Doors whose fields overlap hear the same tags all day; a pair that lately shared several tags is
taken for neighbours and tells nothing.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from itertools import combinations
from typing import Protocol

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.events import Event
from controller.domain.model import AlarmKind, Holding, Priority
from drivers.observations import Moment

EVERY_S = 1.0
OVER_S = 30.0
"""So long after it was last heard at both, the alarm's condition is gone."""
NEIGHBOURS = 3
"""So many tags shared within ``LATELY_S`` make two doors neighbours."""
LATELY_S = 600.0

Pair = tuple[str, str]


class Door(Protocol):
    """What is asked of a door."""

    def present(self, now_s: float) -> Collection[str]:
        """The tags that it has followed for a while and hears now."""
        ...


class Clones:
    """Watches the doors of one site."""

    def __init__(
        self,
        doors: Mapping[str, Door],
        alarms: AlarmBook,
        holding_by_epc: Callable[[str], Holding | None],
    ) -> None:
        self._doors = doors
        self._alarms = alarms
        self._holding_by_epc = holding_by_epc
        self._looked_s: float | None = None
        self._shared: dict[Pair, dict[str, float]] = {}

    def tick(self, at: Moment) -> tuple[Event, ...]:
        """The alarms that begin or end now."""
        now_s = at.monotonic_s
        if self._looked_s is not None and 0.0 <= now_s - self._looked_s < EVERY_S:
            return ()
        self._looked_s = now_s
        present = {door: frozenset(each.present(now_s)) for door, each in self._doors.items()}
        events: list[Event] = []
        for one, other in combinations(present, 2):
            for epc in sorted(present[one] & present[other]):
                events += self._seen((one, other), epc, at)
        return (*events, *self._over(at.utc, now_s))

    def _seen(self, pair: Pair, epc: str, at: Moment) -> tuple[Event, ...]:
        shared = self._shared.setdefault(pair, {})
        shared[epc] = at.monotonic_s
        if len(shared) >= NEIGHBOURS:
            return ()
        return self._alarms.condition_on(self._condition(pair, epc), at.utc)

    def _over(self, at: datetime, now_s: float) -> list[Event]:
        events: list[Event] = []
        for pair, shared in self._shared.items():
            for epc, seen_s in list(shared.items()):
                if now_s - seen_s > OVER_S:
                    alarm_id = self._condition(pair, epc).alarm_id
                    events += self._alarms.condition_off(alarm_id, at, "heard at one door only")
                if now_s - seen_s > LATELY_S:
                    del shared[epc]
        return events

    def _condition(self, pair: Pair, epc: str) -> Condition:
        holding = self._holding_by_epc(epc)
        return Condition(
            kind=AlarmKind.CLONED_TAG,
            source=pair[0],
            key=epc,
            subject="" if holding is None else holding.reference_code,
            priority=Priority.HIGH,
            detail={"door": pair[0], "other_door": pair[1], "epc": epc},
        )
