"""One limit of one quantity of one sensor: deadband, delays, and what is found in backfill.

Limits are inclusive good values. A delay runs over measurements; time alone completes one only
while the last measurement is fresh. The quantity may be derived: a change within an hour, a
distance from the neighbours. It is the same idea and the same code.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.events import Event
from controller.domain.events_alarms import ExcursionFoundInBackfill
from controller.domain.model import AlarmKind
from controller.domain.plans import LimitPlan
from drivers.observations import Moment


@dataclass(slots=True)
class _Excursion:
    """A run of backfilled values beyond the limit."""

    since: datetime
    until: datetime
    worst: float
    samples: int


class Limit:
    """One limit, and how long it has been overstepped or kept."""

    def __init__(
        self,
        sensor: str,
        plan: LimitPlan,
        *,
        key: str,
        alarms: AlarmBook,
        kind: AlarmKind | None = None,
    ) -> None:
        """``kind`` where it is not plainly a value that is too high or too low."""
        high = plan.side == "high"
        self._plan = plan
        self._sign = 1.0 if high else -1.0
        self._alarms = alarms
        self.condition = Condition(
            kind=kind or (AlarmKind.CLIMATE_HIGH if high else AlarmKind.CLIMATE_LOW),
            source=sensor,
            key=key,
            subject=plan.quantity,
            priority=plan.priority,
        )
        self.alarm_id = self.condition.alarm_id
        self._value = 0.0
        self._measured_s: float | None = None
        self._since_s: float | None = None
        """Since when the measurements speak for the other state."""
        self._found: _Excursion | None = None

    def measure(self, value: float, at: Moment, **evidence: str) -> tuple[Event, ...]:
        """Take in a good value; an older one than the last is kept elsewhere, not judged."""
        return self._due(at, evidence) if self.remember(value, at) else ()

    def remember(self, value: float, at: Moment) -> bool:
        """Take in a value without telling anybody; whether it was newer than the last.

        So is read what was measured before a restart: a delay that ran then goes on from there.
        """
        now_s = at.monotonic_s
        if self._measured_s is not None and now_s < self._measured_s:
            return False
        self._measured_s, self._value = now_s, value
        beyond = self._sign * (value - self._plan.limit)
        alarmed = self._alarms.condition_holds(self.alarm_id)
        turning = beyond <= -self._plan.deadband if alarmed else beyond > 0
        if not turning:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = now_s
        return True

    def tick(self, at: Moment) -> tuple[Event, ...]:
        """Time passed, and the last measurement is still fresh."""
        return self._due(at, {})

    def freeze(self) -> None:
        """The sensor is silent: a delay that was running starts anew with the next value."""
        self._since_s = None

    def backfilled(self, value: float, at: datetime) -> tuple[Event, ...]:
        """A value from before: it tells of an excursion once that has ended, and alarms nobody."""
        if self._sign * (value - self._plan.limit) <= 0:
            return self.backfill_ended()
        found = self._found
        if found is None or at < found.until:
            ended = self.backfill_ended()
            self._found = _Excursion(since=at, until=at, worst=value, samples=1)
            return ended
        found.until = at
        found.worst = max(found.worst, value, key=lambda each: self._sign * each)
        found.samples += 1
        return ()

    def backfill_ended(self) -> tuple[Event, ...]:
        """No more of it: what was found is told, where it lasted longer than the delay."""
        found, self._found = self._found, None
        if found is None:
            return ()
        if (found.until - found.since).total_seconds() < self._plan.on_delay_s:
            return ()
        event = ExcursionFoundInBackfill(
            at=found.until,
            alarm_id=self.alarm_id,
            sensor=self.condition.source,
            quantity=self._plan.quantity,
            side=self._plan.side,
            limit=self._plan.limit,
            worst=found.worst,
            since=found.since,
            until=found.until,
            samples=found.samples,
        )
        return (event,)

    def _due(self, at: Moment, evidence: dict[str, str]) -> tuple[Event, ...]:
        if self._since_s is None:
            return ()
        alarmed = self._alarms.condition_holds(self.alarm_id)
        delay_s = self._plan.off_delay_s if alarmed else self._plan.on_delay_s
        if at.monotonic_s - self._since_s < delay_s:
            return ()
        self._since_s = None
        if alarmed:
            return self._alarms.condition_off(self.alarm_id, at.utc, f"{self._value:.4g}")
        return self._alarms.condition_on(self._seen(evidence), at.utc)

    def _seen(self, evidence: dict[str, str]) -> Condition:
        facts = {
            "quantity": self._plan.quantity,
            "value": f"{self._value:.4g}",
            "limit": f"{self._plan.limit:g}",
            "side": self._plan.side,
        }
        return replace(self.condition, detail=facts | evidence)
