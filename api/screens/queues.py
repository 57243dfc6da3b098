"""Forms of the queue at the shelving: get in line, open, give back, say what one saw."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse

from api.filing import MOTION_LIFETIME
from api.inputs import PLAIN
from api.screens.filing import file_and_return
from api.security import SignedIn
from controller.domain.model_shelving import Finding

router = APIRouter(include_in_schema=False)

Reservation = Annotated[str, Form(max_length=36, pattern=PLAIN)]
Back = Annotated[str, Form()]


@router.post("/racks/{rack}/reserve")
async def reserve(
    request: Request,
    person: SignedIn,
    rack: str,
    aisle: Annotated[int, Form(ge=1, le=99)],
    back: Back = "/racks",
) -> RedirectResponse:
    """Get in line for an aisle; it is opened at once when nobody has the bank."""
    body = {"rack": rack, "aisle": aisle}
    return await file_and_return(
        request, person, "ReserveAisle", [body], back=back, lifetime=MOTION_LIFETIME
    )


@router.post("/racks/{rack}/claim")
async def claim(
    request: Request, person: SignedIn, rack: str, reservation: Reservation, back: Back = "/racks"
) -> RedirectResponse:
    """It is one's turn: open it, or keep it."""
    body = {"rack": rack, "reservation_id": reservation}
    return await file_and_return(
        request, person, "ClaimAisle", [body], back=back, lifetime=MOTION_LIFETIME
    )


@router.post("/racks/{rack}/release")
async def release(
    request: Request, person: SignedIn, rack: str, reservation: Reservation, back: Back = "/racks"
) -> RedirectResponse:
    """Nobody is in the aisle any more."""
    body = {"rack": rack, "reservation_id": reservation}
    return await file_and_return(
        request, person, "ReleaseAisle", [body], back=back, lifetime=MOTION_LIFETIME
    )


@router.post("/racks/{rack}/resolve")
async def resolve(
    request: Request,
    person: SignedIn,
    rack: str,
    finding: Annotated[Finding, Form()],
    note: Annotated[str, Form(min_length=1, max_length=500, pattern=PLAIN)],
) -> RedirectResponse:
    """What one found at a motion that nobody knows the end of."""
    body = {"rack": rack, "finding": finding, "note": note}
    return await file_and_return(request, person, "ResolveMotion", [body], back="/racks")
