"""The first page: alarms before everything, then the doors, then what passes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.screens.alarm_cards import AlarmCard, AlarmGroup, groups
from api.screens.frame import Page, Screens, ScreensOf
from api.screens.lanes import lanes
from api.screens.language import Language, mark
from api.screens.tally import DoorDay
from controller.domain.model import Direction
from controller.store.passages.views import AskedPassage
from controller.store.views import DeviceView, list_devices
from controller.store.views_doors import PassageView, latest_passages
from controller.store.views_numbers import ProposalView, proposal

router = APIRouter(include_in_schema=False)

SHOWN: Final = 30
LOG_REACHES_BACK: Final = timedelta(days=7)
"""What the log is searched through when only some verdicts are wanted."""

_COUNTED: Final[Sequence[tuple[Direction, str]]] = (
    (Direction.IN, mark("in today")),
    (Direction.OUT, mark("out today")),
    (Direction.TURNED_BACK, mark("turned back")),
    (Direction.UNKNOWN, mark("unclear")),
)

_CHOICES: Final[Sequence[tuple[Direction, str]]] = (
    (Direction.IN, mark("In")),
    (Direction.OUT, mark("Out")),
    (Direction.TURNED_BACK, mark("Turned back")),
    (Direction.UNKNOWN, mark("In or out?")),
)
_ANSWERED: Final[Mapping[str, str]] = {
    "in": mark("came in, says %(who)s"),
    "out": mark("went out, says %(who)s"),
    "turned_back": mark("stayed, says %(who)s"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One door: whether its reader answers, and its day."""

    id: str
    name: str
    state: str
    since: datetime | None
    counts: tuple[tuple[str, int], ...]
    last_at: datetime | None
    """Of today's last passage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One passage."""

    seq: int
    passage_id: str
    at: datetime
    mood: str
    icon: str
    verdict: str
    where: str
    holder: str
    reference_code: str
    title: str
    word: str
    """What a person said about it, or that somebody should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything the page shows."""

    unseen: tuple[AlarmGroup, ...]
    seen: tuple[AlarmCard, ...]
    doors: tuple[Tile, ...]
    passages: tuple[Row, ...]
    shown: str
    """The direction the log is narrowed to; empty: everything."""
    choices: tuple[tuple[str, str], ...]
    """Every direction it may be narrowed to, with its name."""


@router.get("/")
def doors(
    request: Request,
    screens: ScreensOf,
    show: Annotated[
        Literal["", "in", "out", "turned_back", "unknown"], Query(description="Of the log.")
    ] = "",
) -> Response:
    """The doors page; ``show`` narrows its log."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        board = _board(connection, page, screens, show)
        return {"board": board, "lanes": lanes(connection, page, screens)}

    return screens.answer(request, "doors.html", build)


def _board(connection: Connection, page: Page, screens: Screens, show: str) -> Board:
    t = page.language
    log = latest_passages(
        connection,
        SHOWN,
        direction=Direction(show) if show else None,
        since=page.now - LOG_REACHES_BACK,
    )
    devices = list_devices(connection)
    days = screens.tally.today(connection, page.now)
    return Board(
        unseen=groups(page.standing, t),
        seen=tuple(alarm for alarm in page.standing if alarm.grave and not alarm.unseen),
        doors=tuple(
            _tile(door.id, door.name, devices.get(door.id), days.get(door.id, DoorDay()), t)
            for door in screens.site.doors
        ),
        passages=tuple(
            _row(passage, page, screens, _said(connection, passage, screens)) for passage in log
        ),
        shown=show,
        choices=tuple((direction.value, t(word)) for direction, word in _CHOICES),
    )


def _tile(door: str, name: str, device: DeviceView | None, day: DoorDay, t: Language) -> Tile:
    return Tile(
        id=door,
        name=name,
        state="" if device is None else device.state,
        since=None if device is None else device.since,
        counts=tuple((t(word), day.counts[direction]) for direction, word in _COUNTED),
        last_at=day.last_at,
    )


def _said(connection: Connection, passage: PassageView, screens: Screens) -> ProposalView | None:
    """What an unknown tag's number proposes; a site that uses no scheme is spared the question."""
    schemes = screens.site.site.tag_schemes
    if passage.holding_id is not None or not schemes:
        return None
    return proposal(connection, passage.epc, None, schemes)


def _row(passage: PassageView, page: Page, screens: Screens, said: ProposalView | None) -> Row:
    mood, icon, verdict = _verdict(passage)
    t = page.language
    return Row(
        seq=passage.seq,
        passage_id=passage.passage_id,
        at=passage.at,
        mood=mood,
        icon=icon,
        verdict=t(verdict),
        where=screens.names.device(passage.door),
        holder=(passage.holder or "") if page.sees_borrowers else "",
        reference_code=passage.reference_code or passage.epc,
        title=passage.title or _unknown(t, said),
        word=_word(passage.asked, t),
    )


def _unknown(t: Language, said: ProposalView | None) -> str:
    if said is None:
        return t("not in the catalogue")
    return t("not bound; its number says %(code)s", code=said.reference_code)


def _word(asked: AskedPassage | None, t: Language) -> str:
    if asked is None:
        return ""
    if not asked.answer:
        return t("please confirm")
    if asked.answer in _ANSWERED:
        return t(_ANSWERED[asked.answer], who=asked.answered_by)
    return t("seen at a door again since")


def _verdict(passage: PassageView) -> tuple[str, str, str]:
    """The mood, the icon and the words; the colour never says it alone."""
    if passage.direction is Direction.TURNED_BACK:
        return "warn", "back", mark("Turned back")
    if passage.direction is Direction.UNKNOWN:
        return "warn", "unsure", mark("In or out?")
    if passage.direction is Direction.IN:
        return "in", "in", mark("Return to confirm") if passage.return_proposed else mark("In")
    if passage.holding_id is None:
        return "warn", "unsure", mark("Out, unknown tag")
    if passage.holder is None:
        return "bad", "alarm", mark("Out without authority")
    return "ok", "ok", mark("Out, authorised")
