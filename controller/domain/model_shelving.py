"""Words for what people and shelving do together: reservations, doubts, places, errands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.domain.model_machines import MachineDoubt


class ReservationState(StrEnum):
    """Where a reservation of an aisle stands; the last seven are final."""

    QUEUED = "queued"
    """Somebody else's aisle is open, or about to be."""
    RESERVED = "reserved"
    """It is this one's turn; its person opens it, for nothing else does."""
    SENT = "sent"
    """The bank was told to move."""
    ACCEPTED = "accepted"
    """The bank said that it will."""
    MOVING = "moving"
    AT_TARGET = "at_target"
    """The aisle stands open, and is this one's until it is released."""
    UNKNOWN = "unknown"
    """Nobody knows what became of the motion: a person looks and says."""
    RELEASED = "released"
    REFUSED = "refused"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    """A stop of the bank's own, or the loss of its power, ended it."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


IN_MOTION = frozenset({ReservationState.SENT, ReservationState.ACCEPTED, ReservationState.MOVING})
LIVE = frozenset(
    {
        ReservationState.QUEUED,
        ReservationState.RESERVED,
        *IN_MOTION,
        ReservationState.AT_TARGET,
        ReservationState.UNKNOWN,
    }
)
"""Those that are not final."""


class Finding(StrEnum):
    """What a person found who went to look at a motion of which nobody knew the end."""

    OPEN = "open"
    """The aisle stands open."""
    NOT_OPEN = "not_open"
    """It does not; the carriages stand still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One live reservation, as it is handed over a restart."""

    id: str
    rack: str
    aisle: int
    by: str
    state: ReservationState
    command_id: str
    """Of the motion that opens it; empty before."""
    claimed: bool
    """Its person has opened it, or said that they are there."""
    since: datetime
    """In that state."""
    overdue: bool = False
    """Somebody was asked already whether the aisle is still in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A motion that has begun and of which no end is known."""

    rack: str
    aisle: int
    command_id: str
    by: str
    told: bool
    """Whether ``AisleFailed`` has said so already."""


class ErrandTask(StrEnum):
    """What a person shall do with a thing."""

    FETCH = "fetch"
    PUT_AWAY = "put_away"


class ErrandEnd(StrEnum):
    """How an errand ended."""

    DONE = "done"
    NOT_THERE = "not_there"
    """It was not at its place: somebody must find out why."""
    CALLED_OFF = "called_off"


class Witness(StrEnum):
    """Who or what says that an errand is done."""

    PERSON = "person"
    SCAN = "scan"
    """A person scanned the very tag or barcode."""
    DOOR = "door"
    DESK = "desk"
    SHELF = "shelf"
    """An antenna in the very shelf heard it."""
    HANDHELD = "handheld"
    """Somebody went along the very shelf with a handheld."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One open errand: all that must be known to recognise its end."""

    id: str
    task: ErrandTask
    holding_id: str
    rack: str
    """Empty when no rack could be made out of the catalogue's place."""
    aisle: int | None
    place: str
    """As ``ShelfPlace.code`` says it, else as the catalogue does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownShelving:
    """What outlives a controller, in the order of its making."""

    reservations: tuple[Reservation, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    errands: tuple[Errand, ...] = ()
    machine_doubts: tuple[MachineDoubt, ...] = ()
