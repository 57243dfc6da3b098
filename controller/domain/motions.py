"""One motion at a time on our word, whatever it is that moves: begun, halted, ended, overdue.

It knows no picture and judges none: whoever owns it says when a motion must halt. A halt is said
at once, and again every second while the machine says that it still moves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from drivers.commands import StopRack
from drivers.observations import CommandOutcome, Moment

STOP_AGAIN_S = 1.0
"""What still moves so long after it was told to halt is told again."""

W = TypeVar("W")


@dataclass(slots=True)
class Motion(Generic[W]):
    """Something was told to move, and no final word has come."""

    wish: W
    command_id: str
    by: str
    since_s: float
    stopped_s: float | None = None
    """When it was last told to halt."""


class Motions(Generic[W]):
    """The motion of one device, if there is one, and the stop it was told last."""

    def __init__(self, device: str, new_id: Callable[[], str], *, longest_s: float) -> None:
        """A motion without a final word for ``longest_s`` is overdue."""
        self._device = device
        self._new_id = new_id
        self._longest_s = longest_s
        self._stop_id = ""
        self.now: Motion[W] | None = None

    def begin(self, wish: W, by: str, at: Moment) -> str:
        """The id of the command that shall carry it out."""
        self.now = Motion(wish, self._new_id(), by, at.monotonic_s)
        return self.now.command_id

    def halt(self, at: Moment) -> StopRack:
        """A stop, also of what moves without our word."""
        self._stop_id = self._new_id()
        return self._stop(at)

    def halt_again(self, at: Moment) -> StopRack | None:
        """The same stop once more, when it is time for that."""
        stopped_s = None if self.now is None else self.now.stopped_s
        if stopped_s is None or at.monotonic_s - stopped_s < STOP_AGAIN_S:
            return None
        return self._stop(at)

    def is_of_stop(self, message: CommandOutcome) -> bool:
        """Whether it is the word about the last stop."""
        return message.command_id == self._stop_id

    def ended(self, message: CommandOutcome) -> Motion[W] | None:
        """The motion whose final word that is: it is over; ``None``: of no motion of ours."""
        motion = self.now
        if motion is None or message.command_id != motion.command_id:
            return None
        self.now = None
        return motion

    def overdue(self, at: Moment) -> Motion[W] | None:
        """The motion that has had no final word for too long: it is over for us."""
        motion = self.now
        if motion is None or at.monotonic_s - motion.since_s <= self._longest_s:
            return None
        self.now = None
        return motion

    def _stop(self, at: Moment) -> StopRack:
        if self.now is not None:
            self.now.stopped_s = at.monotonic_s
        return StopRack(device=self._device, command_id=self._stop_id)
