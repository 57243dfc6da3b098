"""Keeps personal key numbers out of what leaves the building.

A Chinese citizen's identity number is also the social security number, and people type it into
free text. What is published carries a mask instead; the journal keeps what was written.
"""

import re
from collections.abc import Mapping

MASK = "[masked]"

_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY_NUMBER = re.compile(
    r"(?<![0-9A-Za-z.])"
    r"[1-9]\d{5}"  # GB/T 2260: where it was issued
    rf"(?:(?:18|19|20)\d\d{_MONTH_DAY}\d{{3}}[\dXx]"  # GB 11643-1999: 18 characters
    rf"|\d\d{_MONTH_DAY}\d{{3}})"  # GB 11643-1989: 15 digits
    r"(?![0-9A-Za-z])"
)
_NUMBERS_OF_THINGS = frozenset({"epc", "old_epc", "carries"})


def without_personal_numbers(text: str) -> str:
    """``text`` with every identity number replaced, whether or not its check digit is right."""
    return _IDENTITY_NUMBER.sub(MASK, text)


def masked(body: Mapping[str, object]) -> dict[str, object]:
    """``body`` with identity numbers replaced in every text, one level of nesting deep.

    Tag numbers are left alone: they are digits of our own making.
    """
    return {name: _masked_value(name, value) for name, value in body.items()}


def _masked_value(name: str, value: object) -> object:
    if name in _NUMBERS_OF_THINGS:
        return value
    if isinstance(value, str):
        return without_personal_numbers(value)
    if isinstance(value, Mapping):
        return masked(value)
    return value
