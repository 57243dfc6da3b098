"""The first page: alarms before everything, then the doors, then what passes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.screens.alarm_cards import AlarmCard, AlarmGroup, groups
from api.screens.frame import Page, Screens, ScreensOf
from api.screens.language import Language, mark
from api.screens.tally import DoorDay
from controller.domain.model import Direction
from controller.store.views import DeviceView, list_devices
from controller.store.views_doors import PassageView, latest_passages
from controller.store.views_numbers import ProposalView, proposal

router = APIRouter(include_in_schema=False)

SHOWN: Final = 30

_COUNTED: Final[Sequence[tuple[Direction, str]]] = (
    (Direction.IN, mark("in today")),
    (Direction.OUT, mark("out today")),
    (Direction.TURNED_BACK, mark("turned back")),
    (Direction.UNKNOWN, mark("unclear")),
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything the page shows."""

    unseen: tuple[AlarmGroup, ...]
    seen: tuple[AlarmCard, ...]
    doors: tuple[Tile, ...]
    passages: tuple[Row, ...]


@router.get("/")
def doors(request: Request, screens: ScreensOf) -> Response:
    """The doors page."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        return {"board": _board(connection, page, screens)}

    return screens.answer(request, "doors.html", build)


def _board(connection: Connection, page: Page, screens: Screens) -> Board:
    t = page.language
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
            _row(passage, page, screens, _said(connection, passage, screens))
            for passage in latest_passages(connection, SHOWN)
        ),
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
    )


def _unknown(t: Language, said: ProposalView | None) -> str:
    if said is None:
        return t("not in the catalogue")
    return t("not bound; its number says %(code)s", code=said.reference_code)


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
