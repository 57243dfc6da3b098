"""What mobile shelving is doing, and why it did not move, in plain words."""

from collections.abc import Mapping
from typing import Final

from api.screens.language import mark
from drivers.observations import Presence, RackMode

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
    Presence.CLEAR: mark("no one seen"),
    Presence.OCCUPIED: mark("somebody is in it"),
    Presence.OBSTRUCTED: mark("something is in the way"),
    Presence.UNKNOWN: mark("not known"),
}

REASONS: Final[Mapping[str, str]] = {
    "aisle_occupied": mark("Not moved: somebody is in aisle %(fact)s."),
    "aisle_obstructed": mark("Not moved: something is in the way in aisle %(fact)s."),
    "aisle_unknown": mark("Not moved: nobody knows whether aisle %(fact)s is clear."),
}
