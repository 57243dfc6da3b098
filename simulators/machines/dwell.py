"""A leg of a motion that takes its time and then does something, as forks and pullers do."""

from collections.abc import Callable

from simulators.machines.machine import Leg


def dwell(seconds: float, then: Callable[[], object]) -> Leg:
    """Wait so long, then do it, once; broken off before, it was not done."""
    left = seconds

    def leg(dt_s: float) -> bool:
        nonlocal left
        left -= dt_s
        if left > 0:
            return False
        then()
        return True

    return leg
