"""What a handheld asks for: that what it heard at a stated place be written down."""

from dataclasses import dataclass

from controller.domain.asking import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSweep:
    """One batch of reads of one sweep. The same batch again changes nothing."""

    asked: Asked
    sweep: str
    """Chosen by the handheld, unique for ever: one walk of one person through one place."""
    number: int
    """Of this batch within the sweep, from 1."""
    handheld: str
    room: str
    spot: str
    """``rack/bay/level`` as far as known; empty: somewhere in the room."""
    heard: dict[str, str]
    """EPC to when it was last heard, by our own clock: ISO 8601 with its zone."""


PresenceRequest = RecordSweep
