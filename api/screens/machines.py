"""Lifts, cranes and carousels on the shelving page: how they stand, bring, put back, stop."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse

from api.filing import MOTION_LIFETIME
from api.inputs import PLAIN
from api.machines import MachineState, machine_state
from api.screens.fault_texts import fault_text
from api.screens.filing import file_and_return
from api.screens.frame import Page, Screens
from api.screens.language import Language
from api.screens.machine_texts import (
    BRING,
    FLAGS,
    PLACES,
    PUT_BACK,
    STANDS,
    motion_text,
    why_not,
)
from api.screens.rack_texts import MODES
from api.security import SignedIn
from controller.domain.model_machines import MachineVerb
from controller.domain.model_shelving import Finding
from controller.domain.plans_shelving import MachineKind
from controller.site_racks import machine_profile
from controller.store.shelving.machine_views import list_machines
from controller.store.views import list_devices
from drivers.observations import RackMode

router = APIRouter(include_in_schema=False)

_WELL: Final = frozenset({RackMode.IDLE, RackMode.HOLDING})
_BAD: Final = frozenset(
    {RackMode.PROTECTIVE_STOP, RackMode.EMERGENCY_STOP, RackMode.FAULT, RackMode.POWER_LOST}
)
Back = Annotated[str, Form()]
Target = Annotated[str, Form(max_length=32, pattern=PLAIN)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCard:
    """One machine."""

    id: str
    name: str
    mood: str
    state: str
    fault: str
    """What it reports, in words; empty when nothing."""
    flags: tuple[str, ...]
    presents: tuple[tuple[int, str, bool], ...]
    """Each opening: its number, what stands there, and whether it can be put back."""
    motion: str
    doubt: bool
    refused: str
    asks_for: str
    """What a person names: a tray, a shelf, a cell."""
    bring: str
    put_back: str
    """The label of the button; empty where nothing can be put back."""
    names_target: bool
    """Putting back needs a place, too."""
    openings: range
    changed_at: datetime | None


def machine_cards(connection: Connection, page: Page, screens: Screens) -> tuple[MachineCard, ...]:
    """Every machine of the site as the page shows it."""
    seen, devices = list_machines(connection), list_devices(connection)
    cards = []
    for machine in screens.site.machines:
        known = None if page.controller_away else seen.get(machine.id)
        state = machine_state(machine, known, devices)
        fault = fault_text(
            machine_profile(machine), screens.context.beside, state.fault_code, page.language
        )
        cards.append(_card(state, fault, page.language))
    return tuple(cards)


@router.post("/machines/{machine}/move")
async def move(
    request: Request,
    person: SignedIn,
    machine: str,
    verb: Annotated[MachineVerb, Form()],
    target: Target = "",
    opening: Annotated[int, Form(ge=1, le=4)] = 1,
    back: Back = "/racks",
) -> RedirectResponse:
    """Have something brought, or put back."""
    body = {"machine": machine, "verb": verb, "target": target, "opening": opening}
    return await file_and_return(
        request, person, "MoveMachine", [body], back=back, lifetime=MOTION_LIFETIME
    )


@router.post("/machines/{machine}/stop")
async def stop(
    request: Request, person: SignedIn, machine: str, back: Back = "/racks"
) -> RedirectResponse:
    """Ask it to halt."""
    bodies = [{"machine": machine}]
    return await file_and_return(
        request, person, "StopMachine", bodies, back=back, lifetime=MOTION_LIFETIME
    )


@router.post("/machines/{machine}/resolve")
async def resolve(
    request: Request,
    person: SignedIn,
    machine: str,
    finding: Annotated[Finding, Form()],
    note: Annotated[str, Form(min_length=1, max_length=500, pattern=PLAIN)],
) -> RedirectResponse:
    """What one found at a motion that nobody knows the end of."""
    body = {"machine": machine, "finding": finding, "note": note}
    return await file_and_return(request, person, "ResolveMachine", [body], back="/racks")


def _card(state: MachineState, fault: str, t: Language) -> MachineCard:
    kind = state.kind
    flags = [flag for flag in state.flags.split(",") if flag]
    clear = state.mode in _WELL and not flags
    return MachineCard(
        id=state.id,
        name=state.name,
        mood="ok" if clear else "bad" if state.mode in _BAD else "warn",
        state=t(MODES[state.mode]),
        fault=fault,
        flags=tuple(t(FLAGS[flag]) if flag in FLAGS else flag for flag in flags),
        presents=_presents(state, t),
        motion=motion_text(t, state),
        doubt=state.state == "unknown",
        refused=why_not(t, state.refused) if state.refused else "",
        asks_for=t(PLACES[kind]),
        bring=t(BRING[kind]),
        put_back=t(PUT_BACK[kind]) if kind in PUT_BACK else "",
        names_target=kind is MachineKind.CRANE,
        openings=range(1, state.openings + 1),
        changed_at=state.changed_at,
    )


def _presents(state: MachineState, t: Language) -> tuple[tuple[int, str, bool], ...]:
    said = state.presents.split(",") if state.presents else []
    texts: Mapping[str, str] = STANDS[state.kind]
    lift = state.kind is MachineKind.LIFT
    return tuple(
        (
            number,
            t(texts.get(what, texts["n"]), number=what),
            lift and what not in ("0", "?"),
        )
        for number, what in enumerate(said, start=1)
    )
