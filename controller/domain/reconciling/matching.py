"""Which record of a catalogue means the same thing as another: rules in order, the first that hits.

The number of the rule is kept as evidence. The fifth rule only suggests: it never binds by itself.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from controller.domain.numbers.reference_code import canonical


class MatchRule(IntEnum):
    """How two records were found to mean one thing; the lower, the surer."""

    EXTERNAL_ID = 1
    """The same source gave both the same id."""
    BARCODE = 2
    """The same barcode, spaces left out."""
    REFERENCE_CODE = 3
    """The same 档号 in its canonical writing, in the same fonds."""
    BOX_AND_ITEM = 4
    """The same fonds, box number and item number."""
    SUGGESTION = 5
    """The same title, year and pages, or the same digest of an identity number."""

    @property
    def binds(self) -> bool:
        """Whether it may be acted upon without a person's word."""
        return self is not MatchRule.SUGGESTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """By what a record can be recognised; empty is unknown and matches nothing."""

    holding_id: str
    source: str = ""
    external_id: str = ""
    barcode: str = ""
    reference_code: str = ""
    fonds: str = ""
    box: str = ""
    item: str = ""
    title: str = ""
    year: int | None = None
    pages: int | None = None
    person_digest: str = ""
    """Keyed digest of an identity number; never the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A record that means the same, and the rule that says so."""

    holding_id: str
    rule: MatchRule


def plain_barcode(barcode: str) -> str:
    """``barcode`` without the spaces that people write into it."""
    return "".join(unicodedata.normalize("NFKC", barcode).split()).upper()


def match(wanted: Identity, among: Iterable[Identity]) -> Match | None:
    """The record that means the same as ``wanted`` by the surest rule.

    Two records that one rule hits equally are no match: a shared box is not a twin.
    """
    others = [each for each in among if each.holding_id != wanted.holding_id]
    for rule in MatchRule:
        hits = sorted({each.holding_id for each in others if _alike(wanted, each, rule)})
        if len(hits) == 1:
            return Match(holding_id=hits[0], rule=rule)
        if hits:
            return None
    return None


def _alike(one: Identity, other: Identity, rule: MatchRule) -> bool:
    match rule:
        case MatchRule.EXTERNAL_ID:
            return _same((one.source, one.external_id), (other.source, other.external_id))
        case MatchRule.BARCODE:
            return _same((plain_barcode(one.barcode),), (plain_barcode(other.barcode),))
        case MatchRule.REFERENCE_CODE:
            return _same(
                (one.fonds, canonical(one.reference_code)),
                (other.fonds, canonical(other.reference_code)),
            )
        case MatchRule.BOX_AND_ITEM:
            return _same((one.fonds, one.box, one.item), (other.fonds, other.box, other.item))
        case MatchRule.SUGGESTION:
            return _same((one.person_digest,), (other.person_digest,)) or _same(
                (one.title, one.year, one.pages), (other.title, other.year, other.pages)
            )


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Alike in everything, and nothing of it unknown."""
    return one == other and all(part not in ("", None) for part in one)
