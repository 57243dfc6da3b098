"""Where a holding is, as far as anybody knows: the question the archive system asks all day.

What was *observed* (the newest passage of the holding or of what it lies in) answers; the
catalogue's home is only what it should be, and says so. Nothing here guesses.

The answers are ``msgspec`` structures: 500 of them cost a third of what dataclasses cost to make
and write, and that is a seventh of the whole call.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Engine

from controller.domain.model import OUTSIDE, AuthorityKind
from controller.store.held import HeldConnection, Prepared, document, moment
from controller.store.presence.sighted import Sighting, folded, tells
from controller.store.whereabouts_rows import (
    NEVER,
    QUERIES,
    Known,
    Passage,
    known,
    one_of,
    passage_before,
)

MOST_CODES: Final = 500
DEEPEST: Final = 8
"""A file in a box in a carton in a crate: a catalogue that nests in a circle is cut off here."""


_NAMES: Final = tuple(f"v{n}" for n in range(2 * MOST_CODES))


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
    SHELF = "shelf"
    """A shelf's antenna hears it, or heard it last."""
    ZONE = "zone"
    SWEEP = "sweep"
    """Somebody found it with a handheld."""
    CATALOGUE = "catalogue"


class HeldBy(msgspec.Struct, frozen=True, kw_only=True):
    """The line of authority under which it is outside."""

    kind: AuthorityKind
    id: str
    holder: str
    due: datetime
    overdue: bool


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """Where one holding is, since when, how sure that is, and what it rests on."""

    holding_id: str
    reference_code: str
    title: str
    state: Place
    place: str | None
    """A room's id, or ``outside``; null while undecided or never seen."""
    spot: str | None
    """Where in the room: ``rack/bay/level`` as far as known, or a zone's id."""
    told_by: str | None
    """The reader or handheld that heard it beside doors; null when a door tells."""
    left_at: datetime | None
    """Since when that reader no longer hears it; null while it does."""
    home: str
    """Where the catalogue says it belongs; empty when it says nothing."""
    since: datetime | None
    confidence: float | None
    """Probability that the passage was read rightly, 0 to 1; null without one."""
    basis: Basis
    door: str | None
    passage_id: str | None
    seen_as: str | None
    """The id of the holding whose tag was seen: its own, or that of a box it lies in."""
    evidence: tuple[str, ...]
    """Ids of the events it rests on."""
    authority: HeldBy | None
    as_of: datetime | None
    """The moment up to which this is the whole truth: the controller's last sign of life, or the
    past moment that was asked for; null when no controller ever ran."""


class WhereaboutsView:
    """The queries, compiled once, over one thread's held connection.

    ``writer`` is the controller whose heartbeat vouches for the answers.
    """

    def __init__(self, reader: Engine, held: HeldConnection, writer: str) -> None:
        self._reader = reader
        self._held = held
        self._writer = writer
        self._prepared: dict[tuple[str, int], Prepared] = {}
        self._passage = Prepared(reader, passage_before())

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
        self, found: list[Known], now: datetime, as_of: datetime | None
    ) -> list[Whereabouts]:
        found = self._with_outer(found)
        if as_of is not None:
            found = [self._back_then(one, as_of) for one in found]
        outside = [
            holding_id
            for one in found
            if one.passage.place == OUTSIDE
            for holding_id in (one.id, *one.lies_in)
        ]
        lent = self._lent(outside, as_of)
        heard = self._heard([i for one in found for i in (one.id, *one.lies_in)], as_of)
        return [_whereabouts(one, lent, _nearest(one, heard), now, as_of) for one in found]

    def _with_outer(self, found: list[Known]) -> list[Known]:
        """The same, having looked at what the boxes themselves lie in."""
        outer: dict[str, Known] = {}
        level = found
        for _ in range(DEEPEST):
            wanted = {one.above for one in level if one.above is not None} - outer.keys()
            if not wanted:
                break
            level = self._fetch("id", list(wanted))
            outer.update((one.id, one) for one in level)
        return [_within(one, outer) for one in found] if outer else found

    def _back_then(self, one: Known, as_of: datetime) -> Known:
        """The same holding with the passage that was the newest at ``as_of``."""
        at = self._held.time(as_of)
        rows = [
            row
            for holding_id in (one.id, *one.lies_in)
            for row in self._held.rows(self._passage, {"id": holding_id, "at": at})
        ]
        if not rows:
            return replace(one, passage=NEVER, seen_as=None, event_id=None)
        seq, since, body, event_id, seen_as = max(rows)
        fields = document(body)
        passage = Passage(
            fields["place"],
            since,
            fields["confidence"],
            fields["door"],
            fields["passage_id"],
            seq,
        )
        return replace(one, passage=passage, seen_as=seen_as, event_id=event_id)

    def _fetch(self, column: str, values: list[str]) -> list[Known]:
        rows = self._rows(column, values, {"writer": self._writer})
        return [known(row) for row in rows]

    def _lent(self, ids: list[str], as_of: datetime | None) -> dict[str, tuple[Any, ...]]:
        if not ids:
            return {}
        wanted = list(dict.fromkeys(ids))
        if as_of is None:
            rows = self._rows("lent", wanted, {})
        else:
            rows = self._rows("lent_then", wanted, {"at": self._held.time(as_of)})
        return {row[0]: row[1:] for row in rows}

    def _heard(self, ids: list[str], as_of: datetime | None) -> dict[str, Sighting]:
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        if as_of is not None:
            return folded(self._rows("heard_then", wanted, {"at": self._held.time(as_of)}))
        return {row[0]: Sighting(*row) for row in self._rows("heard", wanted, {})}

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
                prepared = Prepared(self._reader, QUERIES[kind](one_of(size)))
                self._prepared[kind, size] = prepared
            some += some[-1:] * (size - len(some))
            bound: dict[str, object] = dict(zip(_NAMES, some, strict=False))
            rows += self._held.rows(prepared, bound | fixed)
        return rows


