"""What listens where beside doors, and how much better a new place must be heard: values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ListenerKind(StrEnum):
    """What hears a tag beside doors; a shelf's antenna is near, a zone's may hear through walls."""

    ZONE = "zone"
    SHELF = "shelf"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerPlan:
    """A reader that listens for tags that stay; its device name is its id."""

    id: str
    kind: ListenerKind
    room: str
    spots: Mapping[int, str]
    """Port to place in the room: a zone's id, or ``rack/bay/level`` as far as known."""
    elsewhere: str | None = None
    """The place of every other port; ``None``: others are not listened to."""

    def spot(self, port: int) -> str | None:
        """What that port covers; ``None``: nothing we listen to."""
        return self.spots.get(port, self.elsewhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mobility:
    """When a tag that one antenna hears is said to be at another of the same kind.

    It must be heard louder there, by an advantage that shrinks as the old place falls silent:
    ``min(threshold, threshold - slope * (silence - hold_off))``, in dB.
    """

    threshold_db: float = 6.0
    hold_off_s: float = 0.5
    slope_db_per_s: float = 8.0

    def advantage_db(self, silence_s: float) -> float:
        """How much louder the new place must be when the old one last heard it so long ago."""
        lately = self.slope_db_per_s * (silence_s - self.hold_off_s)
        return min(self.threshold_db, self.threshold_db - lately)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceRule:
    """How presence is concluded from reads, for every listener of the site."""

    mobility: Mobility = Mobility()
    longest_silence_s: float = 300.0
    """However badly a tag is heard: silent for so long, it has departed."""
    grace_s: float = 30.0
    """Silence after a reader has come back that is not yet counted."""
