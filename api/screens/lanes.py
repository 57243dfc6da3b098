"""Passages that wait for a person: please confirm, and in or out? One tap, or one key.

A question stays here until somebody has answered it or its file was seen at a door again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse

from api.inputs import PLAIN
from api.screens.filing import file_and_return
from api.screens.frame import Page, Screens
from api.screens.language import Language, mark
from api.security import SignedIn
from controller.domain.events_passages import QuestionKind
from controller.domain.model import Direction
from controller.store.passages.views import AskedPassage, Trolley, open_questions, trolleys

router = APIRouter(include_in_schema=False)

FILES_SHOWN: Final = 12
"""Of one trolley, before the rest is only counted."""

_LIKELY: Final = {Direction.IN: mark("probably in"), Direction.OUT: mark("probably out")}
_YES: Final = {Direction.IN: mark("Yes, it came in"), Direction.OUT: mark("Yes, it went out")}
_YES_ALL: Final = {
    Direction.IN: mark("Yes, all came in"),
    Direction.OUT: mark("Yes, all went out"),
}

Id36 = Annotated[str, Form(max_length=36, pattern=PLAIN)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One file that is asked about."""

    holding_id: str
    reference_code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing a person is asked: about one file, or about a trolley as a whole."""

    key: str
    """Names it inside a page."""
    passage_id: str
    group_id: str
    where: str
    at: datetime
    likely: str
    percent: int
    direction: str
    """The likelier one: ``in`` or ``out``."""
    yes: str
    headline: str
    things: tuple[Thing, ...]
    more: int
    """Files of the trolley that are asked about and not shown."""
    missing: tuple[str, ...]
    """Reference codes that were expected with the trolley and not heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Both lanes; the third, what was sure, is the log below them."""

    confirm: tuple[Question, ...]
    """The likelier direction counts meanwhile."""
    ask: tuple[Question, ...]
    """Nobody knows where these are."""


def lanes(connection: Connection, page: Page, screens: Screens) -> Lanes:
    """Every open question, a trolley as one.

    Where a key answers the first one, the oldest comes first: news must not slip under a finger.
    """
    found = open_questions(connection)
    known = trolleys(connection, {each.group_id for each in found} - {""})
    together: dict[str, list[AskedPassage]] = {}
    for each in found:
        together.setdefault(each.group_id or each.passage_id, []).append(each)
    confirm: list[Question] = []
    ask: list[Question] = []
    for asked in together.values():
        lane = ask if any(q.needs is QuestionKind.DIRECTION for q in asked) else confirm
        lane.append(_question(asked, known.get(asked[0].group_id), page.language, screens))
    return Lanes(confirm=tuple(confirm), ask=tuple(reversed(ask)))


@router.post("/passages/confirm")
async def confirm(
    request: Request,
    person: SignedIn,
    direction: Annotated[Literal["in", "out", "turned_back"], Form()],
    passage: Id36 = "",
    group: Id36 = "",
    back: Annotated[str, Form()] = "/",
) -> RedirectResponse:
    """What a person saw, of one passage or of a whole trolley."""
    body = {"passage_id": passage, "group_id": group, "direction": direction}
    return await file_and_return(request, person, "ConfirmPassage", [body], back=back)


def _question(
    asked: list[AskedPassage], trolley: Trolley | None, t: Language, screens: Screens
) -> Question:
    first = asked[0]
    alone = not first.group_id
    texts = _YES if alone else _YES_ALL
    return Question(
        key=first.group_id or first.passage_id,
        passage_id=first.passage_id if alone else "",
        group_id=first.group_id,
        where=screens.names.device(first.door),
        at=first.asked_at,
        likely=t(_LIKELY[first.direction]),
        percent=round(100 * min(each.confidence for each in asked)),
        direction=first.direction.value,
        yes=t(texts[first.direction]),
        headline="" if alone else _headline(t, len(asked), trolley),
        things=tuple(_things(asked[:FILES_SHOWN])),
        more=max(0, len(asked) - FILES_SHOWN),
        missing=() if trolley is None else trolley.missing,
    )


def _headline(t: Language, asked: int, trolley: Trolley | None) -> str:
    members = asked if trolley is None else trolley.members
    if members > asked:
        return t(
            "Trolley with %(members)s files, %(asked)s of them to confirm",
            members=members,
            asked=asked,
        )
    return t("Trolley with %(members)s files", members=members)


def _things(asked: Iterable[AskedPassage]) -> Iterable[Thing]:
    for each in asked:
        yield Thing(
            holding_id=each.holding_id, reference_code=each.reference_code, title=each.title
        )
