"""Lifts, cranes and carousels: how they stand, and the wish that something be brought.

Nothing here moves a machine: a wish is filed, and the controller decides on a fresh picture.
"""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.answers import answer
from api.context import Context, ContextOf
from api.filing import MOTION_LIFETIME, ask
from api.inputs import PLAIN, Body, Id
from api.machines import MachineState, machines
from api.models import Done, documented
from api.problems import Problem
from api.security import Person, SignedIn
from controller.domain.model_machines import MachineVerb
from controller.domain.model_shelving import Finding

router = APIRouter(tags=["racks and devices"], responses=documented(401, 403, 422))
_DECIDED = documented(202, 404, 409, 413, 503)


class MachineWish(Body):
    """What shall be brought to an opening, or taken away from it."""

    verb: Annotated[MachineVerb, Field(strict=False)]
    target: Annotated[str, Field(max_length=32, pattern=PLAIN)] = ""
    """A tray, a shelf, or ``row/column/level``; empty to put a lift's tray back."""
    opening: Annotated[int, Field(ge=1, le=4)] = 1


class MachineLook(Body):
    """What one found at a motion of which nobody knew the end."""

    finding: Annotated[Finding, Field(strict=False)]
    note: Annotated[str, Field(min_length=1, max_length=500, pattern=PLAIN)]


class MachineList(BaseModel):
    """Every lift, crane and carousel of the site."""

    machines: list[MachineState]


@router.get("/v1/machines", response_model=MachineList)
def list_machines(context: ContextOf) -> Response:
    """Every lift, crane and carousel of the site."""
    return answer({"machines": machines(context)})


@router.post("/v1/machines/{machine}/move", response_model=Done, responses=_DECIDED)
async def move(context: ContextOf, person: SignedIn, machine: Id, wish: MachineWish) -> Response:
    """Ask that a thing be brought or put back; worth nothing after 5 seconds.

    200 says that the machine was told to move, not that it has arrived: ``MachineDone`` or
    ``MachineFailed`` follows on ``/v1/events``.
    """
    return await _asked(context, person, "MoveMachine", machine, **wish.model_dump())


@router.post("/v1/machines/{machine}/stop", response_model=Done, responses=_DECIDED)
async def stop(context: ContextOf, person: SignedIn, machine: Id) -> Response:
    """Ask that it halt. This is no emergency stop: that is on the machine."""
    return await _asked(context, person, "StopMachine", machine)


@router.post("/v1/machines/{machine}/motion/resolve", response_model=Done, responses=_DECIDED)
async def resolve(context: ContextOf, person: SignedIn, machine: Id, look: MachineLook) -> Response:
    """Say what one found at a motion of unknown outcome; it moves again only after that."""
    return await _asked(context, person, "ResolveMachine", machine, **look.model_dump())


async def _asked(
    context: Context, person: Person, kind: str, machine: str, **facts: object
) -> Response:
    if machine not in {each.id for each in context.site.machines}:
        raise Problem(404, "no_such_machine", "The site has no machine of that id.")
    body = {"machine": machine, **facts}
    outcome = await ask(context, person, kind, body, lifetime=MOTION_LIFETIME)
    return outcome if isinstance(outcome, Response) else answer(outcome)
