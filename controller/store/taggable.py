"""What ``bind`` asks of the store, many keys at a time: who is meant, and what is on it now."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Connection, select

from controller.store.schema import holdings, tag_bindings

_KEYS_A_QUERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A holding a key may mean."""

    id: str
    reference_code: str
    source: str


def find_for_binding(
    connection: Connection, *, reference_codes: Collection[str] = (), barcodes: Collection[str] = ()
) -> tuple[dict[str, list[Candidate]], dict[str, list[Candidate]]]:
    """All holdings of each reference code and of each barcode; a key nobody has is absent.

    Several under one key are several sources, or boxes that share a barcode: both are legal.
    """
    return (
        _candidates(connection, holdings.c.reference_code, reference_codes),
        _candidates(connection, holdings.c.barcode, barcodes),
    )


def holdings_of_tags(connection: Connection, epcs: Collection[str]) -> dict[str, tuple[str, str]]:
    """Of each EPC that is bound now: the id and the reference code of its holding."""
    query = select(tag_bindings.c.epc, tag_bindings.c.holding_id, holdings.c.reference_code).join(
        holdings, holdings.c.id == tag_bindings.c.holding_id, isouter=True
    )
    return {
        row.epc: (row.holding_id, row.reference_code or row.holding_id)
        for keys in _lots(epcs)
        for row in connection.execute(
            query.where(tag_bindings.c.epc.in_(keys), tag_bindings.c.unbound_at.is_(None))
        )
    }


def tags_of_holdings(connection: Connection, holding_ids: Collection[str]) -> dict[str, list[str]]:
    """Of each holding that bears a tag now: the EPCs."""
    query = select(tag_bindings.c.holding_id, tag_bindings.c.epc).order_by(tag_bindings.c.seq)
    found: dict[str, list[str]] = {}
    for keys in _lots(holding_ids):
        for row in connection.execute(
            query.where(tag_bindings.c.holding_id.in_(keys), tag_bindings.c.unbound_at.is_(None))
        ):
            found.setdefault(row.holding_id, []).append(row.epc)
    return found


def _candidates(
    connection: Connection, column: Column[str], keys: Collection[str]
) -> dict[str, list[Candidate]]:
    query = select(
        column.label("key"), holdings.c.id, holdings.c.reference_code, holdings.c.source
    ).order_by(holdings.c.source, holdings.c.id)
    found: dict[str, list[Candidate]] = {}
    for lot in _lots(keys):
        for row in connection.execute(query.where(column.in_(lot))):
            candidate = Candidate(id=row.id, reference_code=row.reference_code, source=row.source)
            found.setdefault(row.key, []).append(candidate)
    return found


def _lots(keys: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(set(keys))
    for at in range(0, len(ordered), _KEYS_A_QUERY):
        yield ordered[at : at + _KEYS_A_QUERY]
