"""What passed the doors: the newest passages with their verdicts, and where a day begins.

Read from the journal itself, by its own order; bounded by an index and a limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from controller.domain.events import ExitAuthorised, PassageDetected, ReturnProposed
from controller.domain.model import Direction
from controller.store.passages.views import AskedPassage, questions_about
from controller.store.schema import holdings, journal


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageView:
    """One tag at one door, with the holding in words and what the passage meant."""

    seq: int
    passage_id: str
    at: datetime
    door: str
    direction: Direction
    confidence: float
    epc: str
    holding_id: str | None
    reference_code: str | None
    title: str | None
    holder: str | None
    """Who may carry it, when it left with a line of authority."""
    asked: AskedPassage | None
    """What a person was asked about it, if anything, and what they said."""
    return_proposed: bool
    """It came in while lent: a person has to confirm the return."""


def latest_passages(
    connection: Connection, limit: int, *, direction: Direction | None, since: datetime
) -> list[PassageView]:
    """The newest passages, newest first; of one direction: of those since then only."""
    query = (
        select(journal.c.seq, journal.c.at, journal.c.holding_id, journal.c.body)
        .add_columns(holdings.c.reference_code, holdings.c.title)
        .outerjoin(holdings, holdings.c.id == journal.c.holding_id)
        .where(journal.c.kind == PassageDetected.__name__)
        .order_by(journal.c.seq.desc())
        .limit(limit)
    )
    if direction is not None:
        first = first_seq_since(connection, since)
        query = query.where(
            journal.c.body["direction"].as_string() == direction.value,
            journal.c.seq >= (first or 0),
        )
    rows = connection.execute(query).all()
    if not rows:
        return []
    holders = _bodies_by_passage(connection, ExitAuthorised.__name__, rows[-1].seq)
    returns = _bodies_by_passage(connection, ReturnProposed.__name__, rows[-1].seq)
    asked = questions_about(connection, [row.body["passage_id"] for row in rows])
    return [_passage(row, holders, returns, asked.get(row.body["passage_id"])) for row in rows]


def first_seq_since(connection: Connection, at: datetime) -> int | None:
    """The number of the first event whose id was made at ``at`` or later (RFC 9562 5.7)."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    floor = f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"
    query = select(journal.c.seq).where(journal.c.id >= floor).order_by(journal.c.id).limit(1)
    return connection.execute(query).scalar_one_or_none()


def _bodies_by_passage(
    connection: Connection, kind: str, since: int
) -> Mapping[str, Mapping[str, Any]]:
    """Events of ``kind`` from number ``since`` on, by the passage they are about."""
    query = select(journal.c.body).where(journal.c.kind == kind, journal.c.seq >= since)
    return {body["passage_id"]: body for body in connection.execute(query).scalars()}


def _passage(
    row: Any,
    holders: Mapping[str, Mapping[str, Any]],
    returns: Mapping[str, Mapping[str, Any]],
    asked: AskedPassage | None,
) -> PassageView:
    body = row.body
    authorised = holders.get(body["passage_id"])
    return PassageView(
        seq=row.seq,
        passage_id=body["passage_id"],
        at=row.at,
        door=body["door"],
        direction=Direction(body["direction"]),
        confidence=body["confidence"],
        epc=body["epc"],
        holding_id=row.holding_id,
        reference_code=row.reference_code,
        title=row.title,
        holder=None if authorised is None else authorised["holder"],
        asked=asked,
        return_proposed=body["passage_id"] in returns,
    )
