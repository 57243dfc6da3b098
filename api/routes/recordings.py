"""What a door's reader heard around one passage, for whoever doubts the verdict."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.answers import answer
from api.context import ContextOf
from api.inputs import Id
from api.models import documented
from api.problems import Problem
from controller.recording.table import write
from controller.store.recordings import keeping

router = APIRouter(tags=["passages"], responses=documented(401, 403, 422))


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One tag heard by one antenna."""

    time_s: float
    """Seconds since the recording began."""
    epc: str
    antenna: int
    rssi_dbm: float | None
    phase_rad: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecording:
    """All reads of one door over some seconds, every tag in its field."""

    id: str
    door: str
    began_at: datetime
    ended_at: datetime
    reads: list[Read]


@router.get(
    "/v1/passages/{passage_id}/recording",
    response_model=KeptRecording,
    responses=documented(404),
)
def recording_of_passage(
    context: ContextOf,
    passage_id: Id,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """The reads around a passage; as CSV it is what ``controller passages`` replays.

    Kept for a limited time: 404 afterwards.
    """
    with context.reader.connect() as connection:
        found = keeping.recording_of(connection, passage_id)
    if found is None:
        raise Problem(404, "no_such_recording", "Nothing is kept of a passage of that id.")
    if form == "csv":
        name = f"{found.door}-{found.began_at:%Y%m%dT%H%M%SZ}.csv"
        return Response(
            write(found.reads),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-cache",
            },
        )
    kept = KeptRecording(
        id=found.id,
        door=found.door,
        began_at=found.began_at,
        ended_at=found.ended_at,
        reads=[Read(**read._asdict()) for read in found.reads],
    )
    return answer(kept)
