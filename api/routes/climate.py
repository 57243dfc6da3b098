"""Temperature and humidity: now, and as a series thin enough to draw."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from api.answers import answer
from api.context import ContextOf
from api.equipment import climate
from api.inputs import Id
from api.models import ClimateNow, ClimateSeries, documented
from api.problems import Problem
from controller.store import views_climate
from controller.store.views_climate import LONGEST

router = APIRouter(tags=["climate"], responses=documented(401, 403, 422))


@router.get("/v1/climate", response_model=ClimateNow)
def climate_now(context: ContextOf) -> Response:
    """The newest reading of every sensor of the site."""
    return answer({"sensors": climate(context)})


@router.get("/v1/climate/{sensor}", response_model=ClimateSeries, responses=documented(404))
def climate_series(
    request: Request,
    context: ContextOf,
    sensor: Id,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    points: Annotated[int, Query(ge=1, le=2000)] = 500,
) -> Response:
    """Lowest, mean and highest good values in equal spans; by default of the last 24 hours.

    A span without a good value is left out. At most 92 days in one go.
    """
    if sensor not in {one.id for one in context.site.sensors}:
        raise Problem(404, "no_such_sensor", "The site has no sensor of that id.")
    end = until or context.now()
    begin = since or end - timedelta(hours=24)
    if not timedelta(0) < end - begin <= LONGEST:
        raise Problem(
            422, "bad_span", f"'since' lies before 'until', by {LONGEST.days} days at most."
        )
    with context.reader.connect() as connection:
        found = views_climate.series(connection, sensor, since=begin, until=end, points=points)
    return answer({"sensor": sensor, "since": begin, "until": end, "points": found})
