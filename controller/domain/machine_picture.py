"""What the newest picture of a lift, crane or carousel means for a wish: pure reading.

What is unknown, incomplete or stale is in the way.
"""

from collections.abc import Mapping

from controller.domain.model_machines import MachineVerb, MachineWish
from controller.domain.plans_shelving import MachineKind, MachinePlan
from drivers.observations import MachineStatus, Moment, RackMode

MAY_MOVE = frozenset({RackMode.IDLE, RackMode.HOLDING})
IN_THE_WAY = frozenset(
    {
        "occupied",
        "obstructed",
        "light_curtain",
        "overload",
        "overweight",
        "overheight",
        "estop_active",
        "reset_required",
        "watchdog_tripped",
        "fire",
        "fault",
        "drive_fault",
        "position_error",
        "locked",
    }
)
"""Flags of the status, any of which means that nothing shall move."""

_AT_OPENING: Mapping[MachineKind, str] = {
    MachineKind.LIFT: "tray_at_bay",
    MachineKind.CAROUSEL: "shelf",
}
Obstacle = tuple[str, str]
"""A code and its fact."""


def flags_of(status: MachineStatus) -> frozenset[str] | None:
    """What it says is in the way; ``None`` when it does not say."""
    said = status.values.get("status")
    if said is None or any(not isinstance(flag, str) for flag in said):
        return None
    return frozenset(str(flag) for flag in said) & IN_THE_WAY


def presents(plan: MachinePlan, status: MachineStatus) -> tuple[int | None, ...]:
    """What stands at each opening, 0 where nothing does; ``None`` unknown. A crane: its forks."""
    said = status.values.get(_AT_OPENING.get(plan.kind, "load_present"), ())
    known = [int(value) if isinstance(value, int | float) else None for value in said]
    return tuple((*known, *[None] * plan.openings)[: plan.openings])


def unclear(plan: MachinePlan, status: MachineStatus | None, at: Moment) -> Obstacle | None:
    """Why the picture is not fresh, complete and clear."""
    if status is None or at.monotonic_s - status.at.monotonic_s > plan.stale_after_s:
        return "status_stale", ""
    flags = flags_of(status)
    if flags is None:
        return "status_incomplete", ""
    return (min(flags), "") if flags else None


def not_ready(plan: MachinePlan, status: MachineStatus, wish: MachineWish) -> Obstacle | None:
    """Why a clear machine still cannot do that now."""
    if status.mode not in MAY_MOVE:
        return f"mode_{status.mode}", ""
    if status.moving:
        return "mode_moving", ""
    return _opening(plan, status, wish)


def _opening(plan: MachinePlan, status: MachineStatus, wish: MachineWish) -> Obstacle | None:
    """Whether what stands at the opening, or on the forks, lets it be done."""
    if plan.kind is MachineKind.CAROUSEL:
        return None
    there = presents(plan, status)[wish.opening - 1]
    if there is None:
        return "status_incomplete", ""
    if plan.kind is MachineKind.CRANE:
        return ("forks_loaded", "") if there else None
    if wish.verb is MachineVerb.PUT_BACK:
        return None if there else ("opening_empty", str(wish.opening))
    return ("opening_occupied", str(there)) if there else None
