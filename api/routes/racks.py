"""Mobile shelving and the other devices: how they are, and the wish that an aisle open.

Nothing here moves a carriage: a wish is filed, and the controller decides on a fresh picture.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.answers import answer, tagged
from api.context import Context, ContextOf
from api.equipment import RackState, devices, racks
from api.filing import MOTION_LIFETIME, Accepted, ask
from api.inputs import Id
from api.models import DeviceList, Done, RackList, documented
from api.problems import Problem
from api.security import SignedIn

router = APIRouter(tags=["racks and devices"], responses=documented(401, 403, 422))
_ASKED = documented(202, 404, 409, 503)


@router.get("/v1/racks", response_model=RackList)
def list_racks(context: ContextOf) -> Response:
    """Every bank of the site."""
    return answer({"racks": racks(context)})


@router.get("/v1/racks/{rack}", response_model=RackState, responses=documented(304, 404))
def one_rack(request: Request, context: ContextOf, rack: Id) -> Response:
    """One bank."""
    return tagged(request, _rack(context, rack))


@router.post("/v1/racks/{rack}/aisles/{aisle}/open", response_model=Done, responses=_ASKED)
async def open_aisle(
    context: ContextOf,
    person: SignedIn,
    rack: Id,
    aisle: Annotated[int, Path(ge=1, le=32)],
) -> Response:
    """Ask that an aisle be opened; worth nothing after 5 seconds.

    200 says that the carriages were told to move, not that they have arrived: ``AisleOpened``
    or ``AisleFailed`` follows on ``/v1/events``.
    """
    body = {"rack": rack, "aisle": aisle}
    outcome = await ask(context, person, "RequestAisle", body, lifetime=MOTION_LIFETIME)
    return answer(outcome) if isinstance(outcome, Accepted) else outcome


@router.post("/v1/racks/{rack}/stop", response_model=Done, responses=_ASKED)
async def stop_rack(context: ContextOf, person: SignedIn, rack: Id) -> Response:
    """Ask that every carriage of a bank halt. This is no emergency stop: that is on the bank."""
    body = {"rack": rack}
    outcome = await ask(context, person, "RequestStop", body, lifetime=MOTION_LIFETIME)
    return answer(outcome) if isinstance(outcome, Accepted) else outcome


@router.get("/v1/devices", response_model=DeviceList)
def list_devices(context: ContextOf) -> Response:
    """Every device of the site: answering or not, and since when."""
    return answer({"devices": devices(context)})


def _rack(context: Context, rack: str) -> RackState:
    for one in racks(context):
        if one.id == rack:
            return one
    raise Problem(404, "no_such_rack", "The site has no rack of that id.")
