"""The checks of the serial protocols, each computed in C."""

from binascii import crc_hqx

START = 0xFFFF
GEN2_RESIDUE = 0x1D0F
"""What a Gen2 PacketCRC leaves when it is run over itself, too (Gen2 v2 annex F)."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def mcrf4xx(data: bytes) -> int:
    """CRC-16/MCRF4XX: polynomial 0x1021 reflected (0x8408), start FFFF, no final xor.

    ``crc_hqx`` runs the same polynomial the other way round, so the bits of what goes in and of
    what comes out are mirrored.
    """
    crc = crc_hqx(data.translate(_MIRRORED), START)
    return _MIRRORED[crc & 0xFF] << 8 | _MIRRORED[crc >> 8]


def ends_in_mcrf4xx(frame: bytes) -> bool:
    """Whether the last two bytes of ``frame``, low byte first, check the others."""
    return crc_hqx(frame.translate(_MIRRORED), START) == 0


def packet_crc(data: bytes) -> int:
    """The CRC-16 a Gen2 tag sends after PC and EPC (Gen2 v2 6.3.1.5): start FFFF, inverted."""
    return crc_hqx(data, START) ^ 0xFFFF


def ends_in_packet_crc(data: bytes) -> bool:
    """Whether the last two bytes of ``data``, high byte first, are the PacketCRC of the others."""
    return crc_hqx(data, START) == GEN2_RESIDUE
