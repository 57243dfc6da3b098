"""Who has an aisle, who waits, where a thing stands: in words a clerk reads."""

from collections.abc import Mapping
from typing import Final

from api.screens.language import Language, mark
from api.screens.names import Names
from controller.domain.model_shelving import Finding, ReservationState
from controller.domain.places import Places, ShelfSide

STATES: Final[Mapping[ReservationState, tuple[str, str]]] = {
    ReservationState.QUEUED: ("", mark("waits")),
    ReservationState.RESERVED: ("warn", mark("has the turn; not open yet")),
    ReservationState.SENT: ("warn", mark("is being opened")),
    ReservationState.ACCEPTED: ("warn", mark("is being opened")),
    ReservationState.MOVING: ("warn", mark("is being opened")),
    ReservationState.AT_TARGET: ("ok", mark("stands open")),
    ReservationState.UNKNOWN: ("bad", mark("nobody knows whether it stands open")),
    ReservationState.RELEASED: ("", mark("given back")),
    ReservationState.REFUSED: ("bad", mark("refused by the shelving")),
    ReservationState.STOPPED: ("warn", mark("stopped")),
    ReservationState.BLOCKED: ("bad", mark("stopped by the shelving itself")),
    ReservationState.FAILED: ("bad", mark("not opened")),
    ReservationState.CANCELLED: ("", mark("cancelled")),
    ReservationState.EXPIRED: ("", mark("expired: nobody came")),
}
FINDINGS: Final[Mapping[Finding, str]] = {
    Finding.OPEN: mark("It stands open"),
    Finding.NOT_OPEN: mark("It does not stand open, and nothing moves"),
}
_SIDES: Final[Mapping[ShelfSide, str]] = {
    ShelfSide.LEFT: mark("left side"),
    ShelfSide.RIGHT: mark("right side"),
}


def place(t: Language, names: Names, places: Places, code: str) -> str:
    """``rack-a/3/L/12/4`` as the way to it; what is no place stands as it is written."""
    found = places.read(code)
    inside = places.in_machine(code) if found is None else None
    if inside is not None:
        where = t("place %(number)s", number=inside.target)
        return f"{names.device(inside.machine)} · {where}"
    if found is None:
        return code or t("no place in the catalogue")
    steps = [names.device(found.rack), t("aisle %(number)s", number=found.aisle)]
    steps += [t(_SIDES[found.side])] if found.side is not None else []
    steps += [t("bay %(number)s", number=found.bay)] if found.bay is not None else []
    steps += [t("level %(number)s", number=found.level)] if found.level is not None else []
    steps += [t("slot %(number)s", number=found.slot)] if found.slot else []
    return " · ".join(steps)
