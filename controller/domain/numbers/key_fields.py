"""Personal key fields: kept as keyed digests, shown as masks, compared without being known.

The space of identity numbers is small, so a bare hash would give them away: every digest is an
HMAC-SHA-256 with the site's secret, and its field's name goes in, so that an equal number in
another field does not show.
"""

import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controller.domain.numbers import identity

IDENTITY = "id_number"
KEY_FIELDS = {
    IDENTITY: "身份证号",
    "approval_number": "审批编号",
    "social_security_account": "社保账户",
}
"""The fields there are, and what people call them."""

_SHOWN_BACK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyField:
    """What is kept of one number."""

    digest: str
    shown: str
    """The mask: all that anybody gets to see."""
    valid: bool
    """False: a check digit or a date in it is wrong."""


def seal(field: str, text: str, secret: bytes) -> KeyField:
    """``text`` as it is kept; equal numbers, however typed, give equal digests."""
    plain = unicodedata.normalize("NFKC", text)
    if field == IDENTITY:
        number = identity.normalised(plain)
        shown, valid = identity.masked(number), not identity.fault(number)
    else:
        number = "".join(plain.split()).casefold()
        hidden = max(len(number) - _SHOWN_BACK, min(len(number), _SHOWN_BACK))
        shown, valid = "*" * hidden + number[hidden:], True
    digest = hmac.new(secret, f"{field}\n{number}".encode(), "sha256").hexdigest()
    return KeyField(digest=digest, shown=shown, valid=valid)


def differing(
    compared: Iterable[str], one: Mapping[str, KeyField], other: Mapping[str, KeyField]
) -> list[str]:
    """Those of the fields ``compared`` that both sides have and that are not the same number."""
    return [
        field
        for field in compared
        if field in one and field in other and one[field].digest != other[field].digest
    ]
