"""What people ask for about an alarm, beside acknowledging it."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.asking import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelveAlarm:
    """Someone wants not to hear of it for a time, at most a day."""

    asked: Asked
    alarm_id: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnshelveAlarm:
    """Someone wants to hear of it again before its time is up."""

    asked: Asked
    alarm_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOutOfService:
    """Someone works on what it watches."""

    asked: Asked
    alarm_id: str
    reason: str
    work_order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnToService:
    """The work is done."""

    asked: Asked
    alarm_id: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnacknowledgeAlarm:
    """Someone takes an acknowledgement back: others must look."""

    asked: Asked
    alarm_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetAlarm:
    """Someone lets go a latched alarm whose condition is gone."""

    asked: Asked
    alarm_id: str
    note: str


AlarmRequest = (
    ShelveAlarm
    | UnshelveAlarm
    | TakeOutOfService
    | ReturnToService
    | UnacknowledgeAlarm
    | ResetAlarm
)
