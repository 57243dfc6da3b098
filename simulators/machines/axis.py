"""One driven axis: it speeds up, rolls, slows down and stops exactly where it was sent."""

from math import copysign, sqrt

STEP_S = 0.01
"""Physics are reckoned in steps no longer than this, however long the time that passes."""


class Axis:
    """Moves only in ``advance``; units are those of the caller (mm, cells), each per second."""

    def __init__(self, *, at: float = 0.0, speed: float, acceleration: float) -> None:
        self.position = at
        self.travelled = 0.0
        """How far it has moved, ever."""
        self._top_speed = speed
        self._acceleration = acceleration
        self._speed = 0.0

    def advance(self, target: float, dt_s: float) -> bool:
        """Move towards ``target`` for ``dt_s`` seconds; whether it stands there."""
        while dt_s > 0 and self.position != target:
            step_s = min(dt_s, STEP_S)
            dt_s -= step_s
            self._step(target, step_s)
        return self.position == target

    def halt(self) -> None:
        """Cut the drive and brake: it stands."""
        self._speed = 0.0

    def _step(self, target: float, step_s: float) -> None:
        way = target - self.position
        faster = self._speed + self._acceleration * step_s
        in_time = sqrt(2 * self._acceleration * abs(way))  # more could not be braked away
        self._speed = min(faster, self._top_speed, in_time)
        moved = self._speed * step_s
        if moved >= abs(way):
            self.travelled += abs(way)
            self.position = target
            self._speed = 0.0
        else:
            self.travelled += moved
            self.position += copysign(moved, way)
