"""How long recordings of doors are kept, as the site file says it."""

from typing import Annotated

from pydantic import Field

from controller.site_parts import Part


class Recordings(Part):
    """What the readers heard around every passage; the oldest go first."""

    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    at_most_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 500
