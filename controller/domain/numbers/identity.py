"""The citizen identity number (GB 11643-1999): checked, brought to one form, masked."""

import re
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""ISO 7064 MOD 11-2: powers of two from the right, modulo 11."""
_CHECKS = "10X98765432"

_LONG = re.compile(r"[1-9]\d{16}[\dX]")
_SHORT = re.compile(r"[1-9]\d{14}")
_SHOWN_FRONT, _SHOWN_BACK = 6, 4


def check_digit(first_seventeen: str) -> str:
    """The eighteenth character of a number."""
    total = sum(w * int(digit) for w, digit in zip(_WEIGHTS, first_seventeen, strict=True))
    return _CHECKS[total % 11]


def normalised(text: str) -> str:
    """``text`` without blanks, in capitals; fifteen digits of the old form become eighteen."""
    number = "".join(text.split()).upper()
    if _SHORT.fullmatch(number) and number.isascii():
        long = f"{number[:6]}19{number[6:]}"
        return long + check_digit(long)
    return number


def fault(text: str) -> str:
    """What is wrong with the number in ``text``; empty when nothing is."""
    number = normalised(text)
    if not (_LONG.fullmatch(number) and number.isascii()):
        return "is not 17 digits and a digit or X"
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "has no such day of birth"
    if check_digit(number[:17]) != number[17]:
        return "has a wrong check digit; one character is mistyped"
    return ""


def masked(number: str) -> str:
    """``110105********002X``: enough to tell two people apart at a desk, not to use it."""
    hidden = len(number) - _SHOWN_FRONT - _SHOWN_BACK
    if hidden < _SHOWN_BACK:
        return "*" * len(number)
    return f"{number[:_SHOWN_FRONT]}{'*' * hidden}{number[-_SHOWN_BACK:]}"
