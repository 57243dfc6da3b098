"""The mechanics of a bank: carriages on rails, one gap among them. Moves only in ``advance``."""

WIDTH_MM = 900.0
"""How wide an aisle opens; the only free space in the whole bank."""
DEPTH_MM = 600.0
"""How much room a carriage takes along the rails."""


class Carriages:
    """Columns from 1; column 1 is fixed. Aisle n lies between columns n and n + 1."""

    def __init__(self, columns: int, *, speed_mm_per_s: float) -> None:
        """All carriages pushed away from the fixed column: aisle 1 is open."""
        self._speed = speed_mm_per_s
        self._shift_mm = [0.0] + [WIDTH_MM] * (columns - 1)
        self.travelled_mm = 0.0
        """How far all carriages together have moved, ever."""

    @property
    def open_aisle(self) -> int | None:
        """The walkable aisle; ``None`` when carriages stand between."""
        for aisle in range(1, len(self._shift_mm)):
            if self._shift_mm == self._shifts_for(aisle):
                return aisle
        return None

    @property
    def positions_mm(self) -> list[int]:
        """Where each column stands, from the end of the rails."""
        return [round(i * DEPTH_MM + shift) for i, shift in enumerate(self._shift_mm)]

    @property
    def states(self) -> list[str]:
        """Where each column stands: ``left``, ``right`` or ``between``."""
        named = {0.0: "left", WIDTH_MM: "right"}
        return [named.get(shift, "between") for shift in self._shift_mm]

    def advance(self, target: int, dt_s: float) -> bool:
        """Roll towards aisle ``target``; whether it is open now."""
        step = self._speed * dt_s
        for i, wanted in enumerate(self._shifts_for(target)):
            way = wanted - self._shift_mm[i]
            rolled = max(-step, min(step, way))
            self._shift_mm[i] += rolled
            self.travelled_mm += abs(rolled)
        return self.open_aisle == target

    def _shifts_for(self, aisle: int) -> list[float]:
        columns = len(self._shift_mm)
        return [0.0] * aisle + [WIDTH_MM] * (columns - aisle)
