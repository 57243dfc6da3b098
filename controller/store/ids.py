"""Globally unique ids in the order of their making (UUID version 7, RFC 9562 section 5.7)."""

import secrets
import threading

from controller.clock import system_clock
from drivers.observations import Clock

_RANDOM_BITS = 74  # rand_a and rand_b together
_STEP_BITS = 32
_RAND_B_BITS = 62
_VERSION = 7 << 76
_VARIANT = 2 << 62


class IdMaker:
    """Makes ids that only grow, even when the clock stands still or steps back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> str:
        """A new id in the usual text form; safe to call from any thread."""
        now = self._clock().utc
        millis = int(now.timestamp() * 1000)
        with self._lock:
            fresh = millis << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
            if fresh <= self._last:  # section 6.2: count on from the last one, by a random step
                fresh = self._last + 1 + secrets.randbits(_STEP_BITS)
            self._last = fresh
        return _text(fresh)


def _text(bits: int) -> str:
    """The 122 free bits with version and variant put between them."""
    rand_b = bits & ((1 << _RAND_B_BITS) - 1)
    rand_a = bits >> _RAND_B_BITS & 0xFFF
    millis = bits >> _RANDOM_BITS
    digits = f"{millis << 80 | _VERSION | rand_a << 64 | _VARIANT | rand_b:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


new_id = IdMaker(system_clock)
"""The process's own maker of ids: events, requests, loans, commands."""
