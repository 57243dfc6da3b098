"""Too many alarms for a person at once: they become one notice (EEMUA 191, ISA-18.2 clause 16)."""

from collections import deque

from controller.domain.plans_alarms import FloodRule


class Flood:
    """Counts alarms over a sliding window; seconds of one clock that does not step."""

    def __init__(self, rule: FloodRule, *, stands: bool = False) -> None:
        self._rule = rule
        self._raised: deque[float] = deque()
        self.stands = stands

    @property
    def count(self) -> int:
        """Alarms inside the window, as of the last call."""
        return len(self._raised)

    def raised(self, at_s: float) -> bool:
        """Count one alarm; whether a flood begins with it."""
        self._raised.append(at_s)
        self._forget(at_s)
        begins = not self.stands and self.count >= self._rule.begins_at
        self.stands = self.stands or begins
        return begins

    def passed(self, now_s: float) -> bool:
        """Time passed; whether the flood ends."""
        self._forget(now_s)
        ends = self.stands and self.count < self._rule.ends_below
        self.stands = self.stands and not ends
        return ends

    def next_change_s(self) -> float | None:
        """When it ends if no further alarm comes; ``None`` while there is none."""
        if not self.stands:
            return None
        leaving = self.count - self._rule.ends_below
        return self._raised[max(leaving, 0)] + self._rule.window_s if self._raised else None

    def _forget(self, now_s: float) -> None:
        while self._raised and self._raised[0] <= now_s - self._rule.window_s:
            self._raised.popleft()
