"""What mobile shelving is doing, and why it did not move, in plain words."""

from collections.abc import Mapping
from typing import Final

from api.screens.language import Language, mark
from drivers.observations import Outcome, Presence, RackMode

MODES: Final[Mapping[RackMode, str]] = {
    RackMode.UNKNOWN: mark("State unknown"),
    RackMode.LOCAL: mark("Operated by hand at the shelving"),
    RackMode.IDLE: mark("Standing still"),
    RackMode.MOVING: mark("Moving"),
    RackMode.HOLDING: mark("Holding"),
    RackMode.PROTECTIVE_STOP: mark("Protective stop: reset it at the shelving"),
    RackMode.EMERGENCY_STOP: mark("Emergency stop: reset it at the shelving"),
    RackMode.FAULT: mark("Fault"),
    RackMode.POWER_LOST: mark("No power"),
}

PRESENCES: Final[Mapping[Presence, str]] = {
    Presence.CLEAR: mark("nobody seen"),
    Presence.OCCUPIED: mark("somebody in it"),
    Presence.OBSTRUCTED: mark("something in the way"),
    Presence.UNKNOWN: mark("not known"),
}

OBSTACLES: Final[Mapping[str, str]] = {
    "aisle_occupied": mark("somebody is in aisle %(fact)s"),
    "aisle_obstructed": mark("something is in the way in aisle %(fact)s"),
    "aisle_unknown": mark("nobody knows whether aisle %(fact)s is clear"),
    "no_such_aisle": mark("there is no aisle %(fact)s"),
    "moving": mark("it is already moving, to aisle %(fact)s"),
    "rack_lost": mark("the shelving does not answer"),
    "status_stale": mark("the shelving has not said anything for too long"),
    "status_incomplete": mark("the shelving does not say everything about its aisles"),
    "mode_unknown": mark("nobody knows what the shelving is doing"),
    "mode_local": mark("it is being operated by hand at the shelving"),
    "mode_moving": mark("it is already moving"),
    "mode_protective_stop": mark("a protective stop must be reset at the shelving"),
    "mode_emergency_stop": mark("the emergency stop must be reset at the shelving"),
    "mode_fault": mark("the shelving reports a fault"),
    "mode_power_lost": mark("the shelving has no power"),
    "busy": mark("the shelving is busy"),
    "refused_mode": mark("the shelving is not in remote operation"),
    "refused_occupied": mark("the shelving itself sees somebody or something in an aisle"),
    "refused_locked": mark("the shelving is locked"),
    "refused_stop": mark("a stop is pressed at the shelving"),
    "requested": mark("a person asked for it"),
    "outcome_unknown": mark("nobody knows how the motion to aisle %(fact)s ended"),
    "airing": mark("it is being aired"),
    "room_not_empty": mark("somebody may be in the room"),
    "room_unwatched": mark("no motion sensor watches the room"),
    "reserved": mark("%(fact)s has the shelving now"),
}
"""Why carriages do not move, or were halted, by the controller's and the bank's own codes."""

_FAILED: Final[Mapping[str, str]] = {
    Outcome.STOPPED: mark("Aisle %(aisle)s was not opened: halted on the way."),
    Outcome.FAILED: mark("Aisle %(aisle)s was not opened: the shelving gave up."),
    Outcome.UNKNOWN: mark("Nobody knows whether aisle %(aisle)s stands open: please look."),
}

_FOUND: Final[Mapping[str, str]] = {
    "open": mark("Somebody looked: aisle %(aisle)s stands open."),
    "not_open": mark("Somebody looked: aisle %(aisle)s does not stand open."),
}

_AIRED: Final[Mapping[str, str]] = {
    Outcome.DONE: mark("The carriages stand spread for air."),
    Outcome.REFUSED: mark("Not aired: the shelving refused."),
    Outcome.STOPPED: mark("Airing was halted."),
    Outcome.FAILED: mark("Not aired: the shelving gave up."),
    Outcome.UNKNOWN: mark("Nobody knows whether the carriages stand spread for air: please look."),
}


def obstacle(t: Language, reason: str) -> str:
    """A code with its fact, ``aisle_occupied:3``, as words; an unknown code as it is."""
    code, _, fact = reason.partition(":")
    return t(OBSTACLES[code], fact=fact) if code in OBSTACLES else reason


def refusal(t: Language, reason: str) -> str:
    """Why nothing moves."""
    return t("Not moved: %(reason)s.", reason=obstacle(t, reason))


def motion(t: Language, last_result: str) -> str:
    """What became of the newest motion, ``refused:5:aisle_occupied:3``; empty without one."""
    verb, _, rest = last_result.partition(":")
    aisle, _, reason = rest.partition(":")
    if aisle in ("", "0") and verb != "stopped":
        return _airing(t, verb, reason)
    match verb:
        case "opening":
            return t("Aisle %(aisle)s is being opened.", aisle=aisle)
        case "opened":
            return t("Aisle %(aisle)s was opened.", aisle=aisle)
        case "refused":
            return t("Aisle %(aisle)s was refused.", aisle=aisle) + " " + refusal(t, reason)
        case "failed":
            return t(_FAILED.get(reason, _FAILED[Outcome.UNKNOWN]), aisle=aisle)
        case "resolved":
            return t(_FOUND.get(reason, _FOUND["not_open"]), aisle=aisle)
        case "stopped":
            return t("Stopped: %(reason)s.", reason=obstacle(t, reason))
        case _:
            return last_result


def _airing(t: Language, verb: str, reason: str) -> str:
    """What became of the newest airing, in which no aisle is opened."""
    if verb == "resolved":
        return t("Somebody looked at the carriages that were to be spread for air.")
    if verb == "airing":
        return t("The carriages are being spread for air.")
    if verb == "aired":
        return t(_AIRED.get(reason, _AIRED[Outcome.UNKNOWN]))
    return t("It was the hour to air, and nothing moved: %(reason)s.", reason=obstacle(t, reason))
