"""A bank of mobile shelving: carriages, people in its aisles, things on its rails."""

from collections.abc import Iterable, Mapping, Sequence

from simulators.machines.carriages import Carriages
from simulators.machines.machine import Leg, Machine, Value
from simulators.machines.pokes import poke

SPEED_MM_PER_S = 80.0
"""As fast as people can still step out of the way: some 5 m/min."""
PICK_UP_S = 0.05
"""The drives reach full speed within so long."""


class Shelving(Machine):
    """So many columns, column 1 fixed; one aisle fewer."""

    verbs = frozenset({"open_aisle", "close_all", "ventilate", "light_aisle"})

    def __init__(
        self,
        columns: int,
        *,
        speed_mm_per_s: float = SPEED_MM_PER_S,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.carriages = Carriages(
            columns,
            speed_mm_per_s=speed_mm_per_s,
            acceleration_mm_per_s2=speed_mm_per_s / PICK_UP_S,
            seed=seed,
        )
        self._columns = columns
        self._occupied: set[int] = set()
        self._obstructed: set[int] = set()
        self._crossed = False
        self._target = 0
        self._lit = 0

    @property
    def at_work(self) -> str:
        """Moving, holding an aisle open, or idle."""
        if self.moving:
            return "moving"
        return "holding" if self.carriages.open_aisle else "idle"

    @property
    def hazard(self) -> str:
        """People before things before loads."""
        if self._occupied or self._crossed:
            return "occupied"
        return "obstructed" if self._obstructed else super().hazard

    def objection(self, verb: str, arguments: Mapping[str, int]) -> str:
        """An aisle lies between two columns; 0 is none, for light only."""
        aisle = arguments.get("aisle", 1)
        least = 0 if verb == "light_aisle" else 1
        return "" if least <= aisle < self._columns else "bad_argument"

    def legs(self, verb: str, arguments: Mapping[str, int]) -> Iterable[Leg]:
        """All carriages roll together; where they stand already nothing does."""
        if verb == "light_aisle":
            self._lit = arguments["aisle"]
            return []
        if verb == "ventilate":
            self._target = 0
            shifts = self.carriages.spread
        else:
            self._target = arguments.get("aisle", 0)
            shifts = self.carriages.shifts_for(self._target or self._columns)
        return [lambda dt_s: self.carriages.roll(shifts, dt_s)]

    def brake(self) -> None:
        """Cut all drives."""
        self.carriages.halt()

    def flags(self) -> dict[str, bool]:
        """The bits of the status word."""
        return {
            **super().flags(),
            "occupied": bool(self._occupied),
            "obstructed": bool(self._obstructed),
            "ventilated": not self.moving and self.carriages.ventilated,
        }

    def values(self) -> dict[str, Value | Sequence[Value]]:
        """Everything it can say about itself."""
        return {
            **super().values(),
            "columns": self._columns,
            "fixed_column": 1,
            "open_aisle": None if self.moving else self.carriages.open_aisle,
            "target_aisle": self._target if self.moving else 0,
            "lit_aisle": self._lit,
            "occupied_aisles": frozenset(self._occupied),
            "obstructed_aisles": frozenset(self._obstructed),
            "column_state": self.carriages.states,
            "column_position": self.carriages.positions_mm,
        }

    @poke
    def enter_aisle(self, aisle: int) -> None:
        """Somebody steps into an aisle and stands on its floor sensor; whatever moves stops."""
        self._occupied.add(self._known(aisle))
        self.protect()

    @poke
    def leave_aisle(self, aisle: int) -> None:
        """They leave it; what stopped for them stays stopped until someone resets it there."""
        self._occupied.discard(self._known(aisle))

    @poke
    def cross_light_curtain(self) -> None:
        """Somebody reaches through a light curtain and is gone again; whatever moves stops."""
        self._crossed = True
        self.protect()
        self._crossed = False

    @poke
    def obstruct_aisle(self, aisle: int) -> None:
        """Something is left on the rails of an aisle; whatever moves stops."""
        self._obstructed.add(self._known(aisle))
        self.protect()

    @poke
    def clear_aisle(self, aisle: int) -> None:
        """It is taken away."""
        self._obstructed.discard(self._known(aisle))

    @poke
    def push_to(self, aisle: int) -> None:
        """People push the carriages by hand until this aisle is open; the brakes must be off."""
        if not self.brakes_released:
            raise ValueError("the brakes hold: release_brakes first")
        self.carriages.push(self.carriages.shifts_for(self._known(aisle)))

    def _known(self, aisle: int) -> int:
        if not 1 <= aisle < self._columns:
            raise ValueError(f"aisle: 1 to {self._columns - 1}")
        return aisle
