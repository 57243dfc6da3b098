"""Whose turn it is at one bank. First come, first served; who wants the same aisle goes along.

One aisle at a time is somebody's. Nothing here moves a carriage, and no passing of time ever
leads to one being moved: the queue only says whose wish may be put to the interlock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from controller.domain.events import Event
from controller.domain.events_shelving import (
    AisleReserved,
    QueueCancelled,
    ReservationAdvanced,
    ReservationEnded,
)
from controller.domain.model_shelving import (
    IN_MOTION,
    Reservation,
    ReservationState,
)
from controller.domain.plans_shelving import QueueRule
from drivers.observations import Moment

MOST = 50
"""Reservations of one bank at a time."""


@dataclass(slots=True)
class Place:
    """One live reservation and its place in the queue."""

    id: str
    aisle: int
    by: str
    state: ReservationState
    command_id: str = ""
    claimed: bool = False
    since_s: float | None = None
    """When its state began; ``None`` until the clock is first seen after a restart."""
    since: datetime | None = None
    """The same by the controller before this one."""
    overdue: bool = False


class Turns:
    """The reservations of one bank, in the order of their making."""

    def __init__(self, rack: str, rule: QueueRule, known: Iterable[Reservation] = ()) -> None:
        """``known`` are the live ones of a controller before this; they have waited since then."""
        self._rack = rack
        self._rule = rule
        self._places = [
            Place(
                id=each.id,
                aisle=each.aisle,
                by=each.by,
                state=each.state,
                command_id=each.command_id,
                claimed=each.claimed,
                since=each.since,
                overdue=each.overdue,
            )
            for each in known
        ]

    def __len__(self) -> int:
        return len(self._places)

    def find(self, reservation_id: str) -> Place | None:
        """The live reservation of that id."""
        return next((place for place in self._places if place.id == reservation_id), None)

    def of(self, by: str, aisle: int) -> Place | None:
        """What that person has reserved of that aisle."""
        return next((p for p in self._places if p.by == by and p.aisle == aisle), None)

    @property
    def turn(self) -> tuple[Place, ...]:
        """Those whose turn it is: all of one aisle."""
        return tuple(p for p in self._places if p.state is not ReservationState.QUEUED)

    def ahead_of(self, place: Place) -> int:
        """How many wait before it, the one whose turn it is included."""
        return 0 if place in self.turn else self._places.index(place)

    def join(self, place: Place, at: Moment) -> AisleReserved:
        """Take a place at the end."""
        place.since_s = at.monotonic_s
        self._places.append(place)
        return AisleReserved(
            at=at.utc,
            reservation_id=place.id,
            rack=self._rack,
            aisle=place.aisle,
            by=place.by,
        )

    def next_turn(self, at: Moment) -> list[Event]:
        """Give the turn to the first, if nobody has it, and to all who want the same aisle.

        Who comes later and wants the aisle that somebody has goes along at once.
        """
        holders = self.turn
        if holders:
            aisle, like = holders[0].aisle, holders[0]
        elif self._places:
            aisle = self._places[0].aisle
            like = Place("", aisle, "", ReservationState.RESERVED)
        else:
            return []
        along = [p for p in self._places if p.aisle == aisle and p.state is ReservationState.QUEUED]
        return [self.advance(p, like.state, at, command_id=like.command_id) for p in along]

    def advance(
        self,
        place: Place,
        state: ReservationState,
        at: Moment,
        *,
        command_id: str | None = None,
        claimed: bool | None = None,
        reason: str = "",
    ) -> Event:
        """It stands differently from now on."""
        if state is not place.state:
            place.since_s, place.overdue = at.monotonic_s, False
        place.state = state
        place.command_id = place.command_id if command_id is None else command_id
        place.claimed = place.claimed if claimed is None else claimed
        return ReservationAdvanced(
            at=at.utc,
            reservation_id=place.id,
            rack=self._rack,
            aisle=place.aisle,
            state=state,
            command_id=place.command_id,
            claimed=place.claimed,
            reason=reason,
        )

    def end(
        self,
        places: Iterable[Place],
        state: ReservationState,
        at: Moment,
        *,
        reason: str = "",
        by: str = "",
    ) -> list[Event]:
        """They are over; the turn goes on when nobody has it any more."""
        events: list[Event] = []
        for place in tuple(places):
            self._places.remove(place)
            ended = ReservationEnded(
                at=at.utc,
                reservation_id=place.id,
                rack=self._rack,
                aisle=place.aisle,
                state=state,
                reason=reason,
                by=by,
            )
            events.append(ended)
        return [*events, *self.next_turn(at)]

    def cancel(self, reason: str, at: Moment) -> list[Event]:
        """The bank stopped by itself: nobody's aisle will be opened any more.

        Who stands in an open aisle keeps it, and a motion that nobody knows the end of stays one.
        """
        moving = [p for p in self._places if p.state in IN_MOTION]
        waiting = [
            p
            for p in self._places
            if p.state in (ReservationState.QUEUED, ReservationState.RESERVED)
        ]
        if not moving and not waiting:
            return []
        told = QueueCancelled(
            at=at.utc,
            rack=self._rack,
            reason=reason,
            waiting=",".join(dict.fromkeys(p.by for p in [*moving, *waiting])),
        )
        events: list[Event] = [told]
        events += self.end(waiting, ReservationState.CANCELLED, at, reason=reason)
        return [*events, *self.end(moving, ReservationState.BLOCKED, at, reason=reason)]

    def tick(self, at: Moment) -> list[Event]:
        """Time passed: who does not come loses the turn, who stays for long is asked."""
        for place in self._places:
            if place.since_s is None:
                place.since_s = at.monotonic_s - _waited_s(place, at)
        gone = [p for p in self._places if self._age(p, at) > _patience(p, self._rule)]
        events = self.end(gone, ReservationState.EXPIRED, at) if gone else []
        return [*events, *self._overdue(at)]

    def _overdue(self, at: Moment) -> Iterator[Event]:
        for place in self._places:
            held = place.state is ReservationState.AT_TARGET and not place.overdue
            if held and self._age(place, at) > self._rule.usual_hold_s:
                place.overdue = True
                yield self.advance(place, place.state, at, reason="overdue")

    def _age(self, place: Place, at: Moment) -> float:
        return at.monotonic_s - (at.monotonic_s if place.since_s is None else place.since_s)


def _waited_s(place: Place, at: Moment) -> float:
    """How long it stood so before the clock was first seen; no less than nothing."""
    return 0.0 if place.since is None else max(0.0, (at.utc - place.since).total_seconds())


def _patience(place: Place, rule: QueueRule) -> float:
    """How long it may stay as it is, seconds; for ever what a person must end."""
    match place.state:
        case ReservationState.QUEUED:
            return rule.wait_at_most_s
        case ReservationState.RESERVED:
            return rule.claim_within_s
        case ReservationState.AT_TARGET if not place.claimed:
            return rule.claim_within_s
        case _:
            return float("inf")
