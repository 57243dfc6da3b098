"""What an archive class 门类 allows its borrowers: data of the site, not code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

_CLASS: Final = re.compile(r"^[^-－]+[-－]([A-Z]{2})(?=[-－·•・．.])")
"""The class in 档号 of either dialect: ``J001-WS·2020-…`` and ``A002-RS-001-002``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRule:
    """How things of one class are lent."""

    lends: bool = True
    """False: consulted in the reading room only, never lent."""
    longest_days: int | None = None
    """From the approval, or a renewal, to the due day; ``None``: as long as approved."""
    renewals: int = 2
    hold_days: int = 3
    """So long a fetched thing lies at the desk for its borrower."""
    recall_days: int = 3
    """So soon it is wanted back once it is recalled."""
    counts: bool = False
    """Whether what comes back is counted, piece by piece, before the loan is closed."""
    identity: bool = False
    """Whether the borrower's identity must be compared: nobody has their own or a relative's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRules:
    """The rules of one site."""

    usual: ClassRule = ClassRule()
    classes: Mapping[str, ClassRule] = field(default_factory=dict)
    zone: tzinfo = UTC
    """Where the days of the reminders begin and end."""
    reminders_from_hour: int = 8
    """No digest goes out before, in that zone."""

    def of(self, reference_code: str) -> ClassRule:
        """The rule for a thing of that reference code 档号."""
        return self.classes.get(class_of(reference_code), self.usual)


def class_of(reference_code: str) -> str:
    """The archive class 门类 that a reference code names; empty when it names none."""
    found = _CLASS.match(reference_code)
    return "" if found is None else found[1]
