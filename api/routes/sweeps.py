"""What a handheld heard on a walk along the shelves, part by part.

Being heard proves presence; nothing that was not heard is less there for it.
"""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, Field

from api.answers import answer
from api.context import Context, ContextOf
from api.filing import Accepted, ask
from api.inputs import PLAIN, Body
from api.models import Done, documented
from api.problems import Problem
from api.security import SignedIn
from controller.store.codec import write_time

router = APIRouter(tags=["sweeps"], responses=documented(401, 403, 404, 422))

MOST_TAGS: Final = 500
"""In one part: more would keep the doors waiting while they are looked up."""
OLDEST: Final = timedelta(days=30)

SweepId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
PartNumber = Annotated[int, Path(ge=1, le=999_999)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN)]
Rack = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Step = Annotated[int, Field(ge=1, le=999)]


class Spot(Body):
    """Where the person stood, as narrow as it is known."""

    room: Annotated[str, Field(min_length=1, max_length=32, pattern=PLAIN)]
    rack: Rack | None = None
    bay: Step | None = None
    level: Step | None = None


class TagHeard(Body):
    """One tag, once a part."""

    epc: Annotated[str, Field(pattern=r"^(?:[0-9A-F]{4}){1,31}$")]
    """Upper-case hexadecimal in whole words of four digits."""
    heard_at: Annotated[AwareDatetime, Field(strict=False)]
    """When it was last heard, by the handheld's own clock, whatever that says."""


class SweepPart(Body):
    """One part of one walk through one place. Send it again until it is answered."""

    handheld: Name
    place: Spot
    sent_at: Annotated[AwareDatetime, Field(strict=False)]
    """Now, by the handheld's own clock: tells how wrong that is. Anew for every try."""
    tags: Annotated[list[TagHeard], Field(min_length=1, max_length=MOST_TAGS)]


@router.put(
    "/v1/sweeps/{sweep}/parts/{number}",
    response_model=Done,
    responses=documented(202, 409, 413, 503),
)
async def record_part(
    context: ContextOf, person: SignedIn, sweep: SweepId, number: PartNumber, part: SweepPart
) -> Response:
    """Write down where these tags were heard; the handheld made up the name of the sweep.

    The same part again is accepted and changes nothing; other tags or another place under the
    same number are refused (409 ``sweep_part_differs``).
    """
    body = {
        "sweep": sweep,
        "number": number,
        "handheld": part.handheld,
        "room": part.place.room,
        "spot": _spot(context, part.place),
        "heard": _heard(part, context.now()),
    }
    outcome = await ask(context, person, "RecordSweep", body)
    return answer(outcome) if isinstance(outcome, Accepted) else outcome


def _spot(context: Context, place: Spot) -> str:
    if place.room not in {room.id for room in context.site.rooms}:
        raise Problem(404, "no_such_room", "The site has no room of that id.")
    stands_in = {rack.id: rack.room for rack in context.site.racks}
    if place.rack is not None and stands_in.get(place.rack, place.room) != place.room:
        raise Problem(422, "rack_elsewhere", "That rack stands in another room.")
    steps = (place.rack, place.bay, place.level)
    given = [step for step in steps if step is not None]
    if list(steps[: len(given)]) != given:
        raise Problem(422, "place_has_a_gap", "Name the rack before its bay.")
    return "/".join(str(step) for step in given)


def _heard(part: SweepPart, now: datetime) -> dict[str, str]:
    """Every tag with when it was heard by our own clock."""
    heard: dict[str, str] = {}
    for tag in part.tags:
        ago = part.sent_at - tag.heard_at
        if ago < timedelta(0):
            raise Problem(422, "heard_after_sent", f"{tag.epc} was heard after sent_at.")
        if ago > OLDEST:
            raise Problem(422, "heard_too_long_ago", f"{tag.epc} was heard over 30 days ago.")
        if tag.epc in heard:
            raise Problem(422, "tag_named_twice", f"{tag.epc} is in this part twice.")
        heard[tag.epc] = write_time(now - ago)
    return heard
