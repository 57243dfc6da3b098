"""What the field can be told to do. Absolute wishes only, so that none can be doubled.

No command resets or bypasses a safety function, and none ever will.
"""

from dataclasses import dataclass
from enum import IntEnum


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
class CloseRack:
    """Close every aisle of a bank. Nobody but a person may wish that."""

    device: str
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VentilateRack:
    """Spread the carriages of a bank evenly, so that air passes between them."""

    device: str
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LightAisle:
    """Light one aisle of a bank and no other; 0 darkens all. Nothing moves."""

    device: str
    command_id: str
    aisle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTray:
    """Bring a tray of a lift to one of its access openings."""

    device: str
    command_id: str
    tray: int
    bay: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTray:
    """Take the tray away that stands at an access opening of a lift."""

    device: str
    command_id: str
    bay: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A place of a stacker crane, each number from 1."""

    row: int
    column: int
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveLoad:
    """Carry a load with a stacker crane; ``None`` is the hand-over place."""

    device: str
    command_id: str
    source: Cell | None
    target: Cell | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoToShelf:
    """Turn a carousel until a shelf stands at its opening."""

    device: str
    command_id: str
    shelf: int


MotionCommand = (
    OpenAisle
    | CloseRack
    | VentilateRack
    | LightAisle
    | FetchTray
    | StoreTray
    | MoveLoad
    | GoToShelf
)
"""What a storage machine can be wished to do: by shelving, lifts, cranes and carousels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverMotion:
    """Say what became of a wish of an earlier run, by the device's own word; sends nothing.

    Answered by a ``CommandOutcome`` of that wish; ``UNKNOWN`` where the device does not know it.
    """

    device: str
    wish: MotionCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchOutputs:
    """Set general-purpose outputs of a reader: lamps and buzzer of a light stack."""

    device: str
    on: tuple[int, ...]
    off: tuple[int, ...]
    for_s: float | None
    """After so long the ``on`` outputs go off again; ``None`` leaves them until told."""


class MemoryBank(IntEnum):
    """The memory of a Gen2 tag (EPC Gen2 section 6.3.2.1)."""

    RESERVED = 0
    """The kill password (words 0 and 1) and the access password (words 2 and 3)."""
    EPC = 1
    """Checksum (word 0), protocol control (word 1), then the EPC."""
    TID = 2
    USER = 3


class LockField(IntEnum):
    """The part of a tag that a lock is for."""

    KILL_PASSWORD = 0
    ACCESS_PASSWORD = 1
    EPC = 2
    TID = 3
    USER = 4


class LockPrivilege(IntEnum):
    """What a lock leaves possible; the permanent ones can never be taken back."""

    LOCK = 0
    """Only who knows the access password may write (passwords: read and write)."""
    LOCK_FOR_EVER = 1
    UNLOCK_FOR_EVER = 2
    UNLOCK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTagMemory:
    """Read words of 16 bits from one bank of the one tag with that EPC."""

    device: str
    command_id: str
    epc: str
    """Upper-case hexadecimal."""
    bank: MemoryBank
    word_pointer: int
    words: int
    """How many; 0 reads to the end of the bank."""
    access_password: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTagMemory:
    """Write whole words into one bank of the one tag with that EPC."""

    device: str
    command_id: str
    epc: str
    bank: MemoryBank
    word_pointer: int
    data: str
    """Hexadecimal, four digits a word."""
    access_password: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTag:
    """Lock or unlock one field of the one tag with that EPC."""

    device: str
    command_id: str
    epc: str
    field: LockField
    privilege: LockPrivilege
    access_password: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KillTag:
    """Silence the one tag with that EPC for ever; only a device that was allowed to does it."""

    device: str
    command_id: str
    epc: str
    kill_password: int


TagCommand = ReadTagMemory | WriteTagMemory | LockTag | KillTag
"""What is done to one tag. Each is answered by exactly one ``TagAccessed``, and never repeated."""

Command = MotionCommand | RecoverMotion | StopRack | SwitchOutputs | TagCommand
