"""What the number in a tag says by itself, and the holding that it may mean. It only proposes."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from controller.domain.model import Holding
from controller.store.views_holdings import Name, holdings_by
from controller.store.views_search import named
from drivers.tag_numbers import BadNumber, Scheme, identify


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """What an unbound tag's number proposes; whose tag it is, only a binding says."""

    scheme: str
    """How the number is coded, e.g. ``gdti-96`` or ``iso-28560-4``."""
    reference_code: str
    """The reference code 档号 that it may stand for."""
    urn: str | None
    """The same as a GS1 pure identity, where it is one."""
    holding_id: str | None
    """The one holding of that code; null: none, or several."""
    title: str | None


def proposal(
    connection: Connection, epc: str, pc: int | None, schemes: Collection[str]
) -> ProposalView | None:
    """What the tag ``epc`` proposes; ``None`` where it is bound or its number says nothing.

    ``schemes`` are those that the site uses; empty: any that says by itself what it is.
    """
    try:
        number = identify(epc, pc, schemes or None)
    except BadNumber:
        return None
    if number.scheme is Scheme.UNKNOWN or not number.proposes:
        return None
    if holdings_by(connection, Name.EPC, epc):
        return None
    one = _only(named(connection, number.proposes))
    return ProposalView(
        scheme=number.scheme.value,
        reference_code=number.proposes if one is None else one.reference_code,
        urn=number.urn,
        holding_id=None if one is None else one.id,
        title=None if one is None else one.title,
    )


def _only(found: list[Holding]) -> Holding | None:
    return found[0] if len(found) == 1 else None
