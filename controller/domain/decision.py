"""What ``Stackroom.handle`` answers, and the messages only the controller itself sends in."""

from collections.abc import Iterable
from dataclasses import dataclass

from controller.domain.events import Event
from drivers.commands import Command
from drivers.observations import ClimateReading, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time passed. Nothing else in the domain knows that it does."""

    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The controller's own trouble: a full disk, a clock that stepped; or the end of it."""

    at: Moment
    kind: str
    """``store_full`` or ``clock_stepped``."""
    active: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AiringDue:
    """The calendar says that a bank is to be aired now; what is known of the room decides."""

    at: Moment
    rack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one request: done, or refused with a reason a person can act on."""

    request_id: str
    accepted: bool
    code: str
    """``accepted``, or the refusal, e.g. ``same_person``, ``aisle_occupied``, ``no_such_loan``."""
    detail: dict[str, str]
    """Facts for the text, and ids of what was made: ``loan_id``, ``command_id``, ``aisle`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was concluded, what the devices should do, and what the askers are told."""

    events: tuple[Event, ...] = ()
    commands: tuple[Command, ...] = ()
    answers: tuple[Answer, ...] = ()
    readings: tuple[ClimateReading, ...] = ()


NOTHING = Decision()
"""Nothing was concluded."""


def together(decisions: Iterable[Decision]) -> Decision:
    """One decision that says what all of them say, in their order."""
    parts = [part for part in decisions if part is not NOTHING]
    if len(parts) == 1:
        return parts[0]
    return Decision(
        events=tuple(event for part in parts for event in part.events),
        commands=tuple(command for part in parts for command in part.commands),
        answers=tuple(answer for part in parts for answer in part.answers),
        readings=tuple(reading for part in parts for reading in part.readings),
    )
