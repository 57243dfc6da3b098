"""What events say of where a holding stands, and how one stay ends and the next begins: pure.

A door's word, an antenna's and a sweep's count alike; silence ends nothing. Stays follow the
journal's order; a stay never ends before it began, whatever the clock did.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from controller.domain.events import Event, PassageDetected
from controller.domain.events_passages import PassageConfirmed
from controller.domain.events_presence import TagArrived, TagSwept
from controller.domain.model import Direction
from controller.store.climate.tables import stays
from controller.store.rows import Row, fit_key

PASSAGE = "passage"
SWEEP = "sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Where an event says that a holding is, and since when."""

    holding_id: str
    place: str
    """A room's id, or ``outside``; empty when nobody knows."""
    at: datetime
    basis: str
    passage_id: str = ""
    confirmed: bool = False
    """A person said what that passage was."""


def told(event: Event) -> Told | None:
    """What ``event`` says of a holding's place; ``None`` when it says nothing."""
    match event:
        case PassageDetected() | PassageConfirmed():
            return _passed(event)
        case TagArrived(holding_id=str(holding)):
            return _told(holding, event.room, event.at, event.listener.value)
        case TagSwept(holding_id=str(holding), nearer=""):
            return _told(holding, event.room, min(event.heard_at, event.at), SWEEP)
        case _:
            return None


def fold_stay(row: Row | None, stay: Told, seq: int) -> Iterator[Row]:
    """The rows that change: the stay that was going on, and the one that begins, the last one."""
    if row is None:
        yield _begun(stay, seq)
        return
    if row["seq"] >= seq or stay.place == row["place"]:
        return
    if stay.confirmed and row["passage_id"] == stay.passage_id:
        yield row | {"place": stay.place}
        return
    if stay.basis == SWEEP and stay.at < row["since"]:
        return  # handed in late: something was heard of the holding since
    yield row | {"until": max(row["since"], stay.at)}
    yield _begun(stay, seq)


def _passed(event: PassageDetected | PassageConfirmed) -> Told | None:
    """Turning back moves nothing, unless a person says that this is what happened."""
    confirmed = isinstance(event, PassageConfirmed)
    if event.holding_id is None or (event.direction is Direction.TURNED_BACK and not confirmed):
        return None
    place = "" if event.direction is Direction.UNKNOWN else event.place
    stay = _told(event.holding_id, place, event.at, PASSAGE)
    passage_id = fit_key(stays.c.passage_id, event.passage_id)
    return replace(stay, passage_id=passage_id, confirmed=confirmed)


def _told(holding_id: str, place: str, at: datetime, basis: str) -> Told:
    """Texts as the columns hold them, so that they compare with what is stored."""
    return Told(
        holding_id=fit_key(stays.c.holding_id, holding_id),
        place=fit_key(stays.c.place, place),
        at=at,
        basis=basis,
    )


def _begun(stay: Told, seq: int) -> Row:
    return {
        "seq": seq,
        "holding_id": stay.holding_id,
        "place": stay.place,
        "since": stay.at,
        "until": None,
        "basis": stay.basis,
        "passage_id": stay.passage_id,
    }
