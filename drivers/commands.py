"""What the field can be told to do. Absolute wishes only, so that none can be doubled.

No command resets or bypasses a safety function, and none ever will.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAisle:
    """Move carriages so that one aisle becomes walkable."""

    device: str
    command_id: str
    aisle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRack:
    """Halt every carriage of a bank: an operational stop, not an emergency stop."""

    device: str
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchOutputs:
    """Set general-purpose outputs of a reader: lamps and buzzer of a light stack."""

    device: str
    on: tuple[int, ...]
    off: tuple[int, ...]
    for_s: float | None
    """After so long the ``on`` outputs go off again; ``None`` leaves them until told."""


Command = OpenAisle | StopRack | SwitchOutputs
