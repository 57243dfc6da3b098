"""What was concluded about aisles that people wait for."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.model_shelving import (
    ErrandEnd,
    ErrandTask,
    Finding,
    ReservationState,
    Witness,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AisleReserved:
    """Somebody waits for an aisle; ``ReservationAdvanced`` says when it is their turn."""

    at: datetime
    reservation_id: str
    rack: str
    aisle: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationAdvanced:
    """A reservation stands differently, and goes on."""

    at: datetime
    reservation_id: str
    rack: str
    aisle: int
    state: ReservationState
    command_id: str
    """Of the motion that opens it; empty while there is none."""
    claimed: bool
    """Its person has opened it, or said that they are there."""
    reason: str
    """``overdue`` when it was held for longer than is usual, what keeps it shut, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationEnded:
    """A reservation is over; carriages stay where they are."""

    at: datetime
    reservation_id: str
    rack: str
    aisle: int
    state: ReservationState
    reason: str
    by: str
    """The person who ended it; empty when nobody did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AisleDeclined:
    """The bank was told to move, and declined: nothing has moved."""

    at: datetime
    rack: str
    aisle: int
    command_id: str
    by: str
    reason: str
    """The bank's own code, e.g. ``refused_occupied``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCancelled:
    """Nobody's aisle will be opened any more: the bank stopped by itself, or lost its power."""

    at: datetime
    rack: str
    reason: str
    """``emergency_stop``, ``protective_stop``, ``watchdog``, ``power_lost``, ``fault`` …"""
    waiting: str
    """Who had been waiting, comma-separated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionResolved:
    """A person looked at a motion of which nobody knew the end, and said what they found."""

    at: datetime
    rack: str
    aisle: int
    command_id: str
    finding: Finding
    note: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AiringBegan:
    """Carriages are being told to spread, by the calendar, in a room known to be empty."""

    at: datetime
    rack: str
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AiringEnded:
    """The carriages stand spread, or do not; ``unknown`` needs a person."""

    at: datetime
    rack: str
    command_id: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AiringRefused:
    """It was the hour to air a bank, and nothing was moved."""

    at: datetime
    rack: str
    reason: str
    """``room_unwatched``, ``room_not_empty``, or what kept a bank of the room from moving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandMade:
    """A person shall fetch a thing from its place, or put it back there."""

    at: datetime
    errand_id: str
    list_id: str
    """What was asked for at once has one list."""
    task: ErrandTask
    holding_id: str
    reference_code: str
    loan_id: str
    """The loan it is fetched for; empty without one."""
    rack: str
    """Empty when no rack could be made out of the catalogue's place."""
    aisle: int | None
    shelf: str
    """The place by its code, e.g. ``rack-a/3/L/12/4``; else as the catalogue writes it."""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandEnded:
    """It is done, or will not be."""

    at: datetime
    errand_id: str
    task: ErrandTask
    holding_id: str
    end: ErrandEnd
    witness: Witness
    by: str
    """The person, or the door or desk that saw the tag."""


ShelvingEvent = (
    AisleReserved
    | ReservationAdvanced
    | ReservationEnded
    | AisleDeclined
    | QueueCancelled
    | MotionResolved
    | AiringBegan
    | AiringEnded
    | AiringRefused
    | ErrandMade
    | ErrandEnded
)
