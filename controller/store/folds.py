"""What each event does to each derived row: pure rules, no table is read or written here.

A fold takes the row as it stands (``None``: there is none) and gives the whole new row, or ``None``
when the event changes nothing. A given row is never altered in place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from controller.domain.events import (
    AisleFailed,
    AisleOpened,
    AisleOpening,
    AisleRefused,
    DeviceFailed,
    DeviceRecovered,
    Event,
    PassageDetected,
    RackChanged,
    RackStopped,
    TagBound,
    TagUnbound,
)
from controller.domain.events_passages import PassageConfirmed
from controller.domain.events_shelving import (
    AiringBegan,
    AiringEnded,
    AiringRefused,
    AisleDeclined,
    MotionResolved,
)
from controller.domain.model import Direction
from drivers.observations import RackMode

Row = dict[str, Any]
Fold = Callable[[Row | None, Event, int], Row | None]
Keys = Mapping[type[Event], str]

WHEREABOUTS_KEYS: Keys = {PassageDetected: "holding_id", PassageConfirmed: "holding_id"}
RACK_KEYS: Keys = {
    RackChanged: "rack",
    AisleOpening: "rack",
    AisleOpened: "rack",
    AisleRefused: "rack",
    AisleFailed: "rack",
    AisleDeclined: "rack",
    MotionResolved: "rack",
    RackStopped: "rack",
    AiringBegan: "rack",
    AiringEnded: "rack",
    AiringRefused: "rack",
}
DEVICE_KEYS: Keys = {DeviceFailed: "device", DeviceRecovered: "device"}


def fold_whereabouts(_row: Row | None, event: Event, seq: int) -> Row | None:
    """In and out say where; an undecided passage says that nobody knows; turning back nothing.

    A person's word about a passage says where in any case.
    """
    match event:
        case PassageDetected(direction=Direction.TURNED_BACK):
            return None
        case PassageDetected() | PassageConfirmed():
            pass
        case _:
            return None
    return {
        "holding_id": event.holding_id,
        "place": "" if event.direction is Direction.UNKNOWN else event.place,
        "since": event.at,
        "door": event.door,
        "direction": event.direction.value,
        "confidence": event.confidence,
        "passage_id": event.passage_id,
        "seq": seq,
    }


def fold_rack(row: Row | None, event: Event, seq: int) -> Row | None:
    """The bank's own account of itself, and what became of the newest motion."""
    if isinstance(event, RackChanged):
        before = "" if row is None else row["last_result"]
        return {
            "id": event.rack,
            "mode": event.mode.value,
            "open_aisle": event.open_aisle,
            "occupied": event.occupied,
            "fault_code": event.fault_code,
            "changed_at": event.at,
            "last_result": before,
            "seq": seq,
        }
    result = _motion_result(event)
    if result is None:
        return None
    known = row if row is not None else _unseen_rack(event)
    return known | {"last_result": result, "seq": seq}


def _motion_result(event: Event) -> str | None:
    match event:
        case AisleOpening():
            return f"opening:{event.aisle}"
        case AisleOpened():
            return f"opened:{event.aisle}"
        case AisleRefused() | AisleDeclined():
            return f"refused:{event.aisle}:{event.reason}"
        case AisleFailed():
            return f"failed:{event.aisle}:{event.outcome}"
        case MotionResolved():
            return f"resolved:{event.aisle}:{event.finding.value}"
        case RackStopped():
            return f"stopped::{event.reason}"
        case AiringBegan() | AiringEnded() | AiringRefused():
            return _airing_result(event)
        case _:
            return None


def _airing_result(event: AiringBegan | AiringEnded | AiringRefused) -> str:
    match event:
        case AiringBegan():
            return "airing::"
        case AiringEnded():
            return f"aired::{event.outcome}"
        case AiringRefused():
            return f"not_aired::{event.reason}"


def _unseen_rack(event: Event) -> Row:
    """A motion of a bank that has not yet said anything about itself."""
    return {
        "id": getattr(event, "rack"),  # noqa: B009 -- every event of RACK_KEYS has it
        "mode": RackMode.UNKNOWN.value,
        "open_aisle": None,
        "occupied": "",
        "fault_code": 0,
        "changed_at": event.at,
    }


def fold_device(_row: Row | None, event: Event, seq: int) -> Row | None:
    """Online or lost, since when, and what was said about it."""
    match event:
        case DeviceFailed():
            state, detail = "lost", event.reason
        case DeviceRecovered():
            state, detail = "online", event.detail
        case _:
            return None
    return {"id": event.device, "state": state, "since": event.at, "detail": detail, "seq": seq}


def fold_binding(newest: Row | None, event: TagBound | TagUnbound, seq: int) -> list[Row]:
    """The bindings of one EPC that change, given its newest: at most one stays not ended."""
    if newest is not None and newest["seq"] >= seq:
        return []
    active = newest if newest is not None and newest["unbound_at"] is None else None
    if isinstance(event, TagUnbound):
        if active is None or active["holding_id"] != event.holding_id:
            return []
        return [active | {"unbound_at": event.at}]
    bound = {
        "seq": seq,
        "epc": event.epc,
        "holding_id": event.holding_id,
        "bound_at": event.at,
        "bound_by": event.by,
        "unbound_at": None,
    }
    return [bound] if active is None else [active | {"unbound_at": event.at}, bound]
