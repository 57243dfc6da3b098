"""Which alarms mean nothing by design just now: a zone is emptied, a door is held open on purpose.

An input that is not known does not suppress: unknown is not safe.
"""

from collections.abc import Iterable

from controller.domain.model import Alarm
from controller.domain.plans_alarms import Suppression
from drivers.observations import InputChanged, Moment

FORGIVEN_S = 60.0
"""After a start, what was suppressed stays so until its input is told, so long at most."""


class Suppressions:
    """The site's suppressions, each in force or not."""

    def __init__(self, plans: Iterable[Suppression]) -> None:
        self._plans = tuple(plans)
        self._inputs = {plan.input for plan in self._plans if plan.input is not None}
        self._active: dict[tuple[str, int], bool] = {}
        self._ended_s: dict[tuple[str, int], float] = {}
        self._started_s: float | None = None

    def changed(self, change: InputChanged) -> None:
        """An input is active, or no longer, or told for the first time."""
        key = (change.device, change.input)
        if key not in self._inputs:
            return
        if self._active.get(key) and not change.active:
            self._ended_s[key] = change.at.monotonic_s
        self._active[key] = change.active

    def lost(self, device: str) -> None:
        """Nothing is known of its inputs any more."""
        for key in [key for key in self._active if key[0] == device]:
            del self._active[key]
            self._ended_s.pop(key, None)

    def covering(self, alarm: Alarm, at: Moment) -> Suppression | None:
        """The suppression in force that covers ``alarm``."""
        covers = (
            plan
            for plan in self._plans
            if alarm.kind in plan.kinds
            and alarm.source in plan.sources
            and self._in_force(plan, at.monotonic_s)
        )
        return next(covers, None)

    def undecided(self, alarm: Alarm, at: Moment) -> bool:
        """Whether its suppression from before a restart still waits for its input to be told."""
        if self._started_s is None:
            self._started_s = at.monotonic_s
        if at.monotonic_s - self._started_s >= FORGIVEN_S:
            return False
        return any(
            plan.id == alarm.reason and plan.input is not None and plan.input not in self._active
            for plan in self._plans
        )

    def _in_force(self, plan: Suppression, now_s: float) -> bool:
        if plan.input is None or self._active.get(plan.input):
            return True
        ended_s = self._ended_s.get(plan.input)
        return ended_s is not None and now_s - ended_s < plan.settle_s
