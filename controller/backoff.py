"""How long to wait before trying again: longer each time, never in step with others."""

from random import Random


class Backoff:
    """Doubles from ``first_s`` to ``most_s``, each stretched by up to a half at random."""

    def __init__(self, name: str, *, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s
        self._jitter = Random(name)  # noqa: S311 -- spreads retries, guards nothing

    def reset(self) -> None:
        """It worked: begin again with the shortest wait."""
        self._next_s = self._first_s

    def next_s(self) -> float:
        """Seconds to wait now."""
        wait_s = self._next_s * (1 + self._jitter.random() / 2)
        self._next_s = min(self._next_s * 2, self._most_s)
        return wait_s
