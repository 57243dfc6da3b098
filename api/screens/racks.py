"""Mobile shelving: stop before everything, aisles with who is in them, and why it did not move."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from api.filing import MOTION_LIFETIME
from api.screens.filing import file_and_return
from api.screens.frame import Page, ScreensOf
from api.screens.language import Language
from api.screens.machines import machine_cards
from api.screens.queue_cards import QueueCard, queue_card
from api.screens.queue_texts import FINDINGS
from api.screens.rack_texts import MODES, PRESENCES, motion
from api.security import SignedIn
from controller.config import Rack
from controller.store.shelving.views import live_reservations
from controller.store.shelving.views import motions as last_motions
from controller.store.views import RackView, list_devices, list_racks
from drivers.observations import Presence, RackMode

router = APIRouter(include_in_schema=False)

_MOODS: Final[Mapping[RackMode, str]] = {
    RackMode.IDLE: "ok",
    RackMode.HOLDING: "ok",
    RackMode.MOVING: "warn",
    RackMode.LOCAL: "warn",
    RackMode.UNKNOWN: "warn",
}
_AISLES: Final[Mapping[Presence, tuple[str, str]]] = {
    Presence.CLEAR: ("ok", "ok"),
    Presence.OCCUPIED: ("bad", "person"),
    Presence.OBSTRUCTED: ("bad", "alarm"),
    Presence.UNKNOWN: ("warn", "unsure"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AisleCard:
    """One aisle."""

    number: int
    mood: str
    icon: str
    state: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RackCard:
    """One bank."""

    id: str
    name: str
    mood: str
    state: str
    aisles: tuple[AisleCard, ...]
    queue: QueueCard
    last_result: str
    changed_at: datetime | None


@router.get("/racks")
def racks(request: Request, screens: ScreensOf) -> Response:
    """The shelving page."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        seen = list_racks(connection)
        devices = list_devices(connection)
        waiting, motions = live_reservations(connection), last_motions(connection)
        user = "" if page.user is None else page.user.name
        answering = {name for name, device in devices.items() if device.state == "online"}
        return {
            "racks": [
                _card(
                    rack,
                    seen.get(rack.id),
                    queue_card(
                        [one for one in waiting if one.rack == rack.id],
                        motions.get(rack.id),
                        user,
                        page.language,
                    ),
                    fresh=rack.id in answering and not page.controller_away,
                    t=page.language,
                )
                for rack in screens.site.racks
            ],
            "machines": machine_cards(connection, page, screens),
            "findings": [(f.value, page.language(text)) for f, text in FINDINGS.items()],
        }

    return screens.answer(request, "racks.html", build)


@router.post("/racks/{rack}/open")
async def open_aisle(
    request: Request,
    person: SignedIn,
    rack: str,
    aisle: Annotated[int, Form(ge=1, le=99)],
    back: Annotated[str, Form()] = "/racks",
) -> RedirectResponse:
    """Ask for an aisle."""
    bodies = [{"rack": rack, "aisle": aisle}]
    return await file_and_return(
        request, person, "RequestAisle", bodies, back=back, lifetime=MOTION_LIFETIME
    )


@router.post("/racks/{rack}/stop")
async def stop(
    request: Request, person: SignedIn, rack: str, back: Annotated[str, Form()] = "/racks"
) -> RedirectResponse:
    """Ask every carriage of a bank to halt."""
    return await file_and_return(
        request, person, "RequestStop", [{"rack": rack}], back=back, lifetime=MOTION_LIFETIME
    )


def _card(
    rack: Rack, view: RackView | None, queue: QueueCard, *, fresh: bool, t: Language
) -> RackCard:
    """What is known; nothing is clear or standing still on the word of a bank that is silent."""
    mode = view.mode if view is not None and fresh else RackMode.UNKNOWN
    presences = _presences(rack.aisles, view.occupied if view is not None and fresh else None)
    return RackCard(
        id=rack.id,
        name=rack.name,
        mood=_MOODS.get(mode, "bad"),
        state=t(MODES[mode]),
        aisles=tuple(
            AisleCard(
                number=number,
                mood=_AISLES[presence][0],
                icon=_AISLES[presence][1],
                state=t(PRESENCES[presence]),
                open=view is not None and fresh and view.open_aisle == number,
            )
            for number, presence in enumerate(presences, start=1)
        ),
        queue=queue,
        last_result="" if view is None else motion(t, view.last_result),
        changed_at=None if view is None else view.changed_at,
    )


def _presences(aisles: int, occupied: str | None) -> list[Presence]:
    """One per aisle from ``3:occupied,4:unknown``, where only those not clear are named."""
    if occupied is None:
        return [Presence.UNKNOWN] * aisles
    named = dict(pair.split(":", 1) for pair in occupied.split(",") if pair)
    return [Presence(named.get(str(n), Presence.CLEAR)) for n in range(1, aisles + 1)]
