"""A stacker crane in its aisle: cells in rows, columns and levels, and one hand-over place."""

from collections.abc import Iterable, Mapping, Sequence

from simulators.machines.axis import Axis
from simulators.machines.dwell import dwell
from simulators.machines.machine import Leg, Machine, Value
from simulators.machines.pokes import poke

TRAVEL_CELLS_PER_S, HOIST_CELLS_PER_S = 2.0, 1.0
FORK_S = 2.0
"""To take a load out of a cell, or to put it in."""
Cell = tuple[int, int, int]
"""Row, column, level, each from 1."""
HAND_OVER: Cell = (0, 0, 0)


class Crane(Machine):
    """Cells are full or empty; at first every cell of level 1 is full."""

    verbs = frozenset({"move_load"})

    def __init__(
        self, rows: int, columns: int, levels: int, *, cells_per_s: float = TRAVEL_CELLS_PER_S
    ) -> None:
        super().__init__()
        self.travel = Axis(speed=cells_per_s, acceleration=cells_per_s)
        hoist_per_s = cells_per_s * HOIST_CELLS_PER_S / TRAVEL_CELLS_PER_S
        self.hoist = Axis(speed=hoist_per_s, acceleration=hoist_per_s)
        self._size: Cell = (rows, columns, levels)
        self._full = {(row + 1, column + 1, 1) for row in range(rows) for column in range(columns)}
        self._aboard = False
        self._put: Cell = HAND_OVER
        self._people = False
        self._obstructed = False

    @property
    def hazard(self) -> str:
        """People in the crane's aisle before things before loads."""
        if self._people:
            return "light_curtain"
        return "obstructed" if self._obstructed else super().hazard

    def objection(self, verb: str, arguments: Mapping[str, int]) -> str:
        """There must be a load where it is taken, and none where it is put."""
        source, target = _cells(arguments)
        rules = (
            (not (self._exists(source) and self._exists(target)), "cell_unknown"),
            (source == target, "bad_argument"),
            (not self._aboard and source not in self._full, "cell_empty"),
            (target in self._full, "cell_occupied"),
        )
        return next((reason for applies, reason in rules if applies), "")

    def legs(self, verb: str, arguments: Mapping[str, int]) -> Iterable[Leg]:
        """Go to the load and take it, go on and put it; a load aboard since a stop is only put."""
        source, target = _cells(arguments)
        taking: list[Leg] = [self._towards(source), dwell(FORK_S, lambda: self._take(source))]
        putting: list[Leg] = [self._towards(target), dwell(FORK_S, lambda: self._place(target))]
        return putting if self._aboard else taking + putting

    def brake(self) -> None:
        """Cut both drives."""
        self.travel.halt()
        self.hoist.halt()

    def flags(self) -> dict[str, bool]:
        """The bits of the status word."""
        return {
            **super().flags(),
            "homed": True,
            "light_curtain": self._people,
            "obstructed": self._obstructed,
        }

    def values(self) -> dict[str, Value | Sequence[Value]]:
        """Everything it can say about itself."""
        row, column, level = self._put
        return {
            **super().values(),
            "rows": self._size[0],
            "columns": self._size[1],
            "levels": self._size[2],
            "crane_column": round(self.travel.position),
            "crane_level": round(self.hoist.position),
            "load_present": int(self._aboard),
            "load_row": row,
            "load_column": column,
            "load_level": level,
        }

    @poke
    def open_gate(self) -> None:
        """Somebody opens the gate and walks into the crane's aisle; whatever moves stops."""
        self._people = True
        self.protect()

    @poke
    def close_gate(self) -> None:
        """They have left and the gate is shut; somebody must still reset it there."""
        self._people = False

    @poke
    def obstruct(self) -> None:
        """A load sticks out into the aisle; whatever moves stops."""
        self._obstructed = True
        self.protect()

    @poke
    def clear(self) -> None:
        """It is pushed back."""
        self._obstructed = False

    @poke
    def fill_cell(self, row: int, column: int, level: int) -> None:
        """Put a load into a cell by hand; 0, 0, 0 is the hand-over place."""
        self._full.add(self._known(row, column, level))

    @poke
    def empty_cell(self, row: int, column: int, level: int) -> None:
        """Take the load of a cell away by hand; 0, 0, 0 is the hand-over place."""
        self._full.discard(self._known(row, column, level))

    def _towards(self, cell: Cell) -> Leg:
        _, column, level = cell

        def leg(dt_s: float) -> bool:
            along = self.travel.advance(column, dt_s)
            up = self.hoist.advance(level, dt_s)
            return along and up

        return leg

    def _take(self, cell: Cell) -> None:
        self._full.discard(cell)
        self._aboard = True

    def _place(self, cell: Cell) -> None:
        self._full.add(cell)
        self._aboard = False
        self._put = cell

    def _exists(self, cell: Cell) -> bool:
        inside = all(1 <= at <= most for at, most in zip(cell, self._size, strict=True))
        return inside or cell == HAND_OVER

    def _known(self, row: int, column: int, level: int) -> Cell:
        cell = (row, column, level)
        if not self._exists(cell):
            raise ValueError("there is no such cell")
        return cell


def _cells(arguments: Mapping[str, int]) -> tuple[Cell, Cell]:
    source, target = (
        (arguments[f"{end}_row"], arguments[f"{end}_column"], arguments[f"{end}_level"])
        for end in ("from", "to")
    )
    return source, target
