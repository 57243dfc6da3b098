"""What hearing a holding does to its sighting: pure rules, as in ``folds``.

Antennas tell of now, so the journal's order is theirs. A sweep may be handed in long after it was
walked: it counts only if nothing was heard of the holding since, so sweeps may come in any order.
"""

from collections.abc import Mapping
from typing import Any, Final

from controller.domain.events import Event
from controller.domain.events_presence import SweepRecorded, TagArrived, TagDeparted, TagSwept
from controller.store.presence_tables import sightings
from controller.store.rows import fit

Row = dict[str, Any]

SWEEP: Final = "sweep"

SIGHTING_KEYS: Mapping[type[Event], str] = {
    TagArrived: "holding_id",
    TagDeparted: "holding_id",
    TagSwept: "holding_id",
}
SWEEP_PART_KEYS: Mapping[type[Event], str] = {SweepRecorded: "part_id"}


def fold_sighting(row: Row | None, event: Event, seq: int) -> Row | None:
    """The newest place a holding was heard at; leaving it says only until when."""
    match event:
        case TagArrived():
            return _arrived(event, seq)
        case TagDeparted() if row is not None and _is_there(row, event):
            gone = {"left_at": event.at, "heard_at": event.last_heard}
            return row | gone | {"seq": seq}
        case TagSwept() if not event.nearer:
            swept = _swept(event, seq)
            return swept if row is None or _newer(swept, row, event) else None
        case _:
            return None


def fold_sweep_part(row: Row | None, event: Event, seq: int) -> Row | None:
    """Each part counts once."""
    if row is not None or not isinstance(event, SweepRecorded):
        return None
    return {
        "id": event.part_id,
        "digest": event.digest,
        "handheld": event.handheld,
        "room": event.room,
        "spot": event.spot,
        "person": event.by,
        "recorded_at": event.at,
        "tags": event.tags,
        "unknown": event.unknown,
        "seq": seq,
    }


def _is_there(row: Row, event: TagDeparted) -> bool:
    left = fit(sightings, {"told_by": event.reader, "spot": event.spot})
    return row["left_at"] is None and all(row[name] == left[name] for name in left)


def _newer(swept: Row, row: Row, event: TagSwept) -> bool:
    """By when it was heard; what claims to have been heard later than now had a wrong clock."""
    if row["heard_at"] > event.at:
        return True
    return _order(swept) > _order(row)


def _order(row: Row) -> tuple[Any, ...]:
    """Two at one moment are told apart by what they say, never by which came first."""
    return (row["heard_at"], row["source"] != SWEEP, row["room"], row["spot"], row["told_by"])


def _arrived(event: TagArrived, seq: int) -> Row:
    row = {
        "holding_id": event.holding_id,
        "room": event.room,
        "spot": event.spot,
        "source": event.listener.value,
        "told_by": event.reader,
        "person": "",
        "epc": event.epc,
        "since": event.at,
        "heard_at": event.at,
        "left_at": None,
        "heard_seq": seq,
        "seq": seq,
    }
    return fit(sightings, row)


def _swept(event: TagSwept, seq: int) -> Row:
    row = {
        "holding_id": event.holding_id,
        "room": event.room,
        "spot": event.spot,
        "source": SWEEP,
        "told_by": event.handheld,
        "person": event.by,
        "epc": event.epc,
        "since": event.heard_at,
        "heard_at": event.heard_at,
        "left_at": None,
        "heard_seq": seq,
        "seq": seq,
    }
    return fit(sightings, row)