# --- the answer ------------------------------------------------------------------------------


def _within(one: Known, outer: dict[str, Known]) -> Known:
    """The same holding, told of everything it lies in: the newest passage of them all counts.

    The newest by the journal's order, never by the clock.
    """
    step = newest = one
    lies_in = list(one.lies_in)
    while step.above in outer and len(lies_in) < DEEPEST:
        step = outer[step.above]
        lies_in += [step.id, *step.lies_in]
        newest = max(newest, step, key=lambda known: known.passage.seq or 0)
    return replace(
        one,
        lies_in=tuple(lies_in),
        above=None,
        passage=newest.passage,
        seen_as=newest.seen_as,
        event_id=newest.event_id,
    )


def _nearest(one: Known, heard: dict[str, Sighting]) -> Sighting | None:
    """The newest sighting of it or of what it lies in, if that says more than its passage."""
    found = [heard[each] for each in (one.id, *one.lies_in) if each in heard]
    if not found:
        return None
    newest = max(found, key=lambda sighting: sighting.heard_seq)
    passage = one.passage
    told = tells(newest, passage.place, passage.since, passage.seq)
    return newest if told else None


def _whereabouts(
    one: Known,
    lent: dict[str, tuple[Any, ...]],
    heard: Sighting | None,
    now: datetime,
    as_of: datetime | None,
) -> Whereabouts:
    passage = one.passage
    if heard is not None:
        return _as_heard(one, heard, as_of)
    state = _state(passage)
    return Whereabouts(
        holding_id=one.id,
        reference_code=one.code,
        title=one.title,
        state=state,
        place=passage.place or None,
        spot=None,
        told_by=None,
        left_at=None,
        home=one.home,
        since=moment(passage.since),
        confidence=passage.confidence,
        basis=Basis.CATALOGUE if passage.seq is None else Basis.PASSAGE,
        door=passage.door,
        passage_id=passage.passage_id,
        seen_as=one.seen_as,
        evidence=() if one.event_id is None else (one.event_id,),
        authority=_held_by(one, lent, as_of or now) if state is Place.OUTSIDE else None,
        as_of=as_of or moment(one.beat_at),
    )


def _as_heard(one: Known, heard: Sighting, as_of: datetime | None) -> Whereabouts:
    return Whereabouts(
        holding_id=one.id,
        reference_code=one.code,
        title=one.title,
        state=Place.IN_ROOM,
        place=heard.room,
        spot=heard.spot or None,
        told_by=heard.told_by,
        left_at=moment(heard.left_at),
        home=one.home,
        since=moment(heard.since),
        confidence=None,
        basis=Basis(heard.source),
        door=None,
        passage_id=None,
        seen_as=heard.holding_id,
        evidence=(heard.event_id,),
        authority=None,
        as_of=as_of or moment(one.beat_at),
    )


def _state(passage: Passage) -> Place:
    if passage.seq is None:
        return Place.NEVER_SEEN
    if not passage.place:
        return Place.UNDECIDED
    return Place.OUTSIDE if passage.place == OUTSIDE else Place.IN_ROOM


def _held_by(one: Known, lent: dict[str, tuple[Any, ...]], at: datetime) -> HeldBy | None:
    """Its own loan, or that of what it lies in."""
    for holding_id in (one.id, *one.lies_in):
        if holding_id in lent:
            loan_id, borrower, due = lent[holding_id]
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
