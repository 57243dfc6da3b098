"""Where holdings were last heard beside doors, and when that says more than their last passage.

The precedence, in one place: what is newer wins; only a zone reader, which may hear through a
wall, never brings back what left through a door. A sweep is as new as its hearing, not its arrival.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, or_, select

from controller.domain.events import Event
from controller.domain.model import OUTSIDE
from controller.domain.plans_presence import ListenerKind
from controller.store.codec import decode_event
from controller.store.held import document, moment
from controller.store.presence.folds import SIGHTING_KEYS, SWEEP, Row, fold_sighting
from controller.store.presence_tables import sightings
from controller.store.schema import journal


class Sighting(msgspec.Struct, frozen=True):
    """The newest one of one holding."""

    holding_id: str
    room: str
    spot: str
    source: str
    told_by: str
    since: Any
    heard_at: Any
    left_at: Any
    heard_seq: int
    event_id: str


def sighted(among: ColumnElement[bool]) -> Select[Any]:
    """The sightings of some holdings, with the events that say so."""
    fields = [sightings.c[name] for name in Sighting.__struct_fields__[:-1]]
    return (
        select(*fields, journal.c.id).join(journal, journal.c.seq == sightings.c.heard_seq)
    ).where(among)


NEWEST: Final = 100
"""Events that are looked at for a past moment."""


def sighted_then(among: ColumnElement[bool]) -> Select[Any]:
    """What was heard of some holdings not after ``at``, newest first."""
    at: BindParameter[datetime] = bindparam("at")
    kinds = [journal.c.kind == kind.__name__ for kind in SIGHTING_KEYS]
    return (
        select(journal.c.seq, journal.c.kind, journal.c.body, journal.c.id)
        .where(among, or_(*kinds), journal.c.at <= at)
        .order_by(journal.c.seq.desc())
        .limit(NEWEST)
    )


def folded(rows: list[tuple[Any, ...]]) -> dict[str, Sighting]:
    """The sightings that those events had left, by holding."""
    made: dict[str, Row] = {}
    ids: dict[int, str] = {}
    for seq, kind, body, event_id in reversed(rows):
        event: Event = decode_event(kind, document(body))
        holding_id = getattr(event, "holding_id", "")
        ids[seq] = event_id
        row = fold_sighting(made.get(holding_id), event, seq)
        if row is not None:
            made[holding_id] = row
    names = Sighting.__struct_fields__[:-1]
    return {
        holding_id: Sighting(**{name: row[name] for name in names}, event_id=ids[row["heard_seq"]])
        for holding_id, row in made.items()
    }


def tells(sighting: Sighting, place: str | None, since: Any, seq: int | None) -> bool:
    """Whether the sighting, and not the passage with these, says where it is."""
    if seq is None:
        return True
    if sighting.heard_seq < seq:
        return False
    if sighting.source == SWEEP:
        heard_at, passed_at = moment(sighting.heard_at), moment(since)
        return heard_at is None or passed_at is None or heard_at >= passed_at
    return not (place == OUTSIDE and sighting.source == ListenerKind.ZONE)
