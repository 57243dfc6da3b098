"""The book of alarms that stand, after ISA-18.2 (IEC 62682): one for every kind.

A condition that goes on raising changes nothing unless it has become graver; one that comes back
after it had gone is a new occurrence. Nothing here decides whether a condition holds.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from controller.domain.alarm_flood import Flood
from controller.domain.alarm_states import after, identity
from controller.domain.alarm_suppression import Suppressions
from controller.domain.events_alarms import (
    AlarmAcknowledged,
    AlarmConditionChanged,
    AlarmEvent,
    AlarmPriorityRaised,
    AlarmRaised,
    AlarmReturnedToNormal,
    AlarmReturnedToService,
    AlarmSuppressed,
    AlarmUnshelved,
    AlarmUnsuppressed,
)
from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority
from controller.domain.plans_alarms import AlarmPlan
from drivers.observations import Moment

CONTROLLER = "controller"
"""The source of the controller's own alarms."""
REMEMBERED = 1000
"""How many ids of normal alarms are kept, to tell "no longer active" from "never heard of"."""
_GRAVER = {p: n for n, p in enumerate(reversed(Priority))}

_E = TypeVar("_E", bound=AlarmEvent)
Resumed = AlarmUnshelved | AlarmUnsuppressed | AlarmReturnedToService


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
    """Every alarm that is not normal, and those that could be raised."""

    def __init__(self, active: Iterable[Alarm] = (), plan: AlarmPlan | None = None) -> None:
        self._plan = plan or AlarmPlan()
        self._standing = {a.id: a for a in active if a.state is not AlarmState.NORMAL}
        self._declared: dict[str, Alarm] = {}
        self._of_holding: dict[str, set[str]] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._flood = Flood(self._plan.flood)
        self._now: Moment | None = None
        self.suppressions = Suppressions(self._plan.suppressions)
        for alarm in self._standing.values():
            self._index(alarm)

    def now(self, at: Moment) -> None:
        """The moment at which everything happens until the next call."""
        self._now = at

    def declare(self, conditions: Iterable[Condition]) -> None:
        """Say what could be raised, so that it can be put aside before it ever was."""
        self._declared |= {each.alarm_id: _alarm(each, AlarmState.NORMAL) for each in conditions}

    def get(self, alarm_id: str) -> Alarm | None:
        """The alarm of that id, unless it is normal."""
        return self._standing.get(alarm_id)

    def known(self, alarm_id: str) -> Alarm | None:
        """The alarm of that id, normal or not, as far as it is watched."""
        return self._standing.get(alarm_id) or self._declared.get(alarm_id)

    def why_not_standing(self, alarm_id: str) -> str:
        """``not_active`` for one that is normal, ``no_such_alarm`` for a stranger."""
        normal = alarm_id in self._gone or alarm_id in self._declared
        return "not_active" if normal else "no_such_alarm"

    def condition_holds(self, alarm_id: str) -> bool:
        """Whether what the alarm is about is known to hold, told or put aside."""
        alarm = self._standing.get(alarm_id)
        return alarm is not None and alarm.condition

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

    def condition_on(self, condition: Condition, at: datetime) -> tuple[AlarmEvent, ...]:
        """The events, if this is a new occurrence, or has become graver."""
        alarm = self._standing.get(condition.alarm_id)
        if alarm is None or (not alarm.condition and not alarm.put_aside):
            return self._begin(_alarm(condition, AlarmState.NORMAL), at)
        if not alarm.condition:
            changed = AlarmConditionChanged(
                at=at, alarm_id=alarm.id, active=True, reason="", detail=condition.detail
            )
            return (self.record(changed),)
        if _GRAVER[condition.priority] > _GRAVER[alarm.priority]:
            graver = AlarmPriorityRaised(
                at=at,
                alarm_id=alarm.id,
                priority=condition.priority,
                before=alarm.priority,
                detail=condition.detail,
            )
            return (self.record(graver),)
        return ()

    def condition_off(self, alarm_id: str, at: datetime, reason: str) -> tuple[AlarmEvent, ...]:
        """The event, if the condition held until now."""
        alarm = self._standing.get(alarm_id)
        if alarm is None or not alarm.condition:
            return ()
        if alarm.put_aside:
            changed = AlarmConditionChanged(
                at=at, alarm_id=alarm_id, active=False, reason=reason, detail={}
            )
            return (self.record(changed),)
        return (self.record(AlarmReturnedToNormal(at=at, alarm_id=alarm_id, reason=reason)),)

    def acknowledge(
        self, alarm_id: str, at: datetime, by: str, note: str
    ) -> AlarmAcknowledged | str:
        """The event, or why not: ``no_such_alarm``, ``not_active``, ``already_acknowledged``.

        Of an alarm that is put aside, the name of its state.
        """
        alarm = self._standing.get(alarm_id)
        if alarm is None:
            return self.why_not_standing(alarm_id)
        if alarm.put_aside:
            return f"is_{alarm.state}"
        if not alarm.waits_for_a_person:
            return "already_acknowledged"
        event = AlarmAcknowledged(at=at, alarm_id=alarm_id, by=by, note=note)
        self.record(event)
        return event

    def resume(self, event: Resumed) -> tuple[AlarmEvent, ...]:
        """Take up an alarm that was put aside; it is raised where its condition holds."""
        before = self._standing[event.alarm_id]
        self.record(event)
        return (event, *(self._begin(before, event.at) if before.condition else ()))

    def suppress(self, alarm: Alarm, at: datetime, reason: str) -> AlarmEvent:
        """Put an alarm aside by design."""
        return self.record(AlarmSuppressed(at=at, **identity(alarm), reason=reason))

    def time_passed(self, at: Moment) -> tuple[AlarmEvent, ...]:
        """A flood ends, and its notice once somebody has seen all that it spoke for."""
        self._flood.passed(at.monotonic_s)
        flood_id = _flood(Priority.HIGH, 0).alarm_id
        if self._flood.stands or not self.condition_holds(flood_id):
            return ()
        if any(alarm.in_flood and _unseen(alarm) for alarm in self._standing.values()):
            return ()
        return self.condition_off(flood_id, at.utc, "the flood is over")

    def record(self, event: _E) -> _E:
        """Follow ``event``, which was decided elsewhere."""
        known = self._standing.get(event.alarm_id) or self._declared.get(event.alarm_id)
        alarm = after(known, event)
        if alarm is not None:
            self._put(alarm)
        return event

    def _begin(self, alarm: Alarm, at: datetime) -> tuple[AlarmEvent, ...]:
        by_design = None if self._now is None else self.suppressions.covering(alarm, self._now)
        if by_design is None:
            return self._raise(alarm, at)
        changed = AlarmConditionChanged(
            at=at, alarm_id=alarm.id, active=True, reason="", detail=alarm.detail
        )
        return (self.suppress(alarm, at, by_design.id), self.record(changed))

    def _raise(self, alarm: Alarm, at: datetime) -> tuple[AlarmEvent, ...]:
        counts = alarm.holding_id is None and alarm.kind is not AlarmKind.ALARM_FLOOD
        begins = counts and self._now is not None and self._flood.raised(self._now.monotonic_s)
        rule = self._plan.rule(alarm.kind)
        raised = AlarmRaised(
            at=at,
            **identity(alarm),
            latched=rule.latched,
            auto_acknowledges=rule.auto_acknowledges,
            in_flood=counts and self._flood.stands,
        )
        self.record(raised)
        return (raised, *self._flood_notice(alarm.priority, at, begins=begins, told=raised))

    def _flood_notice(
        self, priority: Priority, at: datetime, *, begins: bool, told: AlarmRaised
    ) -> tuple[AlarmEvent, ...]:
        """One alarm for all of a flood, as grave as the gravest in it."""
        if not told.in_flood:
            return ()
        worst = max(Priority.HIGH, priority, key=lambda each: _GRAVER[each])
        notice = _flood(worst, self._flood.count)
        over: tuple[AlarmEvent, ...] = ()
        if begins:  # of an earlier one somebody has perhaps not seen everything
            over = self.condition_off(notice.alarm_id, at, "another flood")
        return (*over, *self.condition_on(notice, at))

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


def _alarm(condition: Condition, state: AlarmState) -> Alarm:
    return Alarm(
        id=condition.alarm_id,
        kind=condition.kind,
        source=condition.source,
        subject=condition.subject,
        holding_id=condition.holding_id,
        priority=condition.priority,
        state=state,
        detail=condition.detail,
        condition=False,
    )


def _unseen(alarm: Alarm) -> bool:
    return alarm.state is AlarmState.UNACKNOWLEDGED


def _flood(priority: Priority, count: int) -> Condition:
    return Condition(
        kind=AlarmKind.ALARM_FLOOD,
        source=CONTROLLER,
        priority=priority,
        detail={"count": str(count)},
    )
