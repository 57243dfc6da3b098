"""All sensors of the site together: what one says of another, and what was known before a start."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from statistics import median

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.climate import Sensor
from controller.domain.decision import NOTHING, Decision
from controller.domain.events import Event
from controller.domain.plans import SensorPlan
from controller.domain.preservation.psychrometrics import dew_point_c
from drivers.observations import ClimateReading, Moment

EVERY_S = 1.0
"""Nothing in a room's air is told sooner."""


class Climate:
    """The sensors, by their rooms."""

    def __init__(
        self,
        plans: Iterable[SensorPlan],
        alarms: AlarmBook,
        recent: Iterable[ClimateReading] = (),
    ) -> None:
        """``recent``: what was measured before this start, oldest first, of good quality or not."""
        self._sensors = {plan.id: Sensor(plan, alarms=alarms) for plan in plans}
        self._room: dict[str, list[Sensor]] = defaultdict(list)
        for sensor in self._sensors.values():
            self._room[sensor.plan.room].append(sensor)
        self._recent: Iterable[ClimateReading] | None = recent
        self._ticked_s: float | None = None

    @property
    def ids(self) -> frozenset[str]:
        """The sensors' ids."""
        return frozenset(self._sensors)

    @property
    def conditions(self) -> Iterator[Condition]:
        """Everything that can be raised about them."""
        for sensor in self._sensors.values():
            yield from sensor.conditions

    def observe(self, told: ClimateReading) -> Decision:
        """Take in one reading; every one of a known sensor is kept."""
        sensor = self._sensors.get(told.sensor)
        if sensor is None:
            return NOTHING
        self._recall(told.at)
        reading = sensor.corrected(told)
        events = [*sensor.observe(reading)]
        if not reading.hist and sensor.derived is not None and sensor.latest:
            events += self._compared(sensor, reading.at)
        return Decision(events=tuple(events), readings=(reading,))

    def tick(self, at: Moment) -> Decision:
        """Time passed."""
        self._recall(at)
        if self._ticked_s is not None and at.monotonic_s - self._ticked_s < EVERY_S:
            return NOTHING
        self._ticked_s = at.monotonic_s
        events = tuple(e for sensor in self._sensors.values() for e in sensor.tick(at))
        return Decision(events=events) if events else NOTHING

    def _recall(self, now: Moment) -> None:
        """Once: what was measured before, on the clock of this run."""
        if self._recent is None:
            return
        recent, self._recent = self._recent, None
        for reading in recent:
            sensor = self._sensors.get(reading.sensor)
            ago = now.utc - reading.at.utc
            if sensor is not None and ago > timedelta(0):
                then_s = now.monotonic_s - ago.total_seconds()
                at = Moment(utc=reading.at.utc, monotonic_s=then_s)
                sensor.remember(replace(reading, at=at))

    def _compared(self, sensor: Sensor, at: Moment) -> Iterator[Event]:
        derived = sensor.derived
        if derived is None:
            return
        for quantity, limit in derived.siblings.items():
            own = sensor.latest.get(quantity)
            others = self._others(sensor, quantity)
            if own is not None and others:
                yield from limit.measure(abs(own - median(others)), at)
        surface = self._sensors.get(sensor.plan.surface_sensor)
        if derived.margin is not None and surface is not None:
            margin = _margin_k(sensor, surface)
            if margin is not None:
                yield from derived.margin.measure(margin, at)

    def _others(self, sensor: Sensor, quantity: str) -> list[float]:
        """What its neighbours say. Of two that disagree, only the later in the alphabet is told."""
        fellows = [
            each
            for each in self._room[sensor.plan.room]
            if each is not sensor and each.latest.get(quantity) is not None
        ]
        if len(fellows) == 1 and fellows[0].plan.id > sensor.plan.id:
            return []
        found = (each.latest[quantity] for each in fellows)
        return [value for value in found if value is not None]


def _margin_k(sensor: Sensor, surface: Sensor) -> float | None:
    temperature = sensor.latest.get("temperature_c")
    humidity = sensor.latest.get("relative_humidity_percent")
    wall = surface.latest.get("temperature_c")
    if temperature is None or humidity is None or wall is None or humidity <= 0:
        return None
    return wall - dew_point_c(temperature, humidity)
