"""What was concluded from hearing tags beside doors: in zones, on shelves, by handhelds."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.plans_presence import ListenerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TagArrived:
    """An antenna has come to hear a tag; it is no longer where another antenna heard it."""

    at: datetime
    reader: str
    listener: ListenerKind
    room: str
    spot: str
    """Where in the room: a zone's id, or ``rack/bay/level`` as far as known."""
    epc: str
    holding_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDeparted:
    """An antenna that works no longer hears a tag. Where it went is not known by that."""

    at: datetime
    reader: str
    listener: ListenerKind
    room: str
    spot: str
    epc: str
    holding_id: str | None
    last_heard: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSwept:
    """Somebody who went along the shelves with a handheld heard a tag at a stated place."""

    at: datetime
    part_id: str
    handheld: str
    room: str
    spot: str
    by: str
    epc: str
    holding_id: str | None
    heard_at: datetime
    """By our own clock; long before ``at`` when the handheld had no network."""
    nearer: str
    """The shelf reader that hears it right now and so knows better; empty: none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRecorded:
    """One batch of a sweep was taken in, whole. What it did not hear is no less there."""

    at: datetime
    part_id: str
    """``<sweep>/<number>``: the same part sent again changes nothing."""
    digest: str
    """Of what was sent, to tell a repetition from a mistake."""
    handheld: str
    room: str
    spot: str
    by: str
    tags: int
    unknown: int
    """How many of them stand for no holding."""


PresenceEvent = TagArrived | TagDeparted | TagSwept | SweepRecorded
