"""What each event does to the row of a lift, crane or carousel: pure rules, one row a machine."""

from controller.domain.events import Event
from controller.domain.events_machines import (
    MachineChanged,
    MachineDone,
    MachineFailed,
    MachineRefused,
    MachineResolved,
    MachineSent,
    MachineStopped,
)
from controller.store.folds import Keys, Row
from drivers.observations import RackMode

SENT, UNKNOWN = "sent", "unknown"
"""States of a motion of which no end is known."""

MACHINE_KEYS: Keys = {
    MachineChanged: "machine",
    MachineSent: "machine",
    MachineDone: "machine",
    MachineRefused: "machine",
    MachineFailed: "machine",
    MachineStopped: "machine",
    MachineResolved: "machine",
}


def fold_machine(row: Row | None, event: Event, seq: int) -> Row | None:
    """Its own account of itself, its newest motion, and why the newest wish came to nothing."""
    match event:
        case MachineChanged():
            known = row if row is not None else _unseen(event.machine)
            return known | {
                "mode": event.mode.value,
                "moving": event.moving,
                "fault_code": event.fault_code,
                "flags": event.flags,
                "presents": event.presents,
                "changed_at": event.at,
                "seq": seq,
            }
        case MachineSent():
            known = row if row is not None else _unseen(event.machine)
            return known | {
                "command_id": event.command_id,
                "verb": event.verb.value,
                "target": event.target,
                "opening": event.opening,
                "by": event.by,
                "state": SENT,
                "since": event.at,
                "detail": "",
                "refused": "",
                "seq": seq,
            }
        case MachineRefused():
            known = row if row is not None else _unseen(event.machine)
            return known | {"refused": event.reason, "seq": seq}
        case _:
            return _followed(row, event, seq)


def _followed(row: Row | None, event: Event, seq: int) -> Row | None:
    """What became of the newest motion."""
    if row is None:
        return None
    if isinstance(event, MachineStopped):
        return row | {"refused": f"stopped:{event.reason}", "seq": seq}
    if getattr(event, "command_id", "") != row["command_id"]:
        return None
    match event:
        case MachineDone():
            state, detail = "done", ""
        case MachineFailed():
            state, detail = event.outcome, event.detail
        case MachineResolved():
            state, detail = "resolved", f"{event.finding.value}: {event.note}"
        case _:
            return None
    return row | {"state": state, "since": event.at, "detail": detail, "seq": seq}


def _unseen(machine: str) -> Row:
    """One that has said nothing and was told nothing."""
    return {
        "id": machine,
        "mode": RackMode.UNKNOWN.value,
        "moving": False,
        "fault_code": 0,
        "flags": UNKNOWN,
        "presents": "",
        "changed_at": None,
        "command_id": "",
        "verb": "",
        "target": "",
        "opening": 0,
        "by": "",
        "state": "",
        "since": None,
        "detail": "",
        "refused": "",
    }
