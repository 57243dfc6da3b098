"""Light beams across a doorway: a whole one says nobody went through; a broken one proves nothing.

Only a beam whose state was told since the reader answered counts, and only while it is not stuck:
one that has been broken for a minute is blocked or dead, and vetoes nothing.
"""

import math
from collections import deque
from collections.abc import Collection

from drivers.observations import InputChanged

NEAR_S = 1.5
"""A break so long before or after a tag was nearest may have been its carrier."""
STUCK_S = 60.0
KEPT = 64
"""Breaks remembered; a door has no more of them in the time a tag is followed."""


class Beams:
    """The beams of one door."""

    def __init__(self, inputs: Collection[int]) -> None:
        self._inputs = frozenset(inputs)
        self._broken_since: dict[int, float | None] = {}
        self._breaks: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def changed(self, change: InputChanged) -> None:
        """A beam is broken, or whole again, or told for the first time."""
        if change.input not in self._inputs:
            return
        now_s = change.at.monotonic_s
        since = self._broken_since.get(change.input)
        if change.active:
            self._broken_since[change.input] = now_s if since is None else since
            return
        if since is not None:
            self._breaks.append((since, now_s))
        self._broken_since[change.input] = None

    def forget(self) -> None:
        """The reader was lost: nothing is known of its beams until it tells again."""
        self._broken_since.clear()
        self._breaks.clear()

    def veto(self, nearest_s: float, now_s: float) -> bool:
        """Whether a healthy beam was whole when a tag was nearest, and none was broken."""
        open_breaks = [since for since in self._broken_since.values() if since is not None]
        healthy = len(open_breaks) < len(self._broken_since) or any(
            now_s - since < STUCK_S for since in open_breaks
        )
        spans = [*self._breaks, *((since, math.inf) for since in open_breaks)]
        first_s, last_s = nearest_s - NEAR_S, nearest_s + NEAR_S
        broken = any(begun <= last_s and ended >= first_s for begun, ended in spans)
        return bool(self._broken_since) and healthy and not broken
