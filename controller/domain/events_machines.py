"""What was concluded about lifts, cranes and carousels. Past tense; never edited."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.model_machines import MachineVerb
from controller.domain.model_shelving import Finding
from drivers.observations import RackMode


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineChanged:
    """A machine shows something else than before."""

    at: datetime
    machine: str
    mode: RackMode
    moving: bool
    fault_code: int
    """0 when it reports none; texts stand in its profile."""
    flags: str
    """What its status says is in the way, comma-separated, e.g. ``light_curtain``."""
    presents: str
    """What stands at its openings, comma-separated, ``0`` where nothing does, ``?`` unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSent:
    """A machine is being told to move: written before it is told."""

    at: datetime
    machine: str
    verb: MachineVerb
    target: str
    """The place in it: a tray, a shelf, or ``row/column/level``."""
    opening: int
    command_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDone:
    """It did what it was told, and shows so."""

    at: datetime
    machine: str
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRefused:
    """Somebody wanted a machine to move, and nothing was sent."""

    at: datetime
    machine: str
    verb: MachineVerb
    target: str
    opening: int
    by: str
    reason: str
    """A code and its fact: ``light_curtain``, ``opening_occupied:12``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFailed:
    """It did not do what it was told; ``unknown`` needs a person to look."""

    at: datetime
    machine: str
    command_id: str
    outcome: str
    """``refused``, ``stopped``, ``failed`` or ``unknown``."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineStopped:
    """A machine was told to halt: an operational stop, not an emergency stop."""

    at: datetime
    machine: str
    command_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineResolved:
    """A person looked at a motion of which nobody knew the end, and said what they found."""

    at: datetime
    machine: str
    command_id: str
    finding: Finding
    note: str
    by: str


MachineEvent = (
    MachineChanged
    | MachineSent
    | MachineDone
    | MachineRefused
    | MachineFailed
    | MachineStopped
    | MachineResolved
)
