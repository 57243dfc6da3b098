"""What each event does to an alarm's row, by the domain's own table of states.

The row knows besides how often the alarm came, who acknowledged it, and what they found.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from controller.domain.alarm_states import after
from controller.domain.events import Event
from controller.domain.events_alarms import (
    AlarmAcknowledged,
    AlarmEvent,
    AlarmRaised,
    AlarmReturnedToNormal,
    AlarmUnacknowledged,
    ExcursionFoundInBackfill,
)
from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority
from controller.store.journal import Recorded

Row = dict[str, Any]

ALARM_KEYS: Mapping[type[Event], str] = dict.fromkeys(get_args(AlarmEvent), "alarm_id")
LOGGED = (*get_args(AlarmEvent), ExcursionFoundInBackfill)
_OWN = (
    "subject", "holding_id", "detail", "condition", "latched", "auto_acknowledges",
    "in_flood", "since", "level", "until", "reason", "work_order", "held_by", "source", "id",
)  # fmt: skip
"""Fields that row and alarm share as they are."""
_WHY = ("note", "reason")


def fold_alarm(row: Row | None, event: Event, seq: int) -> Row | None:
    """The row after ``event``; a new occurrence asks for a new acknowledgement."""
    if not isinstance(event, AlarmEvent):
        return None
    alarm = after(None if row is None else alarm_of(row), event)
    if alarm is None:
        return None
    before = row or {"raised_at": event.at, "occurrences": 0, **_NOBODY}
    return before | _row(alarm) | _told(before, event) | {"seq": seq}


_NOBODY = {
    "acknowledged_at": None,
    "acknowledged_by": None,
    "note": "",
    "returned_at": None,
    "return_reason": "",
}


def alarm_of(row: Mapping[str, Any]) -> Alarm:
    """The alarm that a row tells of."""
    return Alarm(
        kind=AlarmKind(row["kind"]),
        priority=Priority(row["priority"]),
        state=AlarmState(row["state"]),
        **{name: row[name] for name in _OWN},
    )


def _row(alarm: Alarm) -> Row:
    return {
        "kind": alarm.kind.value,
        "priority": alarm.priority.value,
        "state": alarm.state.value,
        **{name: getattr(alarm, name) for name in _OWN},
    }


def _told(before: Row, event: AlarmEvent) -> Row:
    """What the row knows beyond the alarm."""
    match event:
        case AlarmRaised():
            again = {"raised_at": event.at, "occurrences": before["occurrences"] + 1}
            return again | _NOBODY
        case AlarmAcknowledged():
            return {
                "acknowledged_at": event.at,
                "acknowledged_by": event.by,
                "note": event.note,
            }
        case AlarmUnacknowledged():
            return {"acknowledged_at": None, "acknowledged_by": None, "note": ""}
        case AlarmReturnedToNormal():
            return {"returned_at": event.at, "return_reason": event.reason}
        case _:
            return {}


def log_rows(recorded: Iterable[Recorded]) -> Iterator[Row]:
    """A line of the alarm's own journal for each event about it."""
    for each in recorded:
        event = each.event
        if isinstance(event, LOGGED):
            yield {
                "seq": each.seq,
                "alarm_id": event.alarm_id,
                "at": event.at,
                "kind": type(event).__name__,
                "priority": str(getattr(event, "priority", "")),
                "by": getattr(event, "by", ""),
                "why": next((getattr(event, n) for n in _WHY if hasattr(event, n)), ""),
                "until": getattr(event, "until", None),
            }
