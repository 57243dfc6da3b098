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

Command = OpenAisle | StopRack | SwitchOutputs | TagCommand
