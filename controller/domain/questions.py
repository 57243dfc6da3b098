"""What a person is asked about a passage, and what their word means.

A sure passage at a commissioned door stands alone. A likely one is taken as true and waits for one
tap; a doubtful one leaves the place open until somebody says in or out. A newer passage of the
same holding makes an older question idle; nothing that was said is taken back.
"""

from collections.abc import Mapping

from controller.domain.events import Event, PassageDetected
from controller.domain.events_passages import (
    PassageConfirmed,
    PassageQuestioned,
    PassageSuperseded,
    QuestionKind,
)
from controller.domain.model import OUTSIDE, Direction, OpenQuestion, Registry
from controller.domain.passage import Verdict
from controller.domain.plans import DoorPlan
from controller.domain.requests import ConfirmPassage

COMMITS_ALONE = 0.98
"""From this confidence on a commissioned door needs nobody."""


def asked_of(message: ConfirmPassage, registry: Registry) -> list[OpenQuestion] | str:
    """The open questions that ``message`` answers, or the code of its refusal.

    Codes: ``bad_direction``, ``no_such_passage`` (unknown, answered already, or seen again since).
    """
    if message.direction is Direction.UNKNOWN:
        return "bad_direction"
    if bool(message.passage_id) == bool(message.group_id):
        return "no_such_passage"
    if message.group_id:
        return list(registry.open_questions_of_group(message.group_id)) or "no_such_passage"
    question = registry.open_question(message.passage_id)
    return "no_such_passage" if question is None else [question]


def idle(passage: PassageDetected, holding_id: str, registry: Registry) -> list[Event]:
    """Older questions about the holding that ``passage`` makes idle."""
    return [
        PassageSuperseded(
            at=passage.at,
            passage_id=question.passage_id,
            door=question.door,
            holding_id=holding_id,
            by_passage_id=passage.passage_id,
        )
        for question in registry.open_questions_of_holding(holding_id)
    ]


def question_of(
    door: DoorPlan, passage: PassageDetected, verdict: Verdict, group_id: str
) -> list[Event]:
    """What has to be asked about a passage of a known holding: one question or none."""
    needs = _needs(door, passage)
    if needs is None or passage.holding_id is None:
        return []
    return [
        PassageQuestioned(
            at=passage.at,
            passage_id=passage.passage_id,
            group_id=group_id,
            door=passage.door,
            epc=passage.epc,
            holding_id=passage.holding_id,
            direction=verdict.likelier,
            confidence=passage.confidence,
            needs=needs,
        )
    ]


def word_on(
    question: OpenQuestion, message: ConfirmPassage, doors: Mapping[str, DoorPlan]
) -> PassageConfirmed | None:
    """What a person's word makes of one question; ``None``: its door has left the site file."""
    door = doors.get(question.door)
    if door is None:
        return None
    inside = message.direction is Direction.IN
    if message.direction is Direction.TURNED_BACK:
        inside = question.direction is Direction.OUT  # it is where it came from
    return PassageConfirmed(
        at=message.asked.at.utc,
        passage_id=question.passage_id,
        group_id=question.group_id,
        door=question.door,
        epc=question.epc,
        holding_id=question.holding_id,
        direction=message.direction,
        place=door.room if inside else OUTSIDE,
        confidence=1.0,
        by=message.asked.by,
    )


def _needs(door: DoorPlan, passage: PassageDetected) -> QuestionKind | None:
    match passage.direction:
        case Direction.TURNED_BACK:
            return None
        case Direction.UNKNOWN:
            return QuestionKind.DIRECTION
        case _:
            alone = door.rule.commits_alone and passage.confidence >= COMMITS_ALONE
            return None if alone else QuestionKind.CONFIRM
