"""What each event does to an alarm: the table of ISA-18.2 (IEC 62682), once for everybody.

The book of alarms, the table in the store and the retained messages all follow these rules, so
they cannot disagree. Pure: whether an event should happen is decided elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from controller.domain.events_alarms import (
    AlarmAcknowledged,
    AlarmConditionChanged,
    AlarmEscalated,
    AlarmEvent,
    AlarmPriorityRaised,
    AlarmRaised,
    AlarmReset,
    AlarmReturnedToNormal,
    AlarmReturnedToService,
    AlarmShelved,
    AlarmSuppressed,
    AlarmTakenOutOfService,
    AlarmUnacknowledged,
    AlarmUnshelved,
    AlarmUnsuppressed,
)
from controller.domain.model import PUT_ASIDE, WAITING, Alarm, AlarmState

FirstWords = AlarmRaised | AlarmShelved | AlarmSuppressed | AlarmTakenOutOfService
"""Events that say what their alarm is."""


def after(alarm: Alarm | None, event: AlarmEvent) -> Alarm | None:
    """The alarm after ``event``; ``None`` when that changes nothing. Normal alarms stay alarms."""
    if isinstance(event, FirstWords):
        return _told(alarm, event)
    if alarm is None:
        return None
    return _RULES[type(event)](alarm, event)


def identity(alarm: Alarm) -> dict[str, Any]:
    """What an event that may be the first about its alarm says of it."""
    return {
        "alarm_id": alarm.id,
        "kind": alarm.kind,
        "source": alarm.source,
        "subject": alarm.subject,
        "holding_id": alarm.holding_id,
        "priority": alarm.priority,
        "detail": alarm.detail,
    }


def _told(alarm: Alarm | None, event: FirstWords) -> Alarm:
    told = Alarm(
        id=event.alarm_id,
        kind=event.kind,
        source=event.source,
        subject=event.subject,
        holding_id=event.holding_id,
        priority=event.priority,
        detail=event.detail,
        state=AlarmState.UNACKNOWLEDGED,
        since=event.at,
        condition=alarm is not None and alarm.condition,
        latched=alarm is not None and alarm.latched,
        auto_acknowledges=alarm is not None and alarm.auto_acknowledges,
    )
    match event:
        case AlarmRaised():
            return replace(
                told,
                condition=True,
                latched=event.latched,
                auto_acknowledges=event.auto_acknowledges,
                in_flood=event.in_flood,
            )
        case AlarmShelved():
            return replace(
                told,
                state=AlarmState.SHELVED,
                until=event.until,
                reason=event.reason,
                held_by=event.by,
            )
        case AlarmSuppressed():
            return replace(told, state=AlarmState.SUPPRESSED, reason=event.reason)
        case AlarmTakenOutOfService():
            return replace(
                told,
                state=AlarmState.OUT_OF_SERVICE,
                reason=event.reason,
                work_order=event.work_order,
                held_by=event.by,
            )


def _acknowledged(alarm: Alarm, event: AlarmAcknowledged) -> Alarm | None:
    if alarm.state not in WAITING:
        return None
    if alarm.state is AlarmState.RETURNED_UNACKNOWLEDGED and not alarm.latched:
        return _over(alarm, event.at)
    return _moved(alarm, AlarmState.ACKNOWLEDGED, event.at)


def _returned(alarm: Alarm, event: AlarmReturnedToNormal) -> Alarm | None:
    gone = replace(alarm, condition=False)
    match alarm.state:
        case AlarmState.UNACKNOWLEDGED if alarm.auto_acknowledges and not alarm.latched:
            return _over(alarm, event.at)
        case AlarmState.UNACKNOWLEDGED:
            return _moved(gone, AlarmState.RETURNED_UNACKNOWLEDGED, event.at)
        case AlarmState.ACKNOWLEDGED if alarm.latched:
            return gone if alarm.condition else None
        case AlarmState.ACKNOWLEDGED:
            return _over(alarm, event.at)
        case _:
            return None


def _priority_raised(alarm: Alarm, event: AlarmPriorityRaised) -> Alarm | None:
    graver = replace(alarm, priority=event.priority, detail=event.detail)
    if alarm.state in PUT_ASIDE:
        return graver
    if alarm.state in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED):
        return _moved(graver, AlarmState.UNACKNOWLEDGED, event.at)
    return None


def _unacknowledged(alarm: Alarm, event: AlarmUnacknowledged) -> Alarm | None:
    if alarm.state is not AlarmState.ACKNOWLEDGED:
        return None
    waits, over = AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED
    return _moved(alarm, waits if alarm.condition else over, event.at)


def _reset(alarm: Alarm, event: AlarmReset) -> Alarm | None:
    lets_go = alarm.state is AlarmState.ACKNOWLEDGED and alarm.latched and not alarm.condition
    return _over(alarm, event.at) if lets_go else None


def _escalated(alarm: Alarm, event: AlarmEscalated) -> Alarm | None:
    waits = alarm.state is AlarmState.UNACKNOWLEDGED and event.level > alarm.level
    return replace(alarm, level=event.level) if waits else None


def _condition_changed(alarm: Alarm, event: AlarmConditionChanged) -> Alarm | None:
    if alarm.state not in PUT_ASIDE:
        return None
    detail = event.detail if event.active else alarm.detail
    return replace(alarm, condition=event.active, detail=detail)


def _taken_up_again(state: AlarmState) -> Callable[[Alarm, Any], Alarm | None]:
    def rule(
        alarm: Alarm, event: AlarmUnshelved | AlarmUnsuppressed | AlarmReturnedToService
    ) -> Alarm | None:
        return _over(alarm, event.at) if alarm.state is state else None

    return rule


def _moved(alarm: Alarm, state: AlarmState, at: datetime) -> Alarm:
    return replace(alarm, state=state, since=at, level=0)


def _over(alarm: Alarm, at: datetime) -> Alarm:
    return replace(
        alarm,
        state=AlarmState.NORMAL,
        since=at,
        condition=False,
        in_flood=False,
        level=0,
        until=None,
        reason="",
        work_order="",
        held_by="",
    )


_RULES: Mapping[type[AlarmEvent], Callable[[Alarm, Any], Alarm | None]] = {
    AlarmAcknowledged: _acknowledged,
    AlarmReturnedToNormal: _returned,
    AlarmPriorityRaised: _priority_raised,
    AlarmUnacknowledged: _unacknowledged,
    AlarmReset: _reset,
    AlarmEscalated: _escalated,
    AlarmConditionChanged: _condition_changed,
    AlarmUnshelved: _taken_up_again(AlarmState.SHELVED),
    AlarmUnsuppressed: _taken_up_again(AlarmState.SUPPRESSED),
    AlarmReturnedToService: _taken_up_again(AlarmState.OUT_OF_SERVICE),
}
