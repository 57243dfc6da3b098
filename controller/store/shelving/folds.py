"""What each event does to the rows of shelving: pure rules, as in ``controller.store.folds``."""

from controller.domain.events import AisleFailed, AisleOpened, AisleOpening, Event
from controller.domain.events_shelving import (
    AiringBegan,
    AiringEnded,
    AisleDeclined,
    AisleReserved,
    MotionResolved,
    ReservationAdvanced,
    ReservationEnded,
)
from controller.domain.model_shelving import ReservationState
from controller.store.folds import Keys, Row

AIRING, CALENDAR = 0, "calendar"
"""What stands for the aisle and the person when a bank is aired."""
OPENING, UNKNOWN = "opening", "unknown"
"""States of a motion of which no end is known."""

RESERVATION_KEYS: Keys = {
    AisleReserved: "reservation_id",
    ReservationAdvanced: "reservation_id",
    ReservationEnded: "reservation_id",
}
MOTION_KEYS: Keys = {
    AisleOpening: "rack",
    AisleOpened: "rack",
    AisleDeclined: "rack",
    AisleFailed: "rack",
    MotionResolved: "rack",
    AiringBegan: "rack",
    AiringEnded: "rack",
}


def fold_reservation(row: Row | None, event: Event, seq: int) -> Row | None:
    """Made queued; then whatever it was said to be."""
    match event:
        case AisleReserved():
            return {
                "id": event.reservation_id,
                "rack": event.rack,
                "aisle": event.aisle,
                "by": event.by,
                "state": ReservationState.QUEUED.value,
                "since": event.at,
                "command_id": "",
                "claimed": False,
                "reason": "",
                "made_at": event.at,
                "ended_by": "",
                "seq": seq,
            }
        case ReservationAdvanced() if row is not None:
            since = row["since"] if row["state"] == event.state.value else event.at
            return row | {
                "state": event.state.value,
                "since": since,
                "command_id": event.command_id,
                "claimed": event.claimed,
                "reason": event.reason,
                "seq": seq,
            }
        case ReservationEnded() if row is not None:
            ended = {"state": event.state.value, "since": event.at, "ended_by": event.by}
            return row | ended | {"reason": event.reason, "seq": seq}
        case _:
            return None


def fold_motion(row: Row | None, event: Event, seq: int) -> Row | None:
    """Opening until the bank, or a person, has said what became of it."""
    if isinstance(event, AisleOpening | AiringBegan):
        return {
            "rack": event.rack,
            "aisle": getattr(event, "aisle", AIRING),
            "command_id": event.command_id,
            "by": getattr(event, "by", CALENDAR),
            "state": OPENING,
            "since": event.at,
            "detail": "",
            "seq": seq,
        }
    if row is None or getattr(event, "command_id", None) != row["command_id"]:
        return None
    match event:
        case AisleOpened():
            state, detail = "opened", ""
        case AisleDeclined():
            state, detail = "declined", event.reason
        case AisleFailed() | AiringEnded():
            state, detail = event.outcome, event.detail
        case MotionResolved():
            state, detail = "resolved", f"{event.finding.value}: {event.note}"
        case _:
            return None
    return row | {"state": state, "since": event.at, "detail": detail, "seq": seq}
