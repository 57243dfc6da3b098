"""What people do with alarms beside acknowledging them; every refusal says what can be done."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from controller.domain.alarm_states import identity
from controller.domain.alarms import AlarmBook
from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events_alarms import (
    AlarmEvent,
    AlarmReset,
    AlarmReturnedToService,
    AlarmShelved,
    AlarmTakenOutOfService,
    AlarmUnacknowledged,
    AlarmUnshelved,
)
from controller.domain.model import Alarm, AlarmState
from controller.domain.plans_alarms import LONGEST_SHELVING_S, NEVER_PUT_ASIDE
from controller.domain.requests_alarms import (
    AlarmRequest,
    ResetAlarm,
    ReturnToService,
    ShelveAlarm,
    TakeOutOfService,
    UnacknowledgeAlarm,
    UnshelveAlarm,
)

Told = tuple[AlarmEvent, ...] | str
"""What follows, or why nothing does."""


class AlarmDesk:
    """Answers requests about alarms."""

    def __init__(self, book: AlarmBook) -> None:
        self._book = book
        self._verbs: Mapping[type[AlarmRequest], Callable[[Alarm, Any], Told]] = {
            ShelveAlarm: self._shelve,
            UnshelveAlarm: self._unshelve,
            TakeOutOfService: self._take_out,
            ReturnToService: self._bring_back,
            UnacknowledgeAlarm: self._unacknowledge,
            ResetAlarm: self._reset,
        }

    def asked(self, message: AlarmRequest) -> Decision:
        """Do it, or refuse with the reason.

        ``no_such_alarm``, ``not_active``, ``never_put_aside``, ``reason_missing``,
        ``until_is_past``, ``shelved_too_long``, ``work_order_missing``, ``is_shelved``,
        ``is_suppressed``, ``is_out_of_service``, ``not_shelved``, ``not_out_of_service``,
        ``not_acknowledged``, ``not_latched``, ``condition_holds``.
        """
        alarm = self._book.known(message.alarm_id)
        if alarm is None:
            code = self._book.why_not_standing(message.alarm_id)
            return refused(message.asked, code, alarm_id=message.alarm_id)
        told = self._verbs[type(message)](alarm, message)
        if isinstance(told, str):
            return refused(message.asked, told, alarm_id=alarm.id)
        answer = accepted(message.asked, alarm_id=alarm.id)
        return Decision(events=told, answers=(answer,))

    def _shelve(self, alarm: Alarm, message: ShelveAlarm) -> Told:
        at = message.asked.at.utc
        if (why := _cannot_be_put_aside(alarm, message.reason)) is not None:
            return why
        if alarm.put_aside and alarm.state is not AlarmState.SHELVED:
            return f"is_{alarm.state}"
        if message.until <= at:
            return "until_is_past"
        if message.until - at > timedelta(seconds=LONGEST_SHELVING_S):
            return "shelved_too_long"
        shelved = AlarmShelved(
            at=at,
            **identity(alarm),
            until=message.until,
            reason=message.reason,
            by=message.asked.by,
        )
        return (self._book.record(shelved),)

    def _unshelve(self, alarm: Alarm, message: UnshelveAlarm) -> Told:
        if alarm.state is not AlarmState.SHELVED:
            return "not_shelved"
        asked = message.asked
        return self._book.resume(
            AlarmUnshelved(at=asked.at.utc, alarm_id=alarm.id, by=asked.by, reason=message.reason)
        )

    def _take_out(self, alarm: Alarm, message: TakeOutOfService) -> Told:
        if (why := _cannot_be_put_aside(alarm, message.reason)) is not None:
            return why
        if not message.work_order.strip():
            return "work_order_missing"
        if alarm.state is AlarmState.OUT_OF_SERVICE:
            return "is_out_of_service"
        taken = AlarmTakenOutOfService(
            at=message.asked.at.utc,
            **identity(alarm),
            by=message.asked.by,
            reason=message.reason,
            work_order=message.work_order,
        )
        return (self._book.record(taken),)

    def _bring_back(self, alarm: Alarm, message: ReturnToService) -> Told:
        if alarm.state is not AlarmState.OUT_OF_SERVICE:
            return "not_out_of_service"
        asked = message.asked
        return self._book.resume(
            AlarmReturnedToService(
                at=asked.at.utc, alarm_id=alarm.id, by=asked.by, note=message.note
            )
        )

    def _unacknowledge(self, alarm: Alarm, message: UnacknowledgeAlarm) -> Told:
        if alarm.state is not AlarmState.ACKNOWLEDGED:
            return "not_acknowledged"
        asked = message.asked
        event = AlarmUnacknowledged(
            at=asked.at.utc, alarm_id=alarm.id, by=asked.by, reason=message.reason
        )
        return (self._book.record(event),)

    def _reset(self, alarm: Alarm, message: ResetAlarm) -> Told:
        if not alarm.latched:
            return "not_latched"
        if alarm.condition:
            return "condition_holds"
        if alarm.state is not AlarmState.ACKNOWLEDGED:
            return "not_acknowledged"
        asked = message.asked
        event = AlarmReset(at=asked.at.utc, alarm_id=alarm.id, by=asked.by, note=message.note)
        return (self._book.record(event),)


def _cannot_be_put_aside(alarm: Alarm, reason: str) -> str | None:
    if alarm.kind in NEVER_PUT_ASIDE:
        return "never_put_aside"
    return None if reason.strip() else "reason_missing"
