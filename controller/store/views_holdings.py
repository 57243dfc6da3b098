"""What the catalogue's mirror says about holdings, by any of the names they go by."""

from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, select

from controller.domain.model import Holding, HoldingKind
from controller.store.schema import holdings, tag_bindings

MOST = 100
"""How many holdings one name may find: a name is nearly unique, or it is a mistake."""


class Name(StrEnum):
    """What a holding can be asked for by."""

    CODE = "code"
    EPC = "epc"
    BARCODE = "barcode"


def holding(connection: Connection, holding_id: str) -> Holding | None:
    """The holding of that id."""
    found = _find(connection, holdings.c.id == holding_id)
    return found[0] if found else None


def holdings_by(connection: Connection, name: Name, value: str) -> list[Holding]:
    """The holdings of that reference code 档号, of the tag bound now, or of that barcode.

    A catalogue may use a reference code or a barcode twice: then there are several.
    """
    where: ColumnElement[bool]
    match name:
        case Name.CODE:
            where = holdings.c.reference_code == value
        case Name.BARCODE:
            where = holdings.c.barcode == value
        case Name.EPC:
            where = holdings.c.id.in_(
                select(tag_bindings.c.holding_id).where(
                    tag_bindings.c.epc == value.upper(), tag_bindings.c.unbound_at.is_(None)
                )
            )
    return _find(connection, where)


def holdings_in(connection: Connection, parent_id: str) -> list[Holding]:
    """What lies in a box, at most ``MOST``."""
    return _find(connection, holdings.c.parent_id == parent_id)


def _find(connection: Connection, where: ColumnElement[bool]) -> list[Holding]:
    query = (
        select(
            holdings.c.id,
            holdings.c.reference_code,
            holdings.c.title,
            holdings.c.kind,
            holdings.c.fonds,
            holdings.c.home,
            holdings.c.parent_id,
            holdings.c.barcode,
        )
        .where(where)
        .order_by(holdings.c.id)
        .limit(MOST)
    )
    return [
        Holding(**{**row, "kind": HoldingKind(row["kind"])})
        for row in connection.execute(query).mappings()
    ]
