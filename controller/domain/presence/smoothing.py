"""How long a tag that one antenna hears may be silent before it counts as gone.

Time is cut into cycles of half a second in which a tag is heard or not. A tag that is heard in
a share ``p`` of its cycles is gone after ``m`` silent ones as soon as ``(1 - p) ** m`` is less
than one in a million: seconds for a tag that is heard well, minutes for one that is heard badly.
``p`` is learnt slowly and stands still during the run of silence that is being judged.
"""

import math

CYCLE_S = 0.5
CHANCE = 1e-6
"""The chance of such a silence by accident that is accepted, a run of silence."""
LEARNING = 0.02
FLOOR = 0.02
CEILING = 0.95
FIRST_GUESS = 0.3
CAUTION = 1.5
"""How many standard errors less than learnt is believed."""
NEW = 30
"""Cycles: before so many the share is hardly known …"""
NEW_CAUTION = 0.15
"""… and believed by so much less."""

_SPREAD = CAUTION * math.sqrt(LEARNING / 2)


class Heard:
    """How one antenna hears one tag. A few numbers, however often it is read."""

    __slots__ = ("_cycles", "_share", "due_s", "last_s", "level_dbm", "reads")

    def __init__(self, at_s: float) -> None:
        self._share = FIRST_GUESS
        self._cycles = 1
        self.reads = 0
        self.last_s = at_s
        """Monotonic."""
        self.due_s = at_s
        """When to look whether it is still heard; monotonic."""
        self.level_dbm = 0.0
        """Mean over about the last twenty reads."""

    def read(self, at_s: float, level_dbm: float, counts_from_s: float) -> None:
        """It was heard; silence before ``counts_from_s`` was the reader's, not the tag's."""
        if self.reads == 0 or _cycle(at_s) > _cycle(self.last_s):
            missed = _cycle(at_s) - _cycle(max(self.last_s, counts_from_s)) - 1
            missed = max(0, missed)  # they turn out to have been misses
            self._share *= (1 - LEARNING) ** missed
            self._share += LEARNING * (1 - self._share)
            self._cycles += 1 + missed
        self.reads += 1
        self.level_dbm += (level_dbm - self.level_dbm) / min(self.reads, _LEVELS)
        self.last_s = max(self.last_s, at_s)

    def patience_s(self, longest_s: float) -> float:
        """How long it may be silent."""
        doubt = _SPREAD * math.sqrt(self._share * (1 - self._share))
        doubt += NEW_CAUTION if self._cycles < NEW else 0.0
        share = min(max(FLOOR, self._share - doubt), CEILING)
        return min(longest_s, CYCLE_S * math.ceil(math.log(CHANCE) / math.log(1 - share)))


_LEVELS = 20


def _cycle(at_s: float) -> int:
    return math.floor(at_s / CYCLE_S)
