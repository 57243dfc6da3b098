"""Records that mean the same thing as these: for what vanished, and for fields that must agree.

Candidates are looked up by barcode and 档号 alone, both indexed; which of them it is, the matching
rules say.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from controller.domain.reconciling.matching import Identity, Match, match
from controller.store.schema import holdings

_KEYS_A_QUERY: Final = 200
_CODES: BindParameter[Any] = bindparam("codes", expanding=True)
_BARCODES: BindParameter[Any] = bindparam("barcodes", expanding=True)
_CANDIDATES = select(
    holdings.c.id,
    holdings.c.source,
    holdings.c.external_id,
    holdings.c.barcode,
    holdings.c.reference_code,
    holdings.c.fonds,
    holdings.c.key_fields,
).where(
    holdings.c.withdrawn_at.is_(None),
    or_(holdings.c.reference_code.in_(_CODES), holdings.c.barcode.in_(_BARCODES)),
)


class Twin:
    """Another record of the same thing, and the rule that says so."""

    __slots__ = ("digests", "match")

    def __init__(self, found: Match, row: Any) -> None:
        self.match = found
        self.digests = digests(row.key_fields)


def twins(connection: Connection, rows: Sequence[Any]) -> dict[str, Twin]:
    """By holding: its one living twin of another source, or of its own if it was withdrawn."""
    found: dict[str, Twin] = {}
    for start in range(0, len(rows), _KEYS_A_QUERY):
        some = rows[start : start + _KEYS_A_QUERY]
        candidates = _candidates(connection, some)
        for row in some:
            others = {
                each.id: each
                for key in (("code", row.reference_code), ("barcode", row.barcode))
                for each in candidates.get(key, ())
                if each.id != row.id and (row.withdrawn_at or each.source != row.source)
            }
            hit = match(_identity(row), [_identity(each) for each in others.values()])
            if hit is not None and hit.rule.binds:
                found[row.id] = Twin(hit, others[hit.holding_id])
    return found


def digests(key_fields: Mapping[str, Any] | None) -> dict[str, str]:
    """The keyed digests alone."""
    return {name: str(kept["digest"]) for name, kept in (key_fields or {}).items()}


def invalid(key_fields: Mapping[str, Any] | None) -> dict[str, str]:
    """The key fields whose check digit or date is wrong, with their masks."""
    kept = (key_fields or {}).items()
    return {name: str(each["shown"]) for name, each in kept if not each["valid"]}


def _candidates(connection: Connection, rows: Sequence[Any]) -> Mapping[tuple[str, str], list[Any]]:
    by_key: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    keys = {
        "codes": sorted({row.reference_code for row in rows}),
        "barcodes": sorted({row.barcode for row in rows if row.barcode}),
    }
    for row in connection.execute(_CANDIDATES, keys):
        by_key["code", row.reference_code].append(row)
        if row.barcode:
            by_key["barcode", row.barcode].append(row)
    return by_key


def _identity(row: Any) -> Identity:
    return Identity(
        holding_id=row.id,
        source=row.source,
        external_id=row.external_id,
        barcode=row.barcode or "",
        reference_code=row.reference_code,
        fonds=row.fonds,
    )
