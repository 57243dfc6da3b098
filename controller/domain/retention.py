"""保管期限: how long a thing must be kept, from when, and when it is due for appraisal.

The periods are data of the site. The ones here are the national minimum for social security
(人社部/国家档案局令第 3 号, 2009) and DA/T 22: permanent, or fixed years counted from 1 January
of the year after creation. Expiry permits nothing by itself: destruction needs a list and people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class CountedFrom(StrEnum):
    """The day from which the years count."""

    NEXT_JANUARY = "next-january"
    """1 January of the year after creation."""
    YEAR_OF_CREATION = "january"
    """1 January of the year of creation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """What one code of 保管期限 means."""

    code: str
    years: int | None
    """``None``: permanent."""
    counted_from: CountedFrom = CountedFrom.NEXT_JANUARY
    names: tuple[str, ...] = ()
    """What catalogues write instead of the code."""

    def expires(self, year: int) -> date | None:
        """The first day on which a thing of ``year`` need no longer be kept; ``None``: never."""
        if self.years is None:
            return None
        first = year + (self.counted_from is CountedFrom.NEXT_JANUARY)
        return date(first + self.years, 1, 1)


USUAL = (
    RetentionRule(code="Y", years=None, names=("永久", "permanent")),
    *(
        RetentionRule(code=f"D{years}", years=years, names=(f"{years}年", f"定期{years}年"))
        for years in (10, 30, 50, 100)
    ),
)


class Retentions:
    """The rules of one site, found by code or by any of their names."""

    def __init__(self, rules: Iterable[RetentionRule] = USUAL) -> None:
        self._rules = {_plain(name): rule for rule in rules for name in (rule.code, *rule.names)}

    def find(self, written: str) -> RetentionRule | None:
        """The rule that a catalogue's words mean, or ``None`` when they mean none."""
        return self._rules.get(_plain(written))

    def due(self, written: str, year: int | None, today: date) -> bool:
        """Whether a thing is due for appraisal; what is not known is kept."""
        rule = self.find(written)
        if rule is None or year is None:
            return False
        expires = rule.expires(year)
        return expires is not None and expires <= today


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
