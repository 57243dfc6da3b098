"""Spoils inputs the ways lines, networks and broken firmware do, and a few they do not."""

from collections.abc import Callable, Sequence
from random import Random

LONGEST = 4096
TELLING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
"""Numbers at which lengths and counts break."""
WIDTHS = (1, 2, 4, 8)

Mutation = Callable[[bytearray, Random], None]


def flip_a_bit(data: bytearray, chance: Random) -> None:
    """As noise does."""
    bit = int(chance.random() * len(data) * 8)
    data[bit >> 3] ^= 1 << (bit & 7)


def set_a_byte(data: bytearray, chance: Random) -> None:
    """As noise does on a serial line."""
    data[int(chance.random() * len(data))] = int(chance.random() * 256)


def set_a_number(data: bytearray, chance: Random) -> None:
    """A length or a count at the edge of what it can be."""
    width = WIDTHS[int(chance.random() * 4)]
    value = TELLING[int(chance.random() * len(TELLING))] & ((1 << 8 * width) - 1)
    at = int(chance.random() * len(data))
    data[at : at + width] = value.to_bytes(width, "big")


def nudge_a_byte(data: bytearray, chance: Random) -> None:
    """A length or a count that is wrong by one."""
    at = int(chance.random() * len(data))
    data[at] = (data[at] + (1 if chance.random() < 0.5 else -1)) & 0xFF


def lose_some(data: bytearray, chance: Random) -> None:
    """As a full buffer does."""
    at = int(chance.random() * len(data))
    del data[at : at + 1 + int(chance.random() * 8)]


def repeat_some(data: bytearray, chance: Random) -> None:
    """As a resent packet does."""
    at = int(chance.random() * len(data))
    data[at:at] = data[at : at + 1 + int(chance.random() * 32)]


def insert_some(data: bytearray, chance: Random) -> None:
    """As crosstalk does."""
    at = int(chance.random() * (len(data) + 1))
    data[at:at] = chance.randbytes(1 + int(chance.random() * 8))


def cut_the_end(data: bytearray, chance: Random) -> None:
    """As a lost connection does."""
    del data[int(chance.random() * len(data)) :]


MUTATIONS: Sequence[Mutation] = (
    flip_a_bit, set_a_byte, set_a_number, nudge_a_byte,
    lose_some, repeat_some, insert_some, cut_the_end,
)  # fmt: skip


def spoilt(seeds: Sequence[bytes], chance: Random) -> bytes:
    """One of ``seeds``, now and then two in one, after one to four mutations."""
    data = bytearray(seeds[int(chance.random() * len(seeds))])
    if chance.random() < 0.1:
        other = seeds[int(chance.random() * len(seeds))]
        data = data[: int(chance.random() * len(data))] + other[int(chance.random() * len(other)) :]
    for _ in range(1 + int(chance.random() * 4)):
        if not data:
            data += chance.randbytes(1 + int(chance.random() * 16))
        MUTATIONS[int(chance.random() * 8)](data, chance)
    return bytes(data[:LONGEST])
