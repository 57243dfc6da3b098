"""What all simulated machines have in common: a safety chain of their own, and motion in legs.

The safety chain is local: software can ask, never override. Time passes only in ``advance``.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from simulators.machines.pokes import poke

Value = float | int | str | frozenset[str] | frozenset[int] | None
Values = Mapping[str, Value | Sequence[Value]]
"""By the names that profiles use; ``None``: there is no such value now."""
Leg = Callable[[float], bool]
"""One part of a motion: lets seconds pass, says whether it is over."""

MODES = ("off", "local", "remote", "maintenance")


class Machine(ABC):
    """Something that carries out verbs, one at a time, while its safety chain lets it."""

    verbs: frozenset[str]
    """What this kind can be asked to do."""

    def __init__(self) -> None:
        self.mode = "remote"
        self.powered = True
        self.emergency_stop = False
        self.reset_required = False
        self.stopped_by = ""
        """The state it stands in until somebody resets it there."""
        self.brakes_released = False
        self.overloaded = False
        self.fire = False
        self.fault_code = 0
        self.result = ""
        """Why the last motion ended; empty while one is under way."""
        self.motions: list[tuple[str, tuple[int, ...]]] = []
        """What it set out to do, ever; what moved once stands here once."""
        self._legs: deque[Leg] = deque()

    # -- what the controls ask

    @property
    def moving(self) -> bool:
        """Whether a motion is under way."""
        return bool(self._legs)

    def refusal(self, verb: str, arguments: Mapping[str, int], *, moves: bool) -> str:
        """Why nothing will be done; empty when it will. Light is given to people in aisles, too."""
        rules = (
            (self.moving, "busy"),
            (self.mode != "remote" or self.brakes_released, "refused_mode"),
            (self._stands_still(), "refused_stop"),
        )
        general = next((reason for applies, reason in rules if applies), "")
        return general or self.objection(verb, arguments) or (self._unsafe() if moves else "")

    def begin(self, verb: str, arguments: Mapping[str, int]) -> None:
        """Set out; what needs no time is done at once."""
        self.result = ""
        self._legs.extend(self.legs(verb, arguments))
        if self._legs:
            self.motions.append((verb, tuple(arguments.values())))
        else:
            self.result = "ok"

    def halt(self, code: str) -> None:
        """Stop where it stands, for good: ``code`` says why."""
        self.brake()
        if self._legs:
            self._legs.clear()
            self.result = code

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass."""
        if self._legs and self._legs[0](dt_s) and self._legs:  # a leg may break it all off
            self._legs.popleft()
            if not self._legs:
                self.result = "ok"

    @property
    def state(self) -> str:
        """The one word for what it does, or why it does nothing."""
        if not self.powered:
            return "power_lost"
        if self.stopped_by or self.fault_code:
            return self.stopped_by or "fault"
        return self.at_work

    def values(self) -> dict[str, Value | Sequence[Value]]:
        """Everything it can say about itself, by the names that profiles use."""
        return {
            "mode": self.mode,
            "state": self.state,
            "status": frozenset(name for name, holds in self.flags().items() if holds),
            "fault_code": self.fault_code,
        }

    def flags(self) -> dict[str, bool]:
        """The bits of the status word."""
        return {
            "power_ok": self.powered,
            "remote_enabled": self.mode == "remote",
            "moving": self.moving,
            "overload": self.overloaded,
            "fire": self.fire,
            "estop_active": self.emergency_stop,
            "reset_required": self.reset_required,
            "fault": bool(self.fault_code),
        }

    # -- what each kind of machine says

    @property
    def at_work(self) -> str:
        """The state while nothing is wrong."""
        return "moving" if self.moving else "idle"

    @property
    def hazard(self) -> str:
        """Why nothing may move now, by the code of a motion that ends for it; empty: it may."""
        if self.fire:
            return "fire"
        return "overload" if self.overloaded else ""

    def objection(self, verb: str, arguments: Mapping[str, int]) -> str:
        """Why this verb makes no sense now; empty when it does."""
        return ""

    @abstractmethod
    def legs(self, verb: str, arguments: Mapping[str, int]) -> Iterable[Leg]:
        """The parts of a motion, none for what needs no time."""

    @abstractmethod
    def brake(self) -> None:
        """Cut the drives."""

    # -- what people and mishaps do to it

    @poke
    def press_emergency_stop(self) -> None:
        """The red button: latched, and to be reset at the machine."""
        self.emergency_stop = True
        self._latch("emergency_stop", "emergency_stop")

    @poke
    def release_emergency_stop(self) -> None:
        """The button is turned out again; that alone lets nothing move."""
        self.emergency_stop = False

    @poke
    def reset_locally(self) -> None:
        """A person at the machine has looked and lets it move again, if nothing is in the way."""
        held = self.emergency_stop or self.brakes_released or bool(self.hazard)
        if self.powered and not held:
            self.reset_required = False
            self.stopped_by = ""

    @poke
    def switch_to(self, mode: str) -> None:
        """The key switch: off, local, remote or maintenance."""
        if mode not in MODES:
            raise ValueError(f"mode: one of {', '.join(MODES)}")
        self.mode = mode
        if mode != "remote":
            self.halt("stopped")

    @poke
    def lose_power(self) -> None:
        """The drives are dead; the controls live on their battery."""
        self.powered = False
        self._latch("power_lost", "power_lost")

    @poke
    def restore_power(self) -> None:
        """Mains are back. Nothing moves before someone resets it there."""
        self.powered = True

    @poke
    def overload(self) -> None:
        """More is loaded than the drives can carry."""
        self.overloaded = True
        self.protect()

    @poke
    def relieve(self) -> None:
        """The load is taken off again."""
        self.overloaded = False

    @poke
    def report_fire(self) -> None:
        """The fire alarm system reports a fire: only the panel at the machine moves anything."""
        self.fire = True
        self.protect()

    @poke
    def end_fire(self) -> None:
        """The fire alarm system has been reset."""
        self.fire = False

    @poke
    def release_brakes(self) -> None:
        """The manual release: from now on it is moved by hand, and not by its drives."""
        self.brakes_released = True
        self._latch("protective_stop", "stopped")

    @poke
    def engage_brakes(self) -> None:
        """The manual release is let go; somebody must still reset it there."""
        self.brakes_released = False

    @poke
    def break_down(self, fault_code: int) -> None:
        """The controls report a fault; 0 repairs it."""
        self.fault_code = fault_code
        if fault_code:
            self.halt("timeout")

    def protect(self) -> None:
        """Stop whatever moves if there is a hazard, and stay so until reset there."""
        if self.moving and self.hazard:
            self._latch("protective_stop", self.hazard)

    def _latch(self, state: str, code: str) -> None:
        self.stopped_by = state
        self.reset_required = True
        self.halt(code)

    def _stands_still(self) -> bool:
        return bool(self.stopped_by or self.fault_code or not self.powered)

    def _unsafe(self) -> str:
        if self.hazard in ("occupied", "obstructed"):
            return "refused_occupied"
        return "refused_stop" if self.hazard else ""
