"""Where a holding is, as far as anybody knows: the question the archive system asks all day.

What was *observed* (the newest passage of the holding or of the box it lies in) answers; the
catalogue's home is only what it should be, and says so. Nothing here guesses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Select, String, and_, bindparam, or_, select

from controller.domain.events import PassageDetected
from controller.domain.model import OUTSIDE, AuthorityKind, LoanState
from controller.store.held import HeldConnection, Prepared, document, moment
from controller.store.schema import heartbeat, holdings, journal, loans, whereabouts

MOST_CODES: Final = 500
DEEPEST: Final = 6
"""File in volume in box in …: a catalogue that nests deeper, or in a circle, is cut off here."""


class Place(StrEnum):
    """What is known about where it is."""

    IN_ROOM = "in_room"
    OUTSIDE = "outside"
    UNDECIDED = "undecided"
    """Its last passage left no clear answer: a person has to look."""
    NEVER_SEEN = "never_seen"
    """No reader ever saw it pass; only the catalogue says where it should be."""


class Basis(StrEnum):
    """What the answer rests on."""

    PASSAGE = "passage"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBy:
    """The line of authority under which it is outside."""

    kind: AuthorityKind
    id: str
    holder: str
    due: datetime
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where one holding is, since when, how sure that is, and what it rests on."""

    holding_id: str
    reference_code: str
    title: str
    state: Place
    place: str | None
    """A room's id, or ``outside``; null while undecided or never seen."""
    home: str
    """Where the catalogue says it belongs; empty when it says nothing."""
    since: datetime | None
    confidence: float | None
    """Probability that the passage was read rightly, 0 to 1; null without one."""
    basis: Basis
    door: str | None
    passage_id: str | None
    seen_as: str | None
    """The id of the holding whose tag was seen: its own, or that of the box it lies in."""
    evidence: tuple[str, ...]
    """Ids of the events it rests on."""
    authority: HeldBy | None
    as_of: datetime | None
    """The moment up to which this is the whole truth: the controller's last sign of life, or the
    past moment that was asked for; null when no controller ever ran."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A holding and its own newest passage, if any."""

    id: str
    code: str
    title: str
    home: str
    parent_id: str | None
    beat_at: Any
    place: str | None
    since: Any
    confidence: float | None
    door: str | None
    passage_id: str | None
    seq: int | None
    event_id: str | None


class WhereaboutsView:
    """The queries, compiled once, over one thread's held connection.

    ``writer`` is the controller whose heartbeat vouches for the answers.
    """

    def __init__(self, reader: Engine, held: HeldConnection, writer: str) -> None:
        self._reader = reader
        self._held = held
        self._writer = writer
        self._prepared: dict[tuple[str, int], Prepared] = {}
        self._passage = Prepared(reader, _passage_before())

    def by_codes(self, codes: Sequence[str], now: datetime) -> list[Whereabouts]:
        """The answers for all holdings that have one of these reference codes, in their order.

        At most ``MOST_CODES`` codes. An unknown code yields nothing, a code used twice yields two.
        """
        order = {code: at for at, code in reversed(list(enumerate(codes)))}
        found = self._answer(self._fetch("code", list(order)), now, None)
        if len(order) == 1:
            return found
        return sorted(found, key=lambda one: order[one.reference_code])

    def by_id(
        self, holding_id: str, now: datetime, as_of: datetime | None = None
    ) -> Whereabouts | None:
        """The answer for one holding; ``None`` when the catalogue does not know it.

        ``as_of`` asks for a past moment, answered from the journal; the box it lies in is the one
        the catalogue names today.
        """
        found = self._answer(self._fetch("id", [holding_id]), now, as_of)
        return found[0] if found else None

    def _answer(
        self, found: list[_Known], now: datetime, as_of: datetime | None
    ) -> list[Whereabouts]:
        above = self._above(found)
        chains = [_chain(one, above) for one in found]
        if as_of is not None:
            chains = [[self._back_then(link, as_of) for link in chain] for chain in chains]
        outside = [link.id for chain in chains if _newest(chain).place == OUTSIDE for link in chain]
        lent = self._lent(outside, as_of)
        return [_whereabouts(chain, lent, now, as_of) for chain in chains]

    def _above(self, found: list[_Known]) -> dict[str, _Known]:
        """Everything the found holdings lie in, level by level."""
        above: dict[str, _Known] = {}
        level = found
        for _ in range(DEEPEST):
            wanted = {one.parent_id for one in level if one.parent_id is not None} - above.keys()
            if not wanted:
                break
            level = self._fetch("id", list(wanted))
            above.update((one.id, one) for one in level)
        return above

    def _back_then(self, link: _Known, as_of: datetime) -> _Known:
        values = {"id": link.id, "at": self._held.time(as_of)}
        rows = self._held.rows(self._passage, values)
        if not rows:
            return _Known(*_about(link), None, None, None, None, None, None, None)
        at, body, seq, event_id = rows[0]
        passage = document(body)
        return _Known(
            *_about(link),
            passage["place"],
            at,
            passage["confidence"],
            passage["door"],
            passage["passage_id"],
            seq,
            event_id,
        )

    def _fetch(self, column: str, values: list[str]) -> list[_Known]:
        rows = self._rows(column, values, {"writer": self._writer})
        return [_Known(*row) for row in rows]

    def _lent(self, ids: list[str], as_of: datetime | None) -> dict[str, tuple[Any, ...]]:
        if not ids:
            return {}
        wanted = list(dict.fromkeys(ids))
        if as_of is None:
            rows = self._rows("lent", wanted, {})
        else:
            rows = self._rows("lent_then", wanted, {"at": self._held.time(as_of)})
        return {row[0]: row[1:] for row in rows}

    def _rows(
        self, kind: str, values: list[str], fixed: dict[str, object]
    ) -> list[tuple[Any, ...]]:
        """One query for up to 500 values, padded to a power of two so that few are compiled."""
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(values), MOST_CODES):
            some = values[start : start + MOST_CODES]
            size = 1 << (len(some) - 1).bit_length()
            prepared = self._prepared.get((kind, size))
            if prepared is None:
                prepared = Prepared(self._reader, _QUERIES[kind](_one_of(size)))
                self._prepared[kind, size] = prepared
            some += some[-1:] * (size - len(some))
            bound: dict[str, object] = {f"v{n}": value for n, value in enumerate(some)}
            rows += self._held.rows(prepared, bound | fixed)
        return rows


