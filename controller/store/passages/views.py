"""Which passages wait for a person's word, for screens and the API."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from controller.domain.events_passages import QuestionKind
from controller.domain.model import Direction
from controller.store.passages.tables import passage_questions
from controller.store.schema import holdings

_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPassage:
    """One open question, with what the screen needs to ask it."""

    passage_id: str
    group_id: str
    door: str
    epc: str
    holding_id: str
    reference_code: str
    title: str
    direction: Direction
    """The likelier one."""
    confidence: float
    needs: QuestionKind
    asked_at: datetime


def open_questions(connection: Connection, door: str | None = None) -> list[AskedPassage]:
    """The newest open questions first, at most 500; of one door where it is named."""
    asked = passage_questions
    query = (
        select(
            asked.c.passage_id,
            asked.c.group_id,
            asked.c.door,
            asked.c.epc,
            asked.c.holding_id,
            holdings.c.reference_code,
            holdings.c.title,
            asked.c.direction,
            asked.c.confidence,
            asked.c.needs,
            asked.c.asked_at,
        )
        .join(holdings, holdings.c.id == asked.c.holding_id)
        .where(asked.c.answer == "")
        .order_by(asked.c.seq.desc())
        .limit(_MOST)
    )
    if door is not None:
        query = query.where(asked.c.door == door)
    return [
        AskedPassage(
            **dict(row)
            | {"direction": Direction(row["direction"]), "needs": QuestionKind(row["needs"])}
        )
        for row in connection.execute(query).mappings()
    ]
