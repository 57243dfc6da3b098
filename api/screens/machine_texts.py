"""What lifts, cranes and carousels do and show, and why they did not move, in plain words."""

from collections.abc import Mapping
from typing import Final

from api.machines import MachineState
from api.screens.language import Language, mark
from api.screens.rack_texts import OBSTACLES
from controller.domain.plans_shelving import MachineKind

PLACES: Final[Mapping[MachineKind, str]] = {
    MachineKind.LIFT: mark("Tray"),
    MachineKind.CRANE: mark("Cell: row/column/level"),
    MachineKind.CAROUSEL: mark("Shelf"),
}
BRING: Final[Mapping[MachineKind, str]] = {
    MachineKind.LIFT: mark("Bring the tray"),
    MachineKind.CRANE: mark("Bring from the cell"),
    MachineKind.CAROUSEL: mark("Turn to the shelf"),
}
PUT_BACK: Final[Mapping[MachineKind, str]] = {
    MachineKind.LIFT: mark("Put the tray back"),
    MachineKind.CRANE: mark("Carry to the cell"),
}
STANDS: Final[Mapping[MachineKind, Mapping[str, str]]] = {
    MachineKind.LIFT: {
        "0": mark("empty"),
        "?": mark("not known"),
        "n": mark("tray %(number)s"),
    },
    MachineKind.CRANE: {
        "0": mark("forks empty"),
        "?": mark("not known"),
        "n": mark("a load on the forks"),
    },
    MachineKind.CAROUSEL: {
        "0": mark("not known"),
        "?": mark("between two shelves"),
        "n": mark("shelf %(number)s"),
    },
}
FLAGS: Final[Mapping[str, str]] = {
    "occupied": mark("somebody is in the way"),
    "obstructed": mark("something is in the way"),
    "light_curtain": mark("the light curtain is broken: keep hands out"),
    "overload": mark("too much load"),
    "overweight": mark("too heavy: take something off"),
    "overheight": mark("goods too high: lay them flat"),
    "estop_active": mark("the emergency stop is pressed"),
    "reset_required": mark("it must be reset at the machine"),
    "watchdog_tripped": mark("it lost the controller for a while"),
    "fire": mark("fire alarm"),
    "fault": mark("it reports a fault"),
    "drive_fault": mark("its drive reports a fault"),
    "position_error": mark("it has lost its position"),
    "locked": mark("it is locked"),
    "unknown": mark("it does not say whether it is clear"),
}
"""What a machine's status says is in the way."""

WHY_NOT: Final[Mapping[str, str]] = {
    "machine_lost": mark("the machine does not answer"),
    "machine_busy": mark("%(fact)s is having it move right now"),
    "no_such_place": mark("it has no place %(fact)s"),
    "no_such_opening": mark("it has no opening %(fact)s"),
    "nothing_to_put_back": mark("a carousel takes nothing away"),
    "opening_empty": mark("nothing stands at opening %(fact)s"),
    "opening_occupied": mark("tray %(fact)s stands at the opening: put it back first"),
    "forks_loaded": mark("a load lies on its forks"),
}
"""Why a machine does not move, besides what its status says and what holds for shelving, too."""

_VERBS: Final[Mapping[str, str]] = {
    "bring": mark("%(target)s to opening %(opening)s"),
    "put_back": mark("away from opening %(opening)s %(target)s"),
}
_STATES: Final[Mapping[str, str]] = {
    "sent": mark("under way"),
    "done": mark("done"),
    "refused": mark("refused by the machine"),
    "stopped": mark("stopped"),
    "failed": mark("not done"),
    "unknown": mark("nobody knows how it ended"),
    "resolved": mark("somebody has looked"),
}


def motion_text(t: Language, state: MachineState) -> str:
    """The newest motion and what became of it; empty before the first."""
    if not state.verb:
        return ""
    wish = t(_VERBS[state.verb], target=state.target, opening=state.opening).strip()
    said = t(_STATES[state.state]) if state.state in _STATES else state.state
    return f"{wish}: {said}"


def why_not(t: Language, reason: str) -> str:
    """A code with its fact, ``opening_occupied:12``, as a sentence; an unknown code as it is."""
    code, _, fact = reason.partition(":")
    if code == "stopped":
        return t("Stopped: %(reason)s.", reason=words(t, fact))
    return t("Not moved: %(reason)s.", reason=words(t, reason))


def words(t: Language, reason: str) -> str:
    """The reason alone."""
    code, _, fact = reason.partition(":")
    for texts in (WHY_NOT, FLAGS, OBSTACLES):
        if code in texts:
            return t(texts[code], fact=fact)
    return reason
