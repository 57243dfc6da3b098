"""Shelving in the site file: how its shelves are labelled, and when it is aired."""

from typing import Annotated

from apscheduler.triggers.cron import CronTrigger
from pydantic import Field, field_validator

from controller.domain.places import ShelfSide, pattern_fault
from controller.domain.plans import ShelvesPlan
from controller.site_parts import Id, Part, Seconds


class Bare(Part):
    """One side of one aisle that has no shelves."""

    aisle: Annotated[int, Field(ge=1, le=32)]
    side: ShelfSide


class Shelves(Part):
    """What the labels on a bank say; places of the catalogue are read by it."""

    code: str = ""
    """What labels call the bank, besides its id and its name."""
    bays: Annotated[int, Field(ge=1, le=999)] | None = None
    levels: Annotated[int, Field(ge=1, le=99)] | None = None
    faces: tuple[str, str] = ("A", "B")
    """The two faces of a column, the one towards its lower neighbour first."""
    from_far_end: bool = False
    """Labels count aisles and columns from the end where the bank's own count ends."""
    bare: tuple[Bare, ...] = ()
    light: bool = False
    """The bank lights an aisle in which something is to be fetched or put back."""

    def plan(self) -> ShelvesPlan:
        """The same, as the domain needs it."""
        return ShelvesPlan(
            code=self.code,
            bays=self.bays,
            levels=self.levels,
            faces=self.faces,
            from_far_end=self.from_far_end,
            bare=frozenset((bare.aisle, bare.side.value) for bare in self.bare),
            light=self.light,
        )


class Places(Part):
    """How location codes of the catalogue are written, if not in one of the usual ways."""

    patterns: tuple[str, ...] = ()
    """Regular expressions that name rack, aisle and side (or column and face), bay, level, slot."""

    @field_validator("patterns")
    @classmethod
    def _usable(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            fault = pattern_fault(pattern)
            if fault:
                raise ValueError(f"{pattern!r} {fault}")
        return patterns


class MotionSensor(Part):
    """An input of a reader that is active while somebody is in the room."""

    device: Id
    """The door or desk whose reader it is wired to."""
    input: Annotated[int, Field(ge=1, le=255)]


class Airing(Part):
    """At which hour the banks of a room spread for air, for the night too. Absent: never.

    Nobody asks for it at that moment: it is done only while every motion sensor has been still
    for long and every bank is clear.
    """

    at: str
    """Crontab of five fields, in the site's own time zone: ``30 22 * * *``."""
    motion_sensors: Annotated[tuple[MotionSensor, ...], Field(min_length=1)]
    quiet_s: Annotated[Seconds, Field(ge=60)] = 900.0
    """So long must every motion sensor have been still."""

    @field_validator("at")
    @classmethod
    def _crontab(cls, at: str) -> str:
        CronTrigger.from_crontab(at)
        return at
