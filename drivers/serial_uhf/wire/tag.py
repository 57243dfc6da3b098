"""What a serial reader says of one tag, in the units of its own protocol."""

from typing import NamedTuple

ONLY_ANTENNA = (1,)
"""Of readers that have one and do not name it."""


class Tag(NamedTuple):
    """One tag of one report; a tuple, because many arrive."""

    epc: str
    """Upper-case hexadecimal."""
    antennas: tuple[int, ...]
    """From 1; 0 where the reader names none of several."""
    rssi: int | None
    """Raw, in the unit its protocol or its maker chose."""
    pc: int | None = None
    """The Gen2 protocol control word, where the reader passes it on."""
    tid: str = ""
    """Upper-case hexadecimal, where the reader was asked for it."""
