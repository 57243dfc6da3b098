"""Shelving in the site file: how its shelves are labelled."""

from typing import Annotated

from pydantic import Field, field_validator

from controller.domain.places import ShelfSide, pattern_fault
from controller.domain.plans import ShelvesPlan
from controller.site_parts import Part


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
