"""What people ask of the recorder of a door."""

from dataclasses import dataclass

from controller.domain.asking import Asked

LONGEST_S = 120.0
"""Of one recording; somebody who needs more asks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDoor:
    """Someone wants everything that the reader of a door hears in the next seconds kept.

    The recording bears the request's id. The door does its work meanwhile.
    """

    asked: Asked
    door: str
    for_s: float
    """More than 0, at most ``LONGEST_S``."""
