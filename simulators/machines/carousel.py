"""A vertical carousel: shelves on a loop that goes round until the wanted one is at the opening."""

from collections.abc import Iterable, Mapping, Sequence

from simulators.machines.axis import Axis
from simulators.machines.machine import Leg, Machine, Value
from simulators.machines.pokes import poke

SHELVES_PER_S = 0.5


class Carousel(Machine):
    """So many shelves, counted from 1; shelf 1 is at the opening at first."""

    verbs = frozenset({"go_to_shelf"})

    def __init__(self, shelves: int, *, shelves_per_s: float = SHELVES_PER_S) -> None:
        super().__init__()
        self._shelves = shelves
        self._loop = Axis(speed=shelves_per_s, acceleration=shelves_per_s)
        self._door_open = False
        self._target = 1

    @property
    def shelf(self) -> int | None:
        """The shelf at the opening; ``None`` between two."""
        at = round(self._loop.position)
        return at % self._shelves + 1 if at == self._loop.position else None

    @property
    def hazard(self) -> str:
        """An open door before loads."""
        return "door_open" if self._door_open else super().hazard

    def objection(self, verb: str, arguments: Mapping[str, int]) -> str:
        """There must be such a shelf."""
        return "" if 1 <= arguments["shelf"] <= self._shelves else "bad_argument"

    def legs(self, verb: str, arguments: Mapping[str, int]) -> Iterable[Leg]:
        """Go round the shorter way."""
        self._target = arguments["shelf"]
        forward = (self._target - 1 - self._loop.position) % self._shelves
        way = forward if forward <= self._shelves / 2 else forward - self._shelves
        stop_at = round(self._loop.position + way)
        return [lambda dt_s: self._loop.advance(stop_at, dt_s)]

    def brake(self) -> None:
        """Cut the drive."""
        self._loop.halt()

    def flags(self) -> dict[str, bool]:
        """The bits of the status word."""
        return {
            **super().flags(),
            "light_curtain": self._door_open,
            "position_error": not self.moving and self.shelf is None,
        }

    def values(self) -> dict[str, Value | Sequence[Value]]:
        """Everything it can say about itself."""
        return {
            **super().values(),
            "shelves": self._shelves,
            "shelf": self.shelf,
            "target_shelf": self._target,
            "door_open": int(self._door_open),
        }

    @poke
    def open_door(self) -> None:
        """Somebody opens the door of the opening; whatever moves stops."""
        self._door_open = True
        self.protect()

    @poke
    def close_door(self) -> None:
        """It is shut again; what stopped for it waits to be reset there."""
        self._door_open = False
