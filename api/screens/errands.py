"""Fetching and putting away: lists, and each list as a walk through the aisles, on a phone too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from api.inputs import PLAIN, Id
from api.problems import Problem
from api.screens.event_texts import ERRAND_ENDS, TASKS
from api.screens.filing import file_and_return
from api.screens.frame import Page, Screens, ScreensOf
from api.screens.queue_texts import STATES, place
from api.security import SignedIn
from api.stops import Stop, places_of, stops_of
from controller.domain.model_shelving import ErrandEnd, ErrandTask, ReservationState
from controller.store.shelving import errand_views
from controller.store.shelving.errand_views import ErrandView
from controller.store.shelving.views import ReservationView, live_reservations

router = APIRouter(include_in_schema=False)

MOST: Final = 300
Key = Annotated[str, Form(max_length=36, pattern=PLAIN)]
Pair = Annotated[str, Form(max_length=80, pattern=PLAIN)]
Scan = Annotated[str, Form(max_length=200, pattern=PLAIN)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCard:
    """One list."""

    id: str
    task: str
    made_at: datetime
    made_by: str
    count: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingCard:
    """One thing to fetch or to put back."""

    id: str
    holding_id: str
    code: str
    title: str
    place: str
    open: bool
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCard:
    """One aisle of the walk."""

    number: int
    rack: str
    rack_name: str
    aisle: int | None
    target: str
    """The place in a machine; empty in a bank."""
    reservation: ReservationView | None
    """One's own of that aisle."""
    open: bool
    """It stands open, and is one's."""
    claimable: bool
    """It is one's turn to open it."""
    state: str
    """How one's reservation stands; empty without one."""
    left: int
    things: tuple[ThingCard, ...]


@router.get("/errands")
def lists(request: Request, screens: ScreensOf) -> Response:
    """Every list, and the approved loans that nobody was sent for."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        return {
            "lists": [
                ListCard(
                    id=one.list_id,
                    task=page.language(TASKS[one.task]),
                    made_at=one.made_at,
                    made_by=one.made_by,
                    count=one.count,
                    open=one.open,
                )
                for one in errand_views.lists(connection, limit=50)
            ],
            "lendable": errand_views.lendable(connection, limit=MOST),
        }

    return screens.answer(request, "errands.html", build)


@router.post("/errands")
async def make(
    request: Request,
    person: SignedIn,
    task: Annotated[ErrandTask, Form()],
    holding: Annotated[list[Key], Form()] = [],  # noqa: B006 -- FastAPI copies it
    loan: Annotated[list[Pair], Form()] = [],  # noqa: B006 -- FastAPI copies it
    back: Annotated[str, Form()] = "/errands",
) -> RedirectResponse:
    """A list of these things; each ``loan`` is its id, a space, and the holding it is for."""
    things = dict.fromkeys(holding, "")
    for one in loan:
        loan_id, _, holding_id = one.partition(" ")
        things[holding_id] = loan_id
    body = {"task": task, "holdings": things}
    return await file_and_return(request, person, "MakeErrands", [body], back=back)


@router.get("/errands/{list_id}")
def walk(request: Request, screens: ScreensOf, list_id: Id) -> Response:
    """One list in the order to walk."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        errands = errand_views.errands_of(connection, list_id=list_id, limit=MOST)
        if not errands:
            raise Problem(404, "no_such_list", "There is no list of that id.")
        user = "" if page.user is None else page.user.name
        mine = [r for r in live_reservations(connection) if r.by == user]
        stops = stops_of(connection, screens.site, errands)
        return {
            "list_id": list_id,
            "task": page.language(TASKS[errands[0].task]),
            "put_away": errands[0].task is ErrandTask.PUT_AWAY,
            "made_by": errands[0].made_by,
            "made_at": errands[0].made_at,
            "left": sum(errand.state == "open" for errand in errands),
            "stops": [_stop(n, stop, mine, page, screens) for n, stop in enumerate(stops, 1)],
        }

    return screens.answer(request, "errand_list.html", build)


@router.post("/errands/{errand_id}/end")
async def end(
    request: Request,
    person: SignedIn,
    errand_id: Id,
    end: Annotated[ErrandEnd, Form()],
    scanned: Scan = "",
    place: Scan = "",
    back: Annotated[str, Form()] = "/errands",
) -> RedirectResponse:
    """It is in hand, back at its place, not there, or called off."""
    body = {"errand_id": errand_id, "end": end, "scanned": scanned, "place": place}
    return await file_and_return(request, person, "EndErrand", [body], back=back)


def _stop(
    number: int, stop: Stop, mine: list[ReservationView], page: Page, screens: Screens
) -> StopCard:
    own = next((r for r in mine if (r.rack, r.aisle) == (stop.rack, stop.aisle)), None)
    return StopCard(
        number=number,
        rack=stop.rack,
        rack_name=screens.names.device(stop.rack) if stop.rack else "",
        aisle=stop.aisle,
        target=stop.target,
        reservation=own,
        open=own is not None and own.state is ReservationState.AT_TARGET,
        claimable=own is not None and own.state is ReservationState.RESERVED,
        state="" if own is None else page.language(STATES[own.state][1]),
        left=sum(errand.state == "open" for errand in stop.errands),
        things=tuple(_thing(errand, page, screens) for errand in stop.errands),
    )


def _thing(errand: ErrandView, page: Page, screens: Screens) -> ThingCard:
    t = page.language
    over = errand.state != "open"
    return ThingCard(
        id=errand.id,
        holding_id=errand.holding_id,
        code=errand.reference_code or errand.holding_id,
        title=errand.title or "",
        place=place(t, screens.names, places_of(screens.site), errand.shelf),
        open=not over,
        end=t(ERRAND_ENDS[ErrandEnd(errand.state)]) if over else "",
    )
