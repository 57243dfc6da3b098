"""ISO 28560-4 library numbers: URN Code 40 of ISO/IEC 15962, annex Q, and their AFI.

Three characters make 16 bits. Escapes carry long runs of digits and any other character up to
three octets of UTF-8. What the decoder does not understand is no number, never half a number.
"""

import re

from drivers.tag_numbers.gen2 import MAX_WORDS
from drivers.tag_numbers.number import AfiState, BadNumber

IN_STOCK_AFI = 0xC2
ON_LOAN_AFI = 0x07

_ALPHABET = "\0ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789"
_PAD = "\0"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_MOST = 40**3
"""The largest code word, 999; from FA01h on the first octet is an escape or reserved."""
_LONG_DIGITS = 0xFB
_CHARACTER = {0xFC: 1, 0xFD: 2, 0xFE: 3}
"""Escapes before one character, by how many octets of UTF-8 it has."""
_ESCAPE = {octets: escape for escape, octets in _CHARACTER.items()}
_LEAST_DIGITS, _MOST_DIGITS, _LEAST_OCTETS = 9, 24, 4
_SEGMENTS = re.compile(r"[1-9][0-9]{8,23}|[A-Z\-.:0-9]|.", re.DOTALL)


def afi_state(afi: int) -> AfiState:
    """What this AFI says about a library item (ISO 28560-1, annex on item security)."""
    return {IN_STOCK_AFI: AfiState.IN_STOCK, ON_LOAN_AFI: AfiState.ON_LOAN}.get(afi, AfiState.OTHER)


def encode_uii(text: str) -> bytes:
    """``text`` as the UII of a tag, in whole words of 16 bits.

    Raises:
        BadNumber: empty, too long for a tag, or with a character beyond U+FFFF or a control one.
    """
    parts: list[bytes] = []
    plain = ""
    for segment in _SEGMENTS.findall(text):
        if segment in _VALUES and segment != _PAD:
            plain += segment
            continue
        parts += [_triples(plain), _escaped(segment)]
        plain = ""
    coded = b"".join([*parts, _triples(plain)])
    coded += bytes(len(coded) % 2)
    if not 0 < len(coded) <= 2 * MAX_WORDS:
        raise BadNumber(f"{text!r} needs {len(coded) // 2} words; a tag has 1 to {MAX_WORDS}")
    return coded


def decode_uii(data: bytes) -> str:
    """The text in the UII ``data``.

    Raises:
        BadNumber: not URN Code 40.
    """
    text, position, ended = "", 0, False
    while position < len(data):
        first = data[position]
        if first in _CHARACTER:
            piece, position = _character(data, position)
        elif first == _LONG_DIGITS:
            piece, position = _digits(data, position)
        elif first == 0 and not any(data[position:]):
            break
        elif ended:
            raise BadNumber("characters follow a padded code word")
        else:
            piece, position = _triple(data, position)
            ended = len(piece) < 3
            text += piece
            continue
        ended = False
        text += piece
    if not text:
        raise BadNumber("empty")
    return text


def _triples(plain: str) -> bytes:
    plain += _PAD * (-len(plain) % 3)
    words = (
        1600 * _VALUES[plain[at]] + 40 * _VALUES[plain[at + 1]] + _VALUES[plain[at + 2]] + 1
        for at in range(0, len(plain), 3)
    )
    return b"".join(word.to_bytes(2) for word in words)


def _escaped(segment: str) -> bytes:
    if len(segment) >= _LEAST_DIGITS:
        value = int(segment)
        octets = max(_LEAST_OCTETS, (value.bit_length() + 7) // 8)
        sizes = len(segment) - _LEAST_DIGITS << 4 | octets - _LEAST_OCTETS
        return bytes([_LONG_DIGITS, sizes]) + value.to_bytes(octets)
    try:
        octets_of_it = segment.encode()
    except UnicodeEncodeError as error:
        raise BadNumber(f"{segment!r} is no character") from error
    if len(octets_of_it) not in _ESCAPE or not segment.isprintable():
        raise BadNumber(f"{segment!r} cannot be written on a tag")
    return bytes([_ESCAPE[len(octets_of_it)]]) + octets_of_it


def _triple(data: bytes, position: int) -> tuple[str, int]:
    word = int.from_bytes(data[position : position + 2]) - 1
    if len(data) < position + 2 or not 0 <= word < _MOST:
        raise BadNumber(f"{data[position:].hex().upper()} is no code word")
    coded = _ALPHABET[word // 1600] + _ALPHABET[word // 40 % 40] + _ALPHABET[word % 40]
    piece = coded.rstrip(_PAD)
    if not piece or _PAD in piece:
        raise BadNumber("padding before a character")
    return piece, position + 2


def _character(data: bytes, position: int) -> tuple[str, int]:
    octets = _CHARACTER[data[position]]
    coded = data[position + 1 : position + 1 + octets]
    try:
        piece = coded.decode()
    except UnicodeDecodeError as error:
        raise BadNumber(f"{coded.hex().upper()} is no character of UTF-8") from error
    if len(coded) != octets or len(piece) != 1 or not piece.isprintable():
        raise BadNumber(f"{coded.hex().upper()} is no printable character")
    return piece, position + 1 + octets


def _digits(data: bytes, position: int) -> tuple[str, int]:
    sizes = data[position + 1 : position + 2]
    if not sizes:
        raise BadNumber("a run of digits without its length")
    digits = _LEAST_DIGITS + (sizes[0] >> 4)
    end = position + 2 + _LEAST_OCTETS + (sizes[0] & 0x0F)
    piece = f"{int.from_bytes(data[position + 2 : end]):0{digits}}"
    if end > len(data) or len(piece) != digits:
        raise BadNumber(f"no run of {digits} digits")
    return piece, end
