"""One sensor of the air: its limits, its rules, its silence.

A silent sensor freezes its limits and raises its own alarm: it never clears one. What was
measured before, and is told only now, raises and clears nothing.
"""

from collections import Counter
from collections.abc import Iterator

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.calibration import corrected
from controller.domain.climate_limits import Limit
from controller.domain.climate_rules import Derived, Recalibration
from controller.domain.events import Event
from controller.domain.model import AlarmKind, Priority
from controller.domain.plans import LimitPlan, SensorPlan
from drivers.observations import ClimateReading, Moment, Quality

Values = dict[str, float | None]
BACKFILL_OVER_S = 60.0
"""So long after its last value an import is taken to be complete."""


class Sensor:
    """One temperature and humidity sensor with its limits."""

    def __init__(self, plan: SensorPlan, *, alarms: AlarmBook) -> None:
        self.plan = plan
        self._alarms = alarms
        twins = Counter((str(limit.quantity), str(limit.side)) for limit in plan.limits)
        self._limits: list[tuple[str, Limit]] = [
            (limit.quantity, Limit(plan.id, limit, key=_key(limit, twins), alarms=alarms))
            for limit in plan.limits
        ]
        self.derived = None if plan.rules is None else Derived(plan.id, plan.rules, alarms)
        self._recalibration = _recalibration(plan, alarms)
        self._needed = frozenset(limit.quantity for limit in plan.limits)
        self._good_s: float | None = None
        self._backfilled_s: float | None = None
        self._remembered_s: float | None = None
        self.latest: Values = {}
        """The values last measured, as long as they are fresh."""
        self._stale = Condition(
            kind=AlarmKind.CLIMATE_STALE,
            source=plan.id,
            priority=Priority.MEDIUM,
            detail={"stale_after_s": f"{plan.stale_after_s:g}"},
        )

    @property
    def conditions(self) -> Iterator[Condition]:
        """Everything this sensor can raise for itself."""
        yield self._stale
        yield from (limit.condition for limit in self._every_limit())
        if self._recalibration is not None:
            yield self._recalibration.condition

    @property
    def alarm_ids(self) -> frozenset[str]:
        """The ids of every alarm this sensor can raise for itself."""
        return frozenset(condition.alarm_id for condition in self.conditions)

    def corrected(self, reading: ClimateReading) -> ClimateReading:
        """What it should have said, by its certificate."""
        return corrected(reading, self.plan.calibration)

    def observe(self, reading: ClimateReading) -> tuple[Event, ...]:
        """Take in one poll, or one value from before."""
        if reading.hist:
            return self._backfill(reading)
        events: list[Event] = []
        if self.derived is not None:
            events += self.derived.charge(reading.battery_percent, reading.at)
        if reading.quality is Quality.BAD:
            return (*events, *self.tick(reading.at))
        values = _values(reading)
        if self._complete(values):
            if self._good_s is None or reading.at.monotonic_s > self._good_s:
                self._good_s = reading.at.monotonic_s
                self.latest = values
            events += self._alarms.condition_off(
                self._stale.alarm_id, reading.at.utc, "measures again"
            )
        events += self._judge(values, reading.at)
        return tuple(events)

    def _judge(self, values: Values, at: Moment) -> Iterator[Event]:
        for quantity, limit in self._limits:
            value = values[quantity]
            if value is not None:
                yield from limit.measure(value, at)
        if self.derived is not None and self._good_s == at.monotonic_s:
            yield from self.derived.measure(values, at)

    def remember(self, reading: ClimateReading) -> None:
        """Take in what was stored before a restart: delays and windows go on from there."""
        if reading.quality is Quality.BAD:
            return
        values, at = _values(reading), reading.at
        before = self._remembered_s
        if before is not None and at.monotonic_s - before >= self.plan.stale_after_s:
            self._freeze()
        self._remembered_s = at.monotonic_s
        for quantity, limit in self._limits:
            value = values[quantity]
            if value is not None:
                limit.remember(value, at)
        if self.derived is not None:
            self.derived.remember(values, at)

    def tick(self, at: Moment) -> tuple[Event, ...]:
        """Time passed: delays run out, sensors fall silent."""
        if self._good_s is None:
            self._begin(at)
        events: list[Event] = []
        if self._recalibration is not None:
            events += self._recalibration.look(at)
        if self._backfilled_s is not None and at.monotonic_s - self._backfilled_s > BACKFILL_OVER_S:
            events += self._backfill_over()
        if at.monotonic_s - (self._good_s or at.monotonic_s) >= self.plan.stale_after_s:
            self._freeze()
            self.latest = {}
            return (*events, *self._alarms.condition_on(self._stale, at.utc))
        for limit in self._every_limit():
            events += limit.tick(at)
        return tuple(events)

    def _begin(self, at: Moment) -> None:
        """Nobody listened before; what was remembered counts unless the gap is too long."""
        self._good_s = at.monotonic_s
        before = self._remembered_s
        if before is not None and at.monotonic_s - before >= self.plan.stale_after_s:
            self._freeze()

    def _freeze(self) -> None:
        for limit in self._every_limit():
            limit.freeze()

    def _every_limit(self) -> Iterator[Limit]:
        yield from (limit for _, limit in self._limits)
        if self.derived is not None:
            yield from self.derived.limits

    def _backfill(self, reading: ClimateReading) -> tuple[Event, ...]:
        self._backfilled_s = reading.at.monotonic_s
        if reading.quality is Quality.BAD:
            return ()
        values = _values(reading)
        events: list[Event] = []
        for quantity, limit in self._limits:
            value = values[quantity]
            if value is not None:
                events += limit.backfilled(value, reading.at.utc)
        return tuple(events)

    def _backfill_over(self) -> Iterator[Event]:
        self._backfilled_s = None
        for _, limit in self._limits:
            yield from limit.backfill_ended()

    def _complete(self, values: Values) -> bool:
        """Whether everything that is watched was measured; without limits, anything."""
        if self._needed:
            return all(values[quantity] is not None for quantity in self._needed)
        return any(value is not None for value in values.values())


def _values(reading: ClimateReading) -> Values:
    return {
        "temperature_c": reading.temperature_c,
        "relative_humidity_percent": reading.relative_humidity_percent,
    }


def _recalibration(plan: SensorPlan, alarms: AlarmBook) -> Recalibration | None:
    rules, calibration = plan.rules, plan.calibration
    if rules is None or rules.calibration_days is None or calibration is None:
        return None
    return Recalibration(plan.id, calibration, rules.calibration_days, alarms)


def _key(limit: LimitPlan, twins: Counter[tuple[str, str]]) -> str:
    """The quantity; where a sensor has several limits of one kind, the limit, too."""
    if twins[limit.quantity, limit.side] == 1:
        return limit.quantity
    return f"{limit.quantity}:{limit.limit:g}"
