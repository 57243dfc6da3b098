"""Reservations of aisles: a place in a bank's queue, taken, claimed and given back.

Nothing here moves a carriage: a wish is filed, and the controller decides on a fresh picture.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.answers import answer, tagged
from api.context import Context, ContextOf
from api.filing import MOTION_LIFETIME, ask
from api.inputs import Body, Id, Words
from api.models import Done, documented
from api.problems import Problem
from api.security import Person, SignedIn
from controller.domain.model_shelving import Finding
from controller.store.shelving import views
from controller.store.shelving.views import MotionView, ReservationView

router = APIRouter(tags=["racks and devices"], responses=documented(401, 403, 422))
_DECIDED = documented(202, 404, 409, 503)
_PATH = "/v1/racks/{rack}/reservations"


class Queue(BaseModel):
    """Whose turn it is at one bank, who waits, and the newest motion."""

    reservations: list[ReservationView]
    """In the order of their making; all that are not ``queued`` have their turn now."""
    motion: MotionView | None


class NewReservation(Body):
    """The aisle that somebody wants."""

    aisle: Annotated[int, Field(ge=1, le=32)]


class Look(Body):
    """What somebody found who went to look at a motion of which nobody knew the end."""

    finding: Annotated[Finding, Field(strict=False)]
    note: Annotated[Words, Field(min_length=1)]


@router.get(_PATH, response_model=Queue)
def queue(context: ContextOf, rack: Id) -> Response:
    """Everybody who has or wants an aisle of the bank."""
    _require(context, rack)
    with context.reader.connect() as connection:
        waiting = views.live_reservations(connection, rack)
        motion = views.motions(connection).get(rack)
    return answer({"reservations": waiting, "motion": motion})


@router.post(_PATH, status_code=201, response_model=ReservationView, responses=_DECIDED)
async def reserve(
    context: ContextOf, person: SignedIn, rack: Id, wanted: NewReservation
) -> Response:
    """Take a place in the queue; when nobody is before it, the aisle is opened at once.

    Whoever wants the aisle that stands open goes in with those who have it. A turn that is not
    claimed within five minutes, and a wait of more than two hours, expire.
    """
    body = {"rack": rack, "aisle": wanted.aisle}
    return await _decided(context, person, "ReserveAisle", body, made=True)


@router.get(
    _PATH + "/{reservation_id}", response_model=ReservationView, responses=documented(304, 404)
)
def one_reservation(request: Request, context: ContextOf, rack: Id, reservation_id: Id) -> Response:
    """One reservation as it stands, over or not."""
    _require(context, rack)
    return tagged(request, _reservation(context, reservation_id))


@router.post(_PATH + "/{reservation_id}/claim", response_model=ReservationView, responses=_DECIDED)
async def claim(context: ContextOf, person: SignedIn, rack: Id, reservation_id: Id) -> Response:
    """It is one's turn, and one is there: open the aisle, or keep the one that stands open."""
    body = {"rack": rack, "reservation_id": reservation_id}
    return await _decided(context, person, "ClaimAisle", body)


@router.post(
    _PATH + "/{reservation_id}/release", response_model=ReservationView, responses=_DECIDED
)
async def release(context: ContextOf, person: SignedIn, rack: Id, reservation_id: Id) -> Response:
    """Give it back: nobody is in the aisle any more. The next one's aisle may then be opened.

    Somebody else's can be given back only when it is overdue and the whole bank is clear.
    """
    body = {"rack": rack, "reservation_id": reservation_id}
    return await _decided(context, person, "ReleaseAisle", body)


@router.post("/v1/racks/{rack}/motion/resolve", response_model=Done, responses=_DECIDED)
async def resolve(context: ContextOf, person: SignedIn, rack: Id, look: Look) -> Response:
    """Say what one found at a motion of unknown outcome; the bank moves again only after that."""
    body = {"rack": rack, "finding": look.finding, "note": look.note}
    outcome = await ask(context, person, "ResolveMotion", body)
    return outcome if isinstance(outcome, Response) else answer(outcome)


async def _decided(
    context: Context, person: Person, kind: str, body: Mapping[str, object], *, made: bool = False
) -> Response:
    outcome = await ask(context, person, kind, body, lifetime=MOTION_LIFETIME)
    if isinstance(outcome, Response):
        return outcome
    found = _reservation(context, outcome.detail["reservation_id"])
    if not made:
        return answer(found)
    where = f"/v1/racks/{found.rack}/reservations/{found.id}"
    return answer(found, status=201, headers={"Location": where})


def _reservation(context: Context, reservation_id: str) -> ReservationView:
    with context.reader.connect() as connection:
        found = views.reservation(connection, reservation_id)
    if found is None:
        raise Problem(404, "no_such_reservation", "There is no reservation of that id.")
    return found


def _require(context: Context, rack: str) -> None:
    if rack not in {each.id for each in context.site.racks}:
        raise Problem(404, "no_such_rack", "The site has no rack of that id.")
