"""Monthly climate reports: made when asked for, and those that were kept."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from api.answers import answer
from api.context import ContextOf
from api.inputs import Id, Limit
from api.models import ClimateReports, documented
from api.problems import Problem
from api.report_making import report_of
from api.security import SignedIn
from controller.reporting.making import file_name
from controller.store.reports import kept
from controller.store.reports.kept import ReportView

router = APIRouter(tags=["climate"], responses=documented(401, 403, 404, 422))

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in TYPES.values()}, "description": "The report."}
}


@router.get(
    "/v1/rooms/{room}/climate-report",
    response_class=Response,
    responses={**FILES, **documented(409, 503)},
)
def climate_report(
    context: ContextOf,
    person: SignedIn,
    room: Id,
    month: Annotated[str, Query(max_length=7, description="Such as 2026-10.")],
    form: Annotated[Literal["pdf", "xlsx"], Query(alias="format")] = "pdf",
    lang: Literal["zh-CN", "en"] = "zh-CN",
) -> Response:
    """A room's month of climate. Kept where the month is over: asked again it is the same file.

    409 where a Chinese PDF needs a font that the machine has not; 503 while others are made.
    """
    made = report_of(context, person, room=room, month=month, form=form, lang=lang)
    return as_file(made.view, made.body)


@router.get("/v1/climate-reports", response_model=ClimateReports)
def climate_reports(context: ContextOf, room: str | None = None, limit: Limit = 100) -> Response:
    """The newest reports that are kept, of one room or of all."""
    with context.reader.connect() as connection:
        return answer({"reports": kept.newest(connection, room=room, limit=limit)})


@router.get("/v1/climate-reports/{report_id}", response_class=Response, responses={**FILES})
def kept_climate_report(context: ContextOf, report_id: Id) -> Response:
    """One kept report, byte for byte as it was made."""
    with context.reader.connect() as connection:
        found = kept.body_of(connection, report_id)
    if found is None:
        raise Problem(404, "no_such_report", "No report of that id is kept.")
    return as_file(*found)


def as_file(view: ReportView, body: bytes) -> Response:
    """A report as a file to save, with its digests."""
    return Response(
        body,
        media_type=TYPES[view.format],
        headers={
            "Content-Disposition": f'attachment; filename="{quote(file_name(view))}"',
            "Cache-Control": "no-cache",
            "ETag": f'"{view.sha256}"',
            "X-Figures-SHA256": view.figures_sha256,
        },
    )
