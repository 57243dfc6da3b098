"""A device of a class nobody has modelled: it shows what testers set, and obeys after a while."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from simulators.machines.dwell import dwell
from simulators.machines.machine import Leg, Machine, Value, Values

OBEYS_AFTER_S = 2.0
Outcome = Callable[[Mapping[str, int]], Values]
"""What the device shows once a verb with these arguments came true."""


class Puppet(Machine):
    """Has the safety chain of any machine, and whatever values and verbs its profile names."""

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        super().__init__()
        self.verbs = frozenset(outcomes)
        self._outcomes = outcomes
        self._shown: dict[str, Value | Sequence[Value]] = {}

    def legs(self, verb: str, arguments: Mapping[str, int]) -> Iterable[Leg]:
        """It takes a while, then everything the profile expects is so."""
        then = self._outcomes[verb](arguments)
        return [dwell(OBEYS_AFTER_S, lambda: self._shown.update(then))]

    def values(self) -> dict[str, Value | Sequence[Value]]:
        """What came true so far."""
        return {**super().values(), **self._shown}

    def brake(self) -> None:
        """It has no drives of its own."""