# --- the queries -----------------------------------------------------------------------------

_Among = Callable[[ColumnElement[str]], ColumnElement[bool]]


def _one_of(size: int) -> _Among:
    values = [bindparam(f"v{n}", type_=String) for n in range(size)]
    return lambda column: column == values[0] if size == 1 else column.in_(values)


def _known(where: ColumnElement[bool]) -> Select[Any]:
    beat = select(heartbeat.c.beat_at).where(heartbeat.c.writer == bindparam("writer"))
    return (
        select(
            holdings.c.id,
            holdings.c.reference_code,
            holdings.c.title,
            holdings.c.home,
            holdings.c.parent_id,
            beat.scalar_subquery(),
            whereabouts.c.place,
            whereabouts.c.since,
            whereabouts.c.confidence,
            whereabouts.c.door,
            whereabouts.c.passage_id,
            whereabouts.c.seq,
            journal.c.id,
        )
        .outerjoin(whereabouts, whereabouts.c.holding_id == holdings.c.id)
        .outerjoin(journal, journal.c.seq == whereabouts.c.seq)
        .where(where)
    )


def _loans(where: ColumnElement[bool]) -> Select[Any]:
    return select(loans.c.holding_id, loans.c.id, loans.c.borrower, loans.c.due).where(where)


def _lent_then(where: ColumnElement[bool]) -> Select[Any]:
    at = bindparam("at", type_=String)
    back = or_(loans.c.returned_at.is_(None), loans.c.returned_at > at)
    granted = loans.c.state.in_([LoanState.APPROVED, LoanState.RETURNED])
    return _loans(and_(where, granted, loans.c.decided_at <= at, back))


_QUERIES: Final[dict[str, Callable[[_Among], Select[Any]]]] = {
    "code": lambda among: _known(among(holdings.c.reference_code)),
    "id": lambda among: _known(among(holdings.c.id)),
    "lent": lambda among: _loans(
        and_(among(loans.c.holding_id), loans.c.state == LoanState.APPROVED)
    ),
    "lent_then": lambda among: _lent_then(among(loans.c.holding_id)),
}


def _passage_before() -> Select[Any]:
    return (
        select(journal.c.at, journal.c.body, journal.c.seq, journal.c.id)
        .where(
            journal.c.holding_id == bindparam("id"),
            journal.c.kind == PassageDetected.__name__,
            journal.c.at <= bindparam("at", type_=String),
        )
        .order_by(journal.c.seq.desc())
        .limit(1)
    )


# --- the answer ------------------------------------------------------------------------------


def _about(link: _Known) -> tuple[Any, ...]:
    return (link.id, link.code, link.title, link.home, link.parent_id, link.beat_at)


def _chain(one: _Known, above: dict[str, _Known]) -> list[_Known]:
    """The holding, the box it lies in, and so on outwards."""
    chain = [one]
    while chain[-1].parent_id in above and len(chain) <= DEEPEST:
        chain.append(above[chain[-1].parent_id])
    return chain


def _newest(chain: list[_Known]) -> _Known:
    """Whoever of them passed last; by the journal's order, never by the clock."""
    return max(chain, key=lambda link: -1 if link.seq is None else link.seq)


def _whereabouts(
    chain: list[_Known], lent: dict[str, tuple[Any, ...]], now: datetime, as_of: datetime | None
) -> Whereabouts:
    one, last = chain[0], _newest(chain)
    state = _state(last)
    authority = _held_by(chain, lent, as_of or now) if state is Place.OUTSIDE else None
    return Whereabouts(
        holding_id=one.id,
        reference_code=one.code,
        title=one.title,
        state=state,
        place=last.place or None,
        home=one.home,
        since=moment(last.since),
        confidence=last.confidence,
        basis=Basis.CATALOGUE if last.seq is None else Basis.PASSAGE,
        door=last.door,
        passage_id=last.passage_id,
        seen_as=None if last.seq is None else last.id,
        evidence=() if last.event_id is None else (last.event_id,),
        authority=authority,
        as_of=as_of or moment(one.beat_at),
    )


def _state(last: _Known) -> Place:
    if last.seq is None:
        return Place.NEVER_SEEN
    if not last.place:
        return Place.UNDECIDED
    return Place.OUTSIDE if last.place == OUTSIDE else Place.IN_ROOM


def _held_by(chain: list[_Known], lent: dict[str, tuple[Any, ...]], at: datetime) -> HeldBy | None:
    for link in chain:
        if link.id in lent:
            loan_id, borrower, due = lent[link.id]
            until = moment(due)
            assert until is not None  # noqa: S101 -- the column is not nullable
            return HeldBy(
                kind=AuthorityKind.LOAN,
                id=loan_id,
                holder=borrower,
                due=until,
                overdue=until < at,
            )
    return None
