"""Alarm states A to D of ISA-18.2 (IEC 62682), and the book of alarms that stand.

One machine serves every kind. A condition that goes on raising changes nothing; one that comes
back after it had gone is a new occurrence. Nothing here decides whether a condition holds.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto

from controller.domain.events import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmReturnedToNormal,
)
from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority

REMEMBERED = 1000
"""How many ids of normal alarms are kept, to tell "no longer active" from "never heard of"."""


class Step(Enum):
    """What can happen to an alarm."""

    CONDITION_ON = auto()
    CONDITION_OFF = auto()
    ACKNOWLEDGE = auto()


_MOVES = {
    (AlarmState.NORMAL, Step.CONDITION_ON): AlarmState.UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, Step.CONDITION_OFF): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.UNACKNOWLEDGED, Step.ACKNOWLEDGE): AlarmState.ACKNOWLEDGED,
    (AlarmState.ACKNOWLEDGED, Step.CONDITION_OFF): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, Step.ACKNOWLEDGE): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, Step.CONDITION_ON): AlarmState.UNACKNOWLEDGED,
}


def next_state(state: AlarmState, step: Step) -> AlarmState | None:
    """Where ``step`` leads from ``state``; ``None`` where it changes nothing."""
    return _MOVES.get((state, step))


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that needs a person, before anyone asked whether it is already known."""

    kind: AlarmKind
    source: str
    priority: Priority
    subject: str = ""
    holding_id: str | None = None
    key: str = ""
    """What tells it from others of its kind and source: a holding's id, a quantity."""
    detail: dict[str, str] = field(default_factory=dict)

    @property
    def alarm_id(self) -> str:
        """Stable over occurrences, and safe in a URL and in a topic when ``key`` is."""
        return f"{self.kind}:{self.source}" + (f":{self.key}" if self.key else "")


class AlarmBook:
    """Every alarm that is not normal."""

    def __init__(self, active: Iterable[Alarm] = ()) -> None:
        self._standing = {a.id: a for a in active if a.state is not AlarmState.NORMAL}
        self._of_holding: dict[str, set[str]] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()
        for alarm in self._standing.values():
            self._index(alarm)

    def get(self, alarm_id: str) -> Alarm | None:
        """The alarm of that id, unless it is normal."""
        return self._standing.get(alarm_id)

    def condition_holds(self, alarm_id: str) -> bool:
        """Whether the alarm stands because its condition does (states B and C)."""
        alarm = self._standing.get(alarm_id)
        return alarm is not None and alarm.state in (
            AlarmState.UNACKNOWLEDGED,
            AlarmState.ACKNOWLEDGED,
        )

    def standing(self, kind: AlarmKind, source: str | None = None) -> list[Alarm]:
        """Alarms of ``kind`` that are not normal, of one ``source`` or of all."""
        return [
            alarm
            for alarm in self._standing.values()
            if alarm.kind is kind and source in (None, alarm.source)
        ]

    def of_holding(self, holding_id: str, kind: AlarmKind) -> list[Alarm]:
        """Alarms of ``kind`` about one holding, whatever their door, in the order of their ids."""
        ids = sorted(self._of_holding.get(holding_id, ()))
        return [self._standing[i] for i in ids if self._standing[i].kind is kind]

    def all_standing(self) -> list[Alarm]:
        """Every alarm that is not normal."""
        return list(self._standing.values())

    def condition_on(self, condition: Condition, at: datetime) -> tuple[AlarmRaised, ...]:
        """The event, if this is a new occurrence."""
        alarm_id = condition.alarm_id
        known = self._standing.get(alarm_id)
        before = known.state if known is not None else AlarmState.NORMAL
        after = next_state(before, Step.CONDITION_ON)
        if after is None:
            return ()
        self._put(
            Alarm(
                id=alarm_id,
                kind=condition.kind,
                source=condition.source,
                subject=condition.subject,
                holding_id=condition.holding_id,
                priority=condition.priority,
                state=after,
                detail=condition.detail,
            )
        )
        raised = AlarmRaised(
            at=at,
            alarm_id=alarm_id,
            kind=condition.kind,
            source=condition.source,
            subject=condition.subject,
            holding_id=condition.holding_id,
            priority=condition.priority,
            detail=condition.detail,
        )
        return (raised,)

    def condition_off(
        self, alarm_id: str, at: datetime, reason: str
    ) -> tuple[AlarmReturnedToNormal, ...]:
        """The event, if the condition held until now."""
        if not self._take(alarm_id, Step.CONDITION_OFF):
            return ()
        return (AlarmReturnedToNormal(at=at, alarm_id=alarm_id, reason=reason),)

    def acknowledge(
        self, alarm_id: str, at: datetime, by: str, note: str
    ) -> AlarmAcknowledged | str:
        """The event, or why not: ``no_such_alarm``, ``not_active``, ``already_acknowledged``."""
        if alarm_id not in self._standing:
            return "not_active" if alarm_id in self._gone else "no_such_alarm"
        if not self._take(alarm_id, Step.ACKNOWLEDGE):
            return "already_acknowledged"
        return AlarmAcknowledged(at=at, alarm_id=alarm_id, by=by, note=note)

    def _take(self, alarm_id: str, step: Step) -> bool:
        alarm = self._standing.get(alarm_id)
        after = next_state(alarm.state, step) if alarm is not None else None
        if alarm is None or after is None:
            return False
        self._put(replace(alarm, state=after))
        return True

    def _put(self, alarm: Alarm) -> None:
        if alarm.state is AlarmState.NORMAL:
            self._drop(alarm)
            return
        self._gone.pop(alarm.id, None)
        self._standing[alarm.id] = alarm
        self._index(alarm)

    def _index(self, alarm: Alarm) -> None:
        if alarm.holding_id is not None:
            self._of_holding.setdefault(alarm.holding_id, set()).add(alarm.id)

    def _drop(self, alarm: Alarm) -> None:
        del self._standing[alarm.id]
        if alarm.holding_id is not None:
            ids = self._of_holding[alarm.holding_id]
            ids.discard(alarm.id)
            if not ids:
                del self._of_holding[alarm.holding_id]
        self._gone[alarm.id] = None
        if len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)
