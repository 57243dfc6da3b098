"""What stands where of shelving, beside its banks: lifts and such, and how queues are kept."""

from dataclasses import dataclass
from enum import StrEnum


class MachineKind(StrEnum):
    """What a machine that brings things is, as its profile's class says."""

    LIFT = "lift"
    CRANE = "crane"
    CAROUSEL = "carousel"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePlan:
    """A lift, crane or carousel; its device name is its id."""

    id: str
    kind: MachineKind
    sizes: tuple[int, ...]
    """How many trays; shelves; or rows, columns and levels: what a place in it counts."""
    openings: int = 1
    """Where it hands things over, from 1."""
    name: str = ""
    room: str = ""
    code: str = ""
    """What labels call it, besides its id and its name."""
    stale_after_s: float = 3.0
    """A picture older than this is no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """How long people may take at a bank, seconds."""

    claim_within_s: float = 300.0
    """A turn that its person does not take up within so long is somebody else's."""
    wait_at_most_s: float = 7200.0
    """Who has waited for so long has gone."""
    usual_hold_s: float = 900.0
    """An aisle kept for longer is asked about, and may be released by whoever sees it empty."""
