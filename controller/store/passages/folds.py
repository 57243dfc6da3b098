"""What events do to a question about a passage: it is asked once, and answered or idle once."""

from collections.abc import Mapping
from typing import Any

from controller.domain.events import Event
from controller.domain.events_passages import (
    PassageConfirmed,
    PassageQuestioned,
    PassageSuperseded,
)

Row = dict[str, Any]

SUPERSEDED = "superseded"

QUESTION_KEYS: Mapping[type[Event], str] = {
    PassageQuestioned: "passage_id",
    PassageConfirmed: "passage_id",
    PassageSuperseded: "passage_id",
}


def fold_question(row: Row | None, event: Event, seq: int) -> Row | None:
    """The question after ``event``; the first answer stands."""
    if isinstance(event, PassageQuestioned):
        return _asked(event, seq) if row is None else None
    if row is None or row["answer"]:
        return None
    match event:
        case PassageConfirmed():
            return row | _answered(event.direction.value, event, seq) | {"answered_by": event.by}
        case PassageSuperseded():
            return row | _answered(SUPERSEDED, event, seq)
        case _:
            return None


def _asked(event: PassageQuestioned, seq: int) -> Row:
    return {
        "passage_id": event.passage_id,
        "group_id": event.group_id,
        "door": event.door,
        "epc": event.epc,
        "holding_id": event.holding_id,
        "direction": event.direction.value,
        "confidence": event.confidence,
        "needs": event.needs.value,
        "asked_at": event.at,
        "answer": "",
        "answered_at": None,
        "answered_by": None,
        "seq": seq,
    }


def _answered(answer: str, event: PassageConfirmed | PassageSuperseded, seq: int) -> Row:
    return {"answer": answer, "answered_at": event.at, "seq": seq}
