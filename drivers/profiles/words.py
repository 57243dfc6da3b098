"""The words every profile of something that moves shares, and those none may contain.

A make's own codes are mapped to these words by the enums and bits of its profile; driver,
simulator and screens know the words only.
"""

from drivers.profiles.model import Command, Group, Profile
from drivers.profiles.tables import Table
from drivers.registers import Point

FORBIDDEN = (
    "bypass", "clear", "defeat", "disable", "force", "inhibit", "mute", "override", "reset",
    "unlock",
)  # fmt: skip
"""No verb and no writable point whose name contains one of these is ever loaded."""

STATES = frozenset(
    {"init", "idle", "moving", "holding", "fetching", "storing", "presenting"}
    | {"protective_stop", "emergency_stop", "fault", "power_lost"}
)
MODES = frozenset({"off", "local", "remote", "maintenance"})
FLAGS = frozenset(
    {"power_ok", "remote_enabled", "moving", "locked", "ventilated", "occupied", "obstructed"}
    | {"overload", "estop_active", "reset_required", "watchdog_tripped", "fire", "fault"}
    | {"homed", "light_curtain", "shutter_closed", "overweight", "overheight", "drive_fault"}
    | {"position_error"}
)
ACK_CODES = frozenset(
    {"none", "accepted", "queued", "busy", "refused_mode", "refused_occupied", "refused_locked"}
    | {"refused_stop", "bad_argument", "bad_check", "not_lease_holder", "tray_unknown"}
    | {"tray_already_requested", "tray_blocked", "bay_unknown", "bay_occupied", "bay_empty"}
    | {"cell_unknown", "cell_empty", "cell_occupied"}
)
DONE_CODES = frozenset(
    {"none", "ok", "stopped", "obstructed", "occupied", "overload", "emergency_stop", "watchdog"}
    | {"timeout", "power_lost", "superseded", "overweight", "overheight", "light_curtain"}
    | {"drive_fault", "position_error", "tray_missing", "cell_occupied", "cell_empty"}
)

VOCABULARY = {
    "state": STATES,
    "mode": MODES,
    "status": FLAGS,
    "ack_code": ACK_CODES,
    "done_code": DONE_CODES,
}
SEQUENCE_POINTS = (
    "state", "mode", "status", "heartbeat_out",
    "ack_seq", "ack_code", "done_seq", "done_code", "session_echo",
)  # fmt: skip
"""What a device that numbers its commands must show in the group ``status``."""


def forbidden_in(name: str) -> str | None:
    """The forbidden word ``name`` contains, if any."""
    return next((word for word in FORBIDDEN if word in name.lower()), None)


def check_motion(top: Table, profile: Profile, command: Command) -> None:
    """Refuse a profile that commands a device whose state it cannot tell.

    Raises:
        ProfileError: a point of the group ``status`` is missing or says words nobody knows.
    """
    group = profile.groups.get("status")
    if group is None or not group.coherent or group.once:
        raise top.fault("group.status", "what moves needs this group, coherent and polled")
    here = {point.name: point for point in group.points}
    needed = SEQUENCE_POINTS if command.handshake == "sequence" else ("status",)
    if missing := [name for name in needed if name not in here]:
        raise top.fault("group.status", f"lacks the point {missing[0]!r}")
    for name, words in VOCABULARY.items():
        if name in here and (unknown := _words(here[name]) - words):
            raise top.fault(f"point {name}", f"{min(unknown)!r} is not one of {_list(words)}")
    if "moving" not in here["status"].bits:
        raise top.fault("point status.bits", "nothing says whether it is moving")
    _check_confirmed(top, group, command)


def _check_confirmed(top: Table, status: Group, command: Command) -> None:
    """What confirms must be in the picture, or it would be of another instant."""
    for verb in command.verbs.values():
        for confirm in verb.confirm:
            if confirm.point not in status.points:
                where = f"command.verb.{verb.name}.confirm"
                raise top.fault(where, f"{confirm.point.name!r} is not in group.status")


def _words(point: Point) -> set[str]:
    return set(point.enum.values()) | set(point.bits)


def _list(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))
