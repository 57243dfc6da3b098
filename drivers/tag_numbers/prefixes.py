"""Which digits can begin a GS1 company prefix (GS1 General Specifications, section 1.4.2).

Only what GS1 keeps for other uses, or has never given out, is refused: countries come and go.
"""

_NEVER_COMPANIES = (
    (20, 29),  # restricted circulation within a region
    (40, 59),  # restricted circulation within a company; coupons
    (140, 299),  # never given out; restricted circulation within a region
    (960, 969),  # GTIN-8 of GS1's own office
    (977, 984),  # serials, books, music, refund receipts, coupons
    (990, 999),  # coupons
)
_SHORTEST, _LONGEST = 6, 12


def can_be_company(prefix: str) -> bool:
    """Whether GS1 may have given these digits to a company."""
    if not (prefix.isascii() and prefix.isdigit() and _SHORTEST <= len(prefix) <= _LONGEST):
        return False
    if prefix.startswith("00000"):  # kept free, so that no key looks like a GTIN-8
        return False
    return not any(first <= int(prefix[:3]) <= last for first, last in _NEVER_COMPANIES)
