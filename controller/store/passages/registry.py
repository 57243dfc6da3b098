"""Answers of the domain's ``Registry`` about passages: by key, the open batch included."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select

from controller.domain.events import Event
from controller.domain.events_passages import QuestionKind
from controller.domain.model import Direction, OpenQuestion
from controller.store.passages.folds import QUESTION_KEYS, Row, fold_question
from controller.store.passages.tables import passage_questions
from controller.store.schema import holdings, tag_bindings

Ask = Callable[[Select[Any], Mapping[str, Any]], list[Row]]


class OpenQuestions:
    """The questions as they stand, with those of the batch that is not committed yet."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._pending: dict[str, Row] = {}

    def note(self, event: Event, seq: int) -> None:
        """Answer from now on as if ``event`` were committed."""
        key = getattr(event, QUESTION_KEYS[type(event)])
        row = fold_question(self._row(key), event, seq)
        if row is not None:
            self._pending[key] = row

    def settle(self) -> None:
        """The pending events are committed."""
        self._pending.clear()

    def of_passage(self, passage_id: str) -> OpenQuestion | None:
        """The one about that passage, while it is open."""
        row = self._row(passage_id)
        return None if row is None or row["answer"] else _question(row)

    def of_group(self, group_id: str) -> list[OpenQuestion]:
        """Those of one trolley."""
        return self._open("group_id", group_id, self._ask(_OF_GROUP, {"key": group_id}))

    def of_holding(self, holding_id: str) -> list[OpenQuestion]:
        """Those of one holding."""
        return self._open("holding_id", holding_id, self._ask(_OF_HOLDING, {"key": holding_id}))

    def _row(self, passage_id: str) -> Row | None:
        if passage_id in self._pending:
            return self._pending[passage_id]
        rows = self._ask(_QUESTION, {"key": passage_id})
        return rows[0] if rows else None

    def _open(self, field: str, key: str, stored: Iterable[Row]) -> list[OpenQuestion]:
        rows = [row for row in stored if row["passage_id"] not in self._pending]
        rows += [row for row in self._pending.values() if row[field] == key and not row["answer"]]
        return [_question(row) for row in rows]


def box_mates(ask: Ask, parents: Collection[str], at_most: int) -> Sequence[str]:
    """Ids of tagged holdings that lie in one of those boxes."""
    values = {"parents": sorted(parents), "at_most": at_most}
    return [row["id"] for row in ask(_BOX_MATES, values)] if parents else []


_QUESTION = select(passage_questions).where(passage_questions.c.passage_id == bindparam("key"))
_OF_GROUP = select(passage_questions).where(
    passage_questions.c.group_id == bindparam("key"), passage_questions.c.answer == ""
)
_OF_HOLDING = select(passage_questions).where(
    passage_questions.c.holding_id == bindparam("key"), passage_questions.c.answer == ""
)
_BOX_MATES = (
    select(holdings.c.id)
    .join(tag_bindings, tag_bindings.c.holding_id == holdings.c.id)
    .where(
        holdings.c.parent_id.in_(bindparam("parents", expanding=True)),
        tag_bindings.c.unbound_at.is_(None),
    )
    .order_by(holdings.c.id)
    .limit(bindparam("at_most"))
)


def _question(row: Row) -> OpenQuestion:
    return OpenQuestion(
        passage_id=row["passage_id"],
        group_id=row["group_id"],
        door=row["door"],
        epc=row["epc"],
        holding_id=row["holding_id"],
        direction=Direction(row["direction"]),
        taken=row["needs"] == QuestionKind.CONFIRM,
    )
