"""Finding holdings by whatever a person types or scans into one box."""

import unicodedata
from collections.abc import Iterator

from sqlalchemy import Connection, or_, select

from controller.domain.model import Holding, HoldingKind
from controller.store.schema import holdings
from controller.store.views_holdings import Name, holdings_by


def search(connection: Connection, text: str, *, limit: int) -> list[Holding]:
    """Holdings called exactly ``text`` (code, barcode or tag); without any, those it is part of.

    Full-width letters and ``.`` for ``·`` find a reference code 档号, too: neither a scanner nor
    an input method can be relied on for these. Looking for a part reads the whole catalogue.
    """
    text = text.strip()
    if not text:
        return []
    exact = named(connection, text)
    return exact[:limit] if exact else _containing(connection, text, limit)


def named(connection: Connection, text: str) -> list[Holding]:
    """Holdings called exactly ``text``, by the spellings that ``search`` allows."""
    text = text.strip()
    if not text:
        return []
    exact = {
        found.id: found
        for spelling in _spellings(text)
        for name in Name
        for found in holdings_by(connection, name, spelling)
    }
    return list(exact.values())


def _spellings(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text)
    dotted = plain.replace(".", "·")
    yield from dict.fromkeys((text, plain, plain.upper(), dotted, dotted.upper()))


def _containing(connection: Connection, text: str, limit: int) -> list[Holding]:
    columns = [holdings.c[name] for name in Holding.__slots__]
    query = (
        select(*columns)
        .where(
            or_(
                *(holdings.c.reference_code.contains(s, autoescape=True) for s in _spellings(text)),
                holdings.c.title.contains(text, autoescape=True),
            )
        )
        .limit(limit)  # in the order of the table: by id it would be read at random
    )
    return [
        Holding(**{**row, "kind": HoldingKind(row["kind"])})
        for row in connection.execute(query).mappings()
    ]
