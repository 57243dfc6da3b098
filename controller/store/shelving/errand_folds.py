"""What errands leave in rows: open when made, and ended once."""

from controller.domain.events import Event
from controller.domain.events_shelving import ErrandEnded, ErrandMade
from controller.store.folds import Keys, Row

OPEN = "open"

ERRAND_KEYS: Keys = {ErrandMade: "errand_id", ErrandEnded: "errand_id"}


def fold_errand(row: Row | None, event: Event, seq: int) -> Row | None:
    """The first end counts."""
    match event:
        case ErrandMade():
            return {
                "id": event.errand_id,
                "list_id": event.list_id,
                "task": event.task.value,
                "holding_id": event.holding_id,
                "loan_id": event.loan_id,
                "rack": event.rack,
                "aisle": event.aisle,
                "shelf": event.shelf,
                "state": OPEN,
                "witness": "",
                "made_at": event.at,
                "made_by": event.by,
                "ended_at": None,
                "ended_by": "",
                "seq": seq,
            }
        case ErrandEnded() if row is not None and row["state"] == OPEN:
            ended = {"state": event.end.value, "witness": event.witness.value}
            return row | ended | {"ended_at": event.at, "ended_by": event.by, "seq": seq}
        case _:
            return None
