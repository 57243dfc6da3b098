"""The desks: what lies there, a form to give it a number, and how the newest writing ended."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from api.filing import MOTION_LIFETIME
from api.inputs import PLAIN, Id
from api.problems import Problem
from api.screens.answer_texts import REFUSED
from api.screens.desk_texts import reason, remains, remedy
from api.screens.filing import file_and_return
from api.screens.frame import Page, Screens, ScreensOf
from api.screens.language import Language
from api.security import SignedIn
from controller.config import Desk
from controller.domain.model import Holding
from controller.store import views_desks
from controller.store.views import list_devices
from controller.store.views_desks import DeskView, WritingView
from controller.store.views_holdings import Name, holding, holdings_by
from controller.store.views_numbers import ProposalView
from controller.store.views_search import named, search

router = APIRouter(include_in_schema=False)

SHOWN: Final = 20
_EPC: Final = re.compile(r"(?:[0-9A-F]{4}){1,31}")

Text = Annotated[str, Query(max_length=200, pattern=PLAIN)]
Field = Annotated[str, Form(max_length=200, pattern=PLAIN)]
Objection = Literal["bad_epc", "no_steady_tag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asked of one desk and must still make clear."""

    desk: str
    q: str
    epc: str
    lock: bool
    objection: Objection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingCard:
    """The newest writing."""

    at: datetime
    by: str
    mood: str
    state: str
    code: str
    """The reference code 档号 of what the tag is for; its id when the catalogue has lost it."""
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCard:
    """One desk."""

    id: str
    name: str
    device: str
    """``online``, ``lost``, or anything else: nobody knows."""
    epc: str | None
    """The one tag that lies still there."""
    since: datetime | None
    bound: Holding | None
    """What that tag stands for."""
    proposal: ProposalView | None
    """What its number says, while it stands for nothing."""
    writing: WritingCard | None
    wish: Wish | None
    objection: str
    matches: tuple[Holding, ...]
    more: bool


@router.get("/desk")
def desks(
    request: Request,
    screens: ScreensOf,
    desk: Text = "",
    q: Text = "",
    epc: Text = "",
    lock: bool = False,
    objection: Objection | None = None,
) -> Response:
    """The desks; with ``q`` at ``desk``, what that may name, to choose from."""
    if not screens.site.desks:
        raise Problem(404, "no_such_desk", "The site has no desk.")
    wish = Wish(desk=desk, q=q, epc=epc, lock=lock, objection=objection)

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        states = {name: device.state for name, device in list_devices(connection).items()}
        return {
            "desks": [
                _card(
                    connection,
                    page,
                    each,
                    device="" if page.controller_away else states.get(each.id, ""),
                    schemes=screens.site.site.tag_schemes,
                    wish=wish if each.id == wish.desk else None,
                )
                for each in screens.site.desks
            ]
        }

    return screens.answer(request, "desks.html", build)


@router.post("/desk/{desk}/tags")
async def write_tag(
    request: Request,
    screens: ScreensOf,
    person: SignedIn,
    desk: Id,
    q: Field = "",
    holding_id: Annotated[str, Form(max_length=36, pattern=PLAIN)] = "",
    epc: Field = "",
    lock: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Ask that the tag on the desk stand for what ``q`` is the very name of, or ``holding_id``.

    Whatever is not clear goes back to the page as a question: nothing is filed before.
    """
    number = "".join(epc.split()).upper()
    wanted, lying = await run_in_threadpool(_understood, screens, desk, q, holding_id)
    objection = None
    if wanted is not None:
        objection = _objection(number, lying=lying)
    if wanted is None or objection is not None:
        asked = {"desk": desk, "q": q, "epc": epc}
        asked |= {"lock": "true"} if lock else {}
        asked |= {"objection": objection} if objection else {}
        return RedirectResponse(f"/desk?{urlencode(asked)}#desk-{desk}", status_code=303)
    body = {"desk": desk, "holding_id": wanted, "epc": number, "lock": lock}
    return await file_and_return(
        request, person, "WriteTag", [body], back="/desk", lifetime=MOTION_LIFETIME
    )


def _objection(number: str, *, lying: bool) -> Objection | None:
    """Without a number the tag keeps its own: which that is, is for the controller to see."""
    if not number:
        return None if lying else "no_steady_tag"
    return None if _EPC.fullmatch(number) else "bad_epc"


def _understood(screens: Screens, desk: str, q: str, holding_id: str) -> tuple[str | None, bool]:
    """The one holding that is meant, and whether a tag lies still on the desk."""
    with screens.context.reader.connect() as connection:
        exact = [] if holding_id else named(connection, q)
        wanted = holding_id or (exact[0].id if len(exact) == 1 else None)
        return wanted, bool(views_desks.desk(connection, desk).epc)


def _card(
    connection: Connection,
    page: Page,
    desk: Desk,
    *,
    device: str,
    schemes: Sequence[str],
    wish: Wish | None,
) -> DeskCard:
    """What is known; nothing lies there on the word of a reader that is silent."""
    view = views_desks.desk(connection, desk.id, schemes)
    matches = [] if wish is None else search(connection, wish.q, limit=SHOWN + 1)
    objection = "" if wish is None or wish.objection is None else REFUSED[wish.objection]
    epc = view.epc if device == "online" else None
    bound = holdings_by(connection, Name.EPC, epc) if epc else []
    return DeskCard(
        id=desk.id,
        name=desk.name,
        device=device,
        epc=epc,
        since=view.since if epc else None,
        bound=bound[0] if bound else None,
        proposal=view.proposal if epc else None,
        writing=_writing(connection, page, view),
        wish=wish,
        objection=page.language.text(objection),
        matches=tuple(matches[:SHOWN]),
        more=len(matches) > SHOWN,
    )


def _writing(connection: Connection, page: Page, view: DeskView) -> WritingCard | None:
    if view.writing is None:
        return None
    meant = holding(connection, view.writing.holding_id)
    code = view.writing.holding_id if meant is None else meant.reference_code
    mood, state, said = _told(page.language, view.writing, code, away=page.controller_away)
    return WritingCard(
        at=view.writing.at, by=view.writing.by, mood=mood, state=state, code=code, said=said
    )


def _told(
    t: Language, writing: WritingView, code: str, *, away: bool
) -> tuple[str, str, tuple[str, ...]]:
    """The mood, the state in a word, and sentences: what the tag carries and what to do."""
    if writing.state == "bound":
        done = t("The tag carries %(epc)s and stands for %(code)s.", epc=writing.epc, code=code)
        return "ok", t("Done"), (done,)
    if writing.state == "failed":
        why = t("Not done: %(reason)s.", reason=reason(t, writing.reason))
        return "bad", t("Failed"), (why, remains(t, writing), remedy(t, writing))
    if away:
        unknown = t("The controller does not answer: nobody knows yet how it ends.")
        return "warn", t("Not known"), (unknown, t("Leave the tag on the desk."))
    going = t("%(epc)s is being written for %(code)s.", epc=writing.epc, code=code)
    return "warn", t("Writing …"), (going, t("Leave the tag on the desk."))
