"""Facts about passages beyond the passage itself: questions, answers, trolleys.

Events as in ``events``: past tense, never edited.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.domain.model import Direction


class QuestionKind(StrEnum):
    """What a person is asked about a passage."""

    CONFIRM = "confirm"
    """The likelier direction is taken as true meanwhile; one tap says that it is."""
    DIRECTION = "direction"
    """In or out? Until somebody says, nobody knows where the holding is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageQuestioned:
    """The reads do not suffice for the passage to stand by itself: a person is asked."""

    at: datetime
    passage_id: str
    group_id: str
    """The trolley it came with, answered as a whole; empty: it came alone."""
    door: str
    epc: str
    holding_id: str
    direction: Direction
    """The likelier one, in or out."""
    confidence: float
    needs: QuestionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageConfirmed:
    """A person said what happened; one event for each passage, also of a trolley."""

    at: datetime
    passage_id: str
    group_id: str
    door: str
    epc: str
    holding_id: str
    direction: Direction
    place: str
    """Where the holding is: a room's id, or ``outside``."""
    confidence: float
    """1: a person saw it."""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageSuperseded:
    """A question became idle: the holding was seen at a door again."""

    at: datetime
    passage_id: str
    door: str
    holding_id: str
    by_passage_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPassed:
    """Tags went through a door together; each has its own ``PassageDetected`` as well."""

    at: datetime
    group_id: str
    door: str
    direction: Direction
    place: str
    confidence: float
    """Probability that the group as a whole went that way."""
    members: dict[str, str]
    """EPC to passage id of those that went with it."""
    missing: dict[str, str]
    """Holding id to reference code of those expected with them and not heard."""
