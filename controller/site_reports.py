"""Reports in the site file: which ones are made by the calendar, and how they are drawn."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from controller.site_parts import Part


class Reports(Part):
    """Monthly climate reports: which ones the calendar makes, and with which font."""

    languages: tuple[Literal["zh-CN", "en"], ...] = ()
    """Of those made by the calendar; empty: the site's own."""
    formats: Annotated[tuple[Literal["pdf", "xlsx"], ...], Field(min_length=1)] = ("pdf", "xlsx")
    monthly: bool = True
    """Whether the calendar makes them, early on the first of the month."""
    font: Path | None = None
    """A TrueType file with Chinese; absent: one that the system has."""
