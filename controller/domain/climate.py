"""Climate limits with deadband and delays, and sensors that fall silent.

Limits are inclusive good values. A delay runs on the monotonic clock over measurements; time
alone completes one only while the last measurement is fresh. A silent sensor freezes its limits
and raises its own alarm: it never clears one.
"""

from collections import Counter

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.calibration import corrected
from controller.domain.events import Event
from controller.domain.model import AlarmKind, Priority
from controller.domain.plans import LimitPlan, SensorPlan
from drivers.observations import ClimateReading, Moment, Quality


class Limit:
    """One limit of one sensor, and how long it has been overstepped or kept."""

    def __init__(self, sensor: str, plan: LimitPlan, *, key: str, alarms: AlarmBook) -> None:
        high = plan.side == "high"
        self._plan = plan
        self._sign = 1.0 if high else -1.0
        self._alarms = alarms
        self._condition = Condition(
            kind=AlarmKind.CLIMATE_HIGH if high else AlarmKind.CLIMATE_LOW,
            source=sensor,
            key=key,
            subject=plan.quantity,
            priority=plan.priority,
        )
        self._value = 0.0
        self._measured_s: float | None = None
        self._since_s: float | None = None
        """Since when the measurements speak for the other state."""

    @property
    def condition(self) -> Condition:
        """What this limit raises."""
        return self._condition

    @property
    def alarm_id(self) -> str:
        """The id of the alarm this limit raises."""
        return self._condition.alarm_id

    def measure(self, value: float, at: Moment) -> tuple[Event, ...]:
        """Take in a good value; an older one than the last is kept elsewhere, not judged."""
        if self._measured_s is not None and at.monotonic_s < self._measured_s:
            return ()
        self._measured_s, self._value = at.monotonic_s, value
        beyond = self._sign * (value - self._plan.limit)
        alarmed = self._alarms.condition_holds(self.alarm_id)
        turning = beyond <= -self._plan.deadband if alarmed else beyond > 0
        if not turning:
            self._since_s = None
            return ()
        if self._since_s is None:
            self._since_s = at.monotonic_s
        return self._due(at)

    def tick(self, at: Moment) -> tuple[Event, ...]:
        """Time passed, and the last measurement is still fresh."""
        return self._due(at)

    def freeze(self) -> None:
        """The sensor is silent: a delay that was running starts anew with the next value."""
        self._since_s = None

    def _due(self, at: Moment) -> tuple[Event, ...]:
        alarmed = self._alarms.condition_holds(self.alarm_id)
        delay_s = self._plan.off_delay_s if alarmed else self._plan.on_delay_s
        if self._since_s is None or at.monotonic_s - self._since_s < delay_s:
            return ()
        self._since_s = None
        if alarmed:
            return self._alarms.condition_off(self.alarm_id, at.utc, f"{self._value:g}")
        return self._alarms.condition_on(self._seen(), at.utc)

    def _seen(self) -> Condition:
        about = self._condition
        return Condition(
            kind=about.kind,
            source=about.source,
            key=about.key,
            subject=about.subject,
            priority=about.priority,
            detail={
                "quantity": self._plan.quantity,
                "value": f"{self._value:g}",
                "limit": f"{self._plan.limit:g}",
                "side": self._plan.side,
            },
        )


class Sensor:
    """One temperature and humidity sensor with its limits."""

    def __init__(self, plan: SensorPlan, *, alarms: AlarmBook) -> None:
        self._plan = plan
        self._alarms = alarms
        twins = Counter((str(limit.quantity), str(limit.side)) for limit in plan.limits)
        self._limits = [
            (limit.quantity, Limit(plan.id, limit, key=_key(limit, twins), alarms=alarms))
            for limit in plan.limits
        ]
        self._needed = frozenset(limit.quantity for limit in plan.limits)
        self._good_s: float | None = None
        self._stale = Condition(
            kind=AlarmKind.CLIMATE_STALE,
            source=plan.id,
            priority=Priority.MEDIUM,
            detail={"stale_after_s": f"{plan.stale_after_s:g}"},
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Everything this sensor can raise for itself."""
        return (self._stale, *(limit.condition for _, limit in self._limits))

    @property
    def alarm_ids(self) -> frozenset[str]:
        """The ids of every alarm this sensor can raise for itself."""
        return frozenset({self._stale.alarm_id, *(limit.alarm_id for _, limit in self._limits)})

    def corrected(self, reading: ClimateReading) -> ClimateReading:
        """What it should have said, by its certificate."""
        return corrected(reading, self._plan.calibration)

    def observe(self, reading: ClimateReading) -> tuple[Event, ...]:
        """Take in one poll."""
        values = {
            "temperature_c": reading.temperature_c,
            "relative_humidity_percent": reading.relative_humidity_percent,
        }
        if reading.quality is Quality.BAD:
            return self.tick(reading.at)
        events: list[Event] = []
        if self._complete(values):
            if self._good_s is None or reading.at.monotonic_s > self._good_s:
                self._good_s = reading.at.monotonic_s
            events += self._alarms.condition_off(
                self._stale.alarm_id, reading.at.utc, "measures again"
            )
        for quantity, limit in self._limits:
            value = values[quantity]
            if value is not None:
                events += limit.measure(value, reading.at)
        return tuple(events)

    def tick(self, at: Moment) -> tuple[Event, ...]:
        """Time passed: delays run out, sensors fall silent."""
        if self._good_s is None:
            self._good_s = at.monotonic_s  # nobody listened before
        if at.monotonic_s - self._good_s >= self._plan.stale_after_s:
            for _, limit in self._limits:
                limit.freeze()
            return self._alarms.condition_on(self._stale, at.utc)
        return tuple(event for _, limit in self._limits for event in limit.tick(at))

    def _complete(self, values: dict[str, float | None]) -> bool:
        """Whether everything that is watched was measured; without limits, anything."""
        if self._needed:
            return all(values[quantity] is not None for quantity in self._needed)
        return any(value is not None for value in values.values())


def _key(limit: LimitPlan, twins: Counter[tuple[str, str]]) -> str:
    """The quantity; where a sensor has several limits of one kind, the limit, too."""
    if twins[limit.quantity, limit.side] == 1:
        return limit.quantity
    return f"{limit.quantity}:{limit.limit:g}"
