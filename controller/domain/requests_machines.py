"""What people ask of lifts, cranes and carousels."""

from dataclasses import dataclass

from controller.domain.asking import Asked
from controller.domain.model_machines import MachineVerb
from controller.domain.model_shelving import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveMachine:
    """Someone at the opening wants a thing brought, or taken away. Worth nothing once stale."""

    asked: Asked
    machine: str
    verb: MachineVerb
    target: str
    """A tray, a shelf, or ``row/column/level``; empty to put a lift's tray back."""
    opening: int
    """From 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMachine:
    """Someone wants a machine to halt."""

    asked: Asked
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveMachine:
    """Someone went to look at a motion of which nobody knew the end."""

    asked: Asked
    machine: str
    finding: Finding
    note: str


MachineRequest = MoveMachine | StopMachine | ResolveMachine
