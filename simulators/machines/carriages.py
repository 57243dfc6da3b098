"""The mechanics of a bank: carriages on rails, one gap among them. Moves only in ``advance``."""

from collections.abc import Sequence
from random import Random

from simulators.machines.axis import Axis

WIDTH_MM = 900.0
"""How wide an aisle opens; the only free space in the whole bank."""
DEPTH_MM = 600.0
"""How much room a carriage takes along the rails."""
SLOWEST = 0.92
"""Drives differ: the slowest of a bank reaches so much of its nominal speed."""


class Carriages:
    """Columns from 1; column 1 is fixed. Aisle n lies between columns n and n + 1.

    Each column has a shift between 0, as near to the fixed one as it goes, and the width of an
    aisle. "Aisle ``columns``" would lie behind the last one: with it open the bank is closed.
    """

    def __init__(
        self, columns: int, *, speed_mm_per_s: float, acceleration_mm_per_s2: float, seed: int
    ) -> None:
        """All carriages pushed away from the fixed column: aisle 1 is open."""
        chance = Random(seed)
        self._axes = [
            Axis(
                at=WIDTH_MM if column else 0.0,
                speed=speed_mm_per_s * chance.uniform(SLOWEST, 1.0),
                acceleration=acceleration_mm_per_s2,
            )
            for column in range(columns)
        ]

    @property
    def open_aisle(self) -> int | None:
        """The walkable aisle, 0 while the bank is closed or spread; ``None`` in between."""
        shifts = [axis.position for axis in self._axes]
        columns = len(shifts)
        for aisle in range(1, columns):
            if shifts == self.shifts_for(aisle):
                return aisle
        return 0 if shifts in (self.shifts_for(columns), self.spread) else None

    @property
    def ventilated(self) -> bool:
        """Whether they stand spread, with air between all of them."""
        return [axis.position for axis in self._axes] == self.spread

    @property
    def positions_mm(self) -> list[int]:
        """Where each column stands, from the end of the rails."""
        return [round(i * DEPTH_MM + axis.position) for i, axis in enumerate(self._axes)]

    @property
    def states(self) -> list[str]:
        """Where each column stands: ``left``, ``right`` or ``between``."""
        named = {0.0: "left", WIDTH_MM: "right"}
        return [named.get(axis.position, "between") for axis in self._axes]

    @property
    def travelled_mm(self) -> float:
        """How far all carriages together have moved, ever."""
        return sum(axis.travelled for axis in self._axes)

    def roll(self, shifts: Sequence[float], dt_s: float) -> bool:
        """Roll towards these shifts; whether all stand there now."""
        arrived = [axis.advance(s, dt_s) for axis, s in zip(self._axes, shifts, strict=True)]
        return all(arrived)

    def halt(self) -> None:
        """Cut the drives and brake."""
        for axis in self._axes:
            axis.halt()

    def push(self, shifts: Sequence[float]) -> None:
        """They are pushed there by hand."""
        for axis, shift in zip(self._axes, shifts, strict=True):
            axis.position = shift

    def shifts_for(self, aisle: int) -> list[float]:
        """Where every column stands while ``aisle`` is open."""
        return [0.0] * aisle + [WIDTH_MM] * (len(self._axes) - aisle)

    @property
    def spread(self) -> list[float]:
        """Where every column stands to let air through."""
        gaps = len(self._axes) - 1
        return [WIDTH_MM * i / gaps for i in range(gaps)] + [WIDTH_MM]
