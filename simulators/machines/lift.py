"""A vertical lift: trays in cells above each other, one extractor, bays with a light curtain."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from simulators.machines.axis import Axis
from simulators.machines.dwell import dwell
from simulators.machines.machine import Leg, Machine, Value
from simulators.machines.pokes import poke

SPEED_MM_PER_S, ACCELERATION_MM_PER_S2 = 1000.0, 800.0
PULL_S = 2.0
"""To pull a tray in or push it out."""
PITCH_MM = 250.0
"""From one cell to the next."""
MOST_KG, MOST_MM = 250.0, 220.0
"""What a tray may weigh, and how high its load may be."""


class Lift(Machine):
    """So many trays and bays, both counted from 1; bays are above each other, bay 1 lowest."""

    verbs = frozenset({"fetch_tray", "store_tray"})

    def __init__(self, trays: int, bays: int, *, speed_mm_per_s: float = SPEED_MM_PER_S) -> None:
        super().__init__()
        self.extractor = Axis(speed=speed_mm_per_s, acceleration=ACCELERATION_MM_PER_S2)
        self._trays = trays
        self._at_bay = [0] * bays
        self._on_lift = 0
        self._weights = dict.fromkeys(range(1, trays + 1), 20.0)
        self._heights = dict.fromkeys(range(1, trays + 1), 100.0)
        self._hands: set[int] = set()
        self._homed = True
        self._doing = "idle"

    @property
    def at_work(self) -> str:
        """Fetching or storing, presenting a tray, or idle."""
        if self.moving:
            return self._doing
        return "presenting" if any(self._at_bay) else "idle"

    @property
    def hazard(self) -> str:
        """Hands in a bay before loads."""
        return "light_curtain" if self._hands else super().hazard

    def objection(self, verb: str, arguments: Mapping[str, int]) -> str:
        """Trays and bays must exist, and be where the verb needs them."""
        bay, tray = arguments["bay"], arguments.get("tray", 0)
        if not 1 <= bay <= len(self._at_bay):
            return "bay_unknown"
        there = self._at_bay[bay - 1]
        if verb == "store_tray":
            return self._cannot_store(there)
        rules = (
            (not 1 <= tray <= self._trays, "tray_unknown"),
            (there == tray, ""),  # it is there already: done at once
            (tray in self._at_bay, "tray_already_requested"),
            (there != 0, "bay_occupied"),
            (self._on_lift not in (0, tray), "tray_blocked"),
        )
        return next((reason for applies, reason in rules if applies), "")

    def legs(self, verb: str, arguments: Mapping[str, int]) -> Iterable[Leg]:
        """Go there, pull the tray in, go on, push it out."""
        bay = arguments["bay"]
        bay_mm = self._bay_mm(bay)
        if verb == "store_tray":
            self._doing = "storing"
            tray = self._at_bay[bay - 1]
            cell_mm = self._cell_mm(tray)
            return [
                *self._take(tray, bay_mm, lambda: self._leave_bay(bay, tray)),
                lambda dt_s: self.extractor.advance(cell_mm, dt_s),
                dwell(PULL_S, self._put_away),
            ]
        self._doing = "fetching"
        tray = arguments["tray"]
        if self._at_bay[bay - 1] == tray:
            return []
        return [
            *self._take(tray, self._cell_mm(tray), lambda: None),
            lambda dt_s: self.extractor.advance(bay_mm, dt_s),
            dwell(PULL_S, lambda: self._present(bay, tray)),
        ]

    def brake(self) -> None:
        """Cut the drive."""
        self.extractor.halt()

    def flags(self) -> dict[str, bool]:
        """The bits of the status word."""
        return {
            **super().flags(),
            "homed": self._homed,
            "light_curtain": bool(self._hands),
            "shutter_closed": self.moving,
            "overweight": self.result == "overweight",
            "overheight": self.result == "overheight",
        }

    def values(self) -> dict[str, Value | Sequence[Value]]:
        """Everything it can say about itself."""
        tray = self._on_lift or next(filter(None, self._at_bay), 0)
        return {
            **super().values(),
            "trays": self._trays,
            "bays": len(self._at_bay),
            "lift_position": round(self.extractor.position),
            "tray_on_lift": self._on_lift,
            "tray_at_bay": list(self._at_bay),
            "tray_weight": self._weights.get(tray, 0.0),
        }

    @poke
    def load_tray(self, tray: int, weight_kg: float = 20.0, height_mm: float = 100.0) -> None:
        """Somebody loads a tray; too much of either is noticed when it is to be stored."""
        if tray not in self._weights:
            raise ValueError(f"tray: 1 to {self._trays}")
        self._weights[tray], self._heights[tray] = weight_kg, height_mm

    @poke
    def reach_in(self, bay: int) -> None:
        """Somebody reaches through the light curtain of a bay; whatever moves stops."""
        if not 1 <= bay <= len(self._at_bay):
            raise ValueError(f"bay: 1 to {len(self._at_bay)}")
        self._hands.add(bay)
        self.protect()

    @poke
    def withdraw(self, bay: int) -> None:
        """They draw their hands back; what stopped for them waits to be reset there."""
        self._hands.discard(bay)

    @poke
    def lose_power(self) -> None:
        """The drives are dead, and where the extractor stands is forgotten."""
        self._homed = False
        super().lose_power()

    @poke
    def reset_locally(self) -> None:
        """A person at the machine has looked; it finds its position again and may move."""
        super().reset_locally()
        self._homed = self._homed or not self.reset_required

    def _take(self, tray: int, from_mm: float, then: Callable[[], None]) -> list[Leg]:
        """Go there and pull the tray in; nothing to do if it is aboard since a stop."""
        if self._on_lift == tray:
            return []

        def pulled() -> None:
            self._on_lift = tray
            then()

        return [lambda dt_s: self.extractor.advance(from_mm, dt_s), dwell(PULL_S, pulled)]

    def _leave_bay(self, bay: int, tray: int) -> None:
        """The tray is weighed and measured in the bay; what is too much stays there."""
        if self._weights[tray] > MOST_KG or self._heights[tray] > MOST_MM:
            self._on_lift = 0
            self.halt("overweight" if self._weights[tray] > MOST_KG else "overheight")
        else:
            self._at_bay[bay - 1] = 0

    def _present(self, bay: int, tray: int) -> None:
        self._on_lift, self._at_bay[bay - 1] = 0, tray

    def _put_away(self) -> None:
        self._on_lift = 0

    def _cannot_store(self, tray: int) -> str:
        if tray == 0:
            return "bay_empty"
        return "tray_blocked" if self._on_lift else ""

    def _cell_mm(self, tray: int) -> float:
        return PITCH_MM * (tray + 1 + 4 * len(self._at_bay))

    def _bay_mm(self, bay: int) -> float:
        return PITCH_MM * 4 * (bay - 1)
