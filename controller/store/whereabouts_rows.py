"""The rows behind ``views_whereabouts``: one query per holding, compiled once.

A holding comes with its own newest passage and that of the box it lies in; whichever is newer by
the journal's order tells where it is.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)

from controller.domain.events import PassageDetected
from controller.domain.events_passages import PassageConfirmed
from controller.domain.model import LoanState
from controller.domain.model_lending import HAS_TURN
from controller.store.presence.sighted import sighted, sighted_then
from controller.store.presence_tables import sightings
from controller.store.schema import heartbeat, holdings, journal, loans, whereabouts


class Passage(msgspec.Struct, frozen=True):
    """The newest passage of one holding; all ``None`` when there is none."""

    place: str | None
    since: Any
    confidence: float | None
    door: str | None
    passage_id: str | None
    seq: int | None


_PASSAGE: Final = Passage.__struct_fields__
NEVER: Final = Passage(None, None, None, None, None, None)


class Known(msgspec.Struct, frozen=True):
    """A holding, what it lies in, and the newest passage of all of these."""

    id: str
    code: str
    title: str
    home: str
    beat_at: Any
    lies_in: tuple[str, ...]
    """Its box, what that lies in, and so on outwards."""
    above: str | None
    """What its box lies in, while that has not been looked at."""
    passage: Passage
    seen_as: str | None
    event_id: str | None


Among = Callable[[ColumnElement[str]], ColumnElement[bool]]


def one_of(size: int) -> Among:
    """A column is one of ``size`` values ``v0``, ``v1`` …: equal to the one, or in the list."""
    values = [bindparam(f"v{n}", type_=String) for n in range(size)]
    return lambda column: column == values[0] if size == 1 else column.in_(values)


def _holdings(where: ColumnElement[bool]) -> Select[Any]:
    beat = select(heartbeat.c.beat_at).where(heartbeat.c.writer == bindparam("writer"))
    box, own, its = holdings.alias("box"), whereabouts.alias("own"), whereabouts.alias("its")
    newer = case((its.c.seq > func.coalesce(own.c.seq, 0), its.c.seq), else_=own.c.seq)
    nested = and_(
        box.c.id == holdings.c.parent_id,
        box.c.parent_id.is_not(None),
        box.c.kind != literal_column("'file'"),  # as ix_holdings_nested says it
    )
    return (
        select(
            holdings.c.id,
            holdings.c.reference_code,
            holdings.c.title,
            holdings.c.home,
            beat.scalar_subquery(),
            holdings.c.parent_id,
            box.c.parent_id,
            *[own.c[name] for name in _PASSAGE],
            *[its.c[name] for name in _PASSAGE],
            journal.c.id,
        )
        .outerjoin(own, own.c.holding_id == holdings.c.id)
        .outerjoin(box, nested)
        .outerjoin(its, its.c.holding_id == holdings.c.parent_id)
        .outerjoin(journal, journal.c.seq == newer)
        .where(where)
    )


def known(row: tuple[Any, ...]) -> Known:
    """A row of ``_holdings``, with its own passage or its box's: whichever is newer."""
    own, its, box = row[12], row[18], row[5]
    holding = (*row[:5], () if box is None else (box,), row[6])
    if its is not None and (own is None or its > own):
        return _make(*holding, Passage(*row[13:19]), box, row[19])
    if own is None:
        return _make(*holding, NEVER, None, None)
    return _make(*holding, Passage(*row[7:13]), row[0], row[19])


_make: Final[Callable[..., Known]] = Known


_TURN: Final = sorted(HAS_TURN)


def _loans(where: ColumnElement[bool]) -> Select[Any]:
    return select(loans.c.holding_id, loans.c.id, loans.c.borrower, loans.c.due).where(where)


def _lent_then(where: ColumnElement[bool]) -> Select[Any]:
    at: BindParameter[datetime] = bindparam("at")
    back = or_(loans.c.returned_at.is_(None), loans.c.returned_at > at)
    return _loans(and_(where, _then(), loans.c.turn_at <= at, back))


def _then() -> ColumnElement[bool]:
    """It had its turn; not ``in_``: that cannot be compiled beforehand."""
    return or_(*(loans.c.state == state for state in (*_TURN, LoanState.RETURNED)))


QUERIES: Final[dict[str, Callable[[Among], Select[Any]]]] = {
    "code": lambda among: _holdings(among(holdings.c.reference_code)),
    "id": lambda among: _holdings(among(holdings.c.id)),
    "lent": lambda among: _loans(
        and_(among(loans.c.holding_id), or_(*(loans.c.state == state for state in _TURN)))
    ),
    "heard": lambda among: sighted(among(sightings.c.holding_id)),
    "heard_then": lambda among: sighted_then(among(journal.c.holding_id)),
    "lent_then": lambda among: _lent_then(among(loans.c.holding_id)),
}


def passage_before() -> Select[Any]:
    """The newest passage of holding ``id`` not after ``at``: seq, time, body, event, holding."""
    return (
        select(journal.c.seq, journal.c.at, journal.c.body, journal.c.id, journal.c.holding_id)
        .where(
            journal.c.holding_id == bindparam("id"),
            or_(  # not in_(): that cannot be compiled beforehand
                journal.c.kind == PassageDetected.__name__,
                journal.c.kind == PassageConfirmed.__name__,
            ),
            journal.c.at <= bindparam("at"),
        )
        .order_by(journal.c.seq.desc())
        .limit(1)
    )
