"""Which passages wait for a person's word and what became of the others; what trolleys held."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, case, func, select

from controller.domain.events_passages import GroupPassed, QuestionKind
from controller.domain.model import Direction
from controller.store.passages.tables import passage_questions
from controller.store.schema import holdings, journal

_MOST = 500
_asked = passage_questions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPassage:
    """One question, with what the screen needs to ask it; and its answer, once it has one."""

    seq: int
    passage_id: str
    group_id: str
    """The trolley it came with; empty: it came alone."""
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
    answer: str
    """Empty while it is open; ``in``, ``out``, ``turned_back``; ``superseded``: seen again."""
    answered_at: datetime | None
    answered_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trolley:
    """Things that went through a door together."""

    group_id: str
    door: str
    direction: Direction
    confidence: float
    members: int
    missing: tuple[str, ...]
    """Reference codes of those expected with them and not heard."""


_QUESTIONS = (
    select(
        _asked.seq,
        _asked.passage_id,
        _asked.group_id,
        _asked.door,
        _asked.epc,
        _asked.holding_id,
        holdings.c.reference_code,
        holdings.c.title,
        _asked.direction,
        _asked.confidence,
        _asked.needs,
        _asked.asked_at,
        _asked.answer,
        _asked.answered_at,
        _asked.answered_by,
    )
    .join(holdings, holdings.c.id == _asked.holding_id)
    .order_by(_asked.seq.desc())
)


def open_questions(connection: Connection, door: str | None = None) -> list[AskedPassage]:
    """The newest open questions first, at most 500; of one door where it is named."""
    return list_questions(connection, is_open=True, door=door, limit=_MOST)


def list_questions(
    connection: Connection,
    *,
    is_open: bool,
    door: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[AskedPassage]:
    """Open or answered ones, the last changed first, from below journal number ``before``."""
    query = _QUESTIONS.where(_asked.answer == "" if is_open else _asked.answer != "").limit(limit)
    if door is not None:
        query = query.where(_asked.door == door)
    if before is not None:
        query = query.where(_asked.seq < before)
    return [_question(row) for row in connection.execute(query).mappings()]


def questions_about(
    connection: Connection, passage_ids: Collection[str]
) -> Mapping[str, AskedPassage]:
    """What was asked about these passages, by passage."""
    query = _QUESTIONS.where(_asked.passage_id.in_(passage_ids))
    found = (_question(row) for row in connection.execute(query).mappings())
    return {each.passage_id: each for each in found}


def count_open(connection: Connection) -> int:
    """How many answers are waited for: one for each trolley, one for each passage alone."""
    one = case((_asked.group_id == "", _asked.passage_id), else_=_asked.group_id)
    query = select(func.count(one.distinct())).where(_asked.answer == "")
    return connection.execute(query).scalar_one()


def trolleys(connection: Connection, group_ids: Collection[str]) -> Mapping[str, Trolley]:
    """The trolleys of these ids that were seen as a whole, of the newest 500."""
    if not group_ids:
        return {}
    query = (
        select(journal.c.body)
        .where(journal.c.kind == GroupPassed.__name__)
        .order_by(journal.c.seq.desc())
        .limit(_MOST)
    )
    found = (body for body in connection.execute(query).scalars() if body["group_id"] in group_ids)
    return {body["group_id"]: _trolley(body) for body in found}


def _trolley(body: Mapping[str, Any]) -> Trolley:
    return Trolley(
        group_id=body["group_id"],
        door=body["door"],
        direction=Direction(body["direction"]),
        confidence=body["confidence"],
        members=len(body["members"]),
        missing=tuple(sorted(body["missing"].values())),
    )


def _question(row: RowMapping) -> AskedPassage:
    kinds = {"direction": Direction(row["direction"]), "needs": QuestionKind(row["needs"])}
    return AskedPassage(**dict(row) | kinds)
