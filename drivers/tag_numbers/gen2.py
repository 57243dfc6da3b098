"""The EPC memory bank of a Gen2 tag: its PC word and its CRC-16 (EPC Gen2, 6.3.2.1.2)."""

import binascii
from dataclasses import dataclass
from typing import Self

from drivers.tag_numbers.number import BadNumber

MAX_WORDS = 31
"""What the five length bits can say: 496 bits of EPC or UII."""
_USER_MEMORY, _EXTENDED, _ISO = 0x400, 0x200, 0x100


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolControl:
    """The PC word: how long the number is, and whether it is an EPC or an ISO number."""

    words: int
    """How many words of 16 bits follow; an XPC word counts, too."""
    user_memory: bool = False
    extended: bool = False
    """An XPC word stands between the PC word and the number."""
    iso: bool = False
    """The toggle, bit 17h: 0 says EPC, 1 says that an ISO 15961 AFI is in the low byte."""
    attributes: int = 0
    """The low byte: the AFI where ``iso``, else attribute bits of the item."""

    @classmethod
    def from_word(cls, word: int) -> Self:
        """Take a PC word apart.

        Raises:
            BadNumber: not 16 bits.
        """
        if not 0 <= word <= 0xFFFF:
            raise BadNumber(f"a PC word has 16 bits, {word:X} has more")
        return cls(
            words=word >> 11,
            user_memory=bool(word & _USER_MEMORY),
            extended=bool(word & _EXTENDED),
            iso=bool(word & _ISO),
            attributes=word & 0xFF,
        )

    @property
    def word(self) -> int:
        """The 16 bits as they stand in the tag."""
        flags = _USER_MEMORY * self.user_memory | _EXTENDED * self.extended | _ISO * self.iso
        return self.words << 11 | flags | self.attributes

    def fits(self, words: int) -> bool:
        """Whether a number of so many words is what this PC word announces."""
        return words == self.words or (self.extended and words == self.words - 1)


def crc16(data: bytes) -> int:
    """CRC-16/GENIBUS, over PC word and number as stored (EPC Gen2, annex F)."""
    return binascii.crc_hqx(data, 0xFFFF) ^ 0xFFFF


def stored_crc_matches(bank: bytes) -> bool:
    """Whether an EPC bank, read from address 0, starts with the CRC of what its PC announces.

    The CRC covers the PC word and as many words as that says; what lies behind is not covered.
    """
    if len(bank) < 4:
        return False
    covered = 2 + 2 * (bank[2] >> 3)
    content = bank[2 : 2 + covered]
    return len(content) == covered and crc16(content) == int.from_bytes(bank[:2])
