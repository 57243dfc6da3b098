"""What is watched of a sensor beyond its limits: each rule is a limit of something derived."""

from collections.abc import Iterator
from datetime import date

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.calibration import Calibration
from controller.domain.climate_limits import Limit
from controller.domain.climate_windows import ENOUGH_SAMPLES, DayWindow, HourWindow, Standstill
from controller.domain.events import Event
from controller.domain.model import AlarmKind, Priority
from controller.domain.plans import LimitPlan, Quantity
from controller.domain.plans_climate import HOUR_S, ClimateRules
from drivers.observations import Moment

_T: Quantity = "temperature_c"
_RH: Quantity = "relative_humidity_percent"
SETTLED_S = 1800.0
"""How long a change, a swing or a disagreement must be over before its alarm is."""


class Derived:
    """The derived limits of one sensor."""

    def __init__(self, sensor: str, rules: ClimateRules, alarms: AlarmBook) -> None:
        def limits(
            kind: AlarmKind, kelvins: float | None, percent: float | None, on_s: float
        ) -> dict[str, Limit]:
            each: tuple[tuple[Quantity, float | None], ...] = ((_T, kelvins), (_RH, percent))
            return {
                quantity: Limit(
                    sensor,
                    _high(quantity, most, on_delay_s=on_s),
                    key=quantity,
                    alarms=alarms,
                    kind=kind,
                )
                for quantity, most in each
                if most is not None
            }

        self._rules = rules
        self._rates = limits(
            AlarmKind.CLIMATE_RATE, rules.rate_k_per_h, rules.rate_percent_per_h, 0.0
        )
        self._days = limits(AlarmKind.CLIMATE_DAILY, rules.daily_k, rules.daily_percent, 0.0)
        self.siblings = limits(
            AlarmKind.CLIMATE_DISAGREEMENT,
            rules.sibling_k,
            rules.sibling_percent,
            rules.sibling_h * HOUR_S,
        )
        self._hours = {quantity: HourWindow() for quantity in self._rates}
        self._daily = {quantity: DayWindow() for quantity in self._days}
        self._standstill = Standstill()
        self._flat = _single(sensor, AlarmKind.CLIMATE_FLATLINE, "standstill", alarms)
        self._battery = _battery(sensor, rules, alarms)
        self.margin = _margin(sensor, rules, alarms)

    @property
    def limits(self) -> Iterator[Limit]:
        """All of them."""
        for family in (self._rates, self._days, self.siblings):
            yield from family.values()
        yield from (each for each in (self._flat, self._battery, self.margin) if each is not None)

    def measure(self, values: dict[str, float | None], at: Moment) -> Iterator[Event]:
        """Take in the good values of one poll."""
        for quantity, value in values.items():
            if value is None:
                continue
            if quantity in self._hours:
                change = self._hours[quantity].change(value, at.monotonic_s)
                yield from self._rates[quantity].measure(change, at)
            if quantity in self._daily:
                distance = self._daily[quantity].distance(value, at.monotonic_s)
                if distance is not None:
                    yield from self._days[quantity].measure(distance, at)
        yield from self._flatline(values, at)

    def remember(self, values: dict[str, float | None], at: Moment) -> None:
        """Take in what was measured before a restart; nothing is told of it."""
        for quantity, value in values.items():
            if value is not None and quantity in self._hours:
                self._hours[quantity].change(value, at.monotonic_s)
            if value is not None and quantity in self._daily:
                self._daily[quantity].distance(value, at.monotonic_s)
        self._standstill.take(values[_T], values[_RH], at.monotonic_s)

    def charge(self, percent: float | None, at: Moment) -> tuple[Event, ...]:
        """What the sensor says of its battery."""
        if percent is None or self._battery is None:
            return ()
        return self._battery.measure(percent, at)

    def _flatline(self, values: dict[str, float | None], at: Moment) -> Iterator[Event]:
        """Honest air stands still for less than this, measured over years of real stores."""
        t_h, rh_h, samples = self._standstill.take(values[_T], values[_RH], at.monotonic_s)
        rules = self._rules
        share = 0.0
        if rules.flat_humidity_h is not None:
            both = min(t_h, rh_h) / rules.flat_both_h if samples >= ENOUGH_SAMPLES else 0.0
            share = max(rh_h / rules.flat_humidity_h, both, t_h / rules.flat_temperature_h)
        evidence = {"temperature_h": f"{t_h:.1f}", "humidity_h": f"{rh_h:.1f}"}
        yield from self._flat.measure(share, at, **evidence)


class Recalibration:
    """Says in time that a sensor must go to the laboratory; graver once it is too late."""

    def __init__(self, sensor: str, calibration: Calibration, days: int, book: AlarmBook) -> None:
        self._due = calibration.due
        self._days = days
        self._book = book
        self._told: date | None = None
        self.condition = Condition(
            kind=AlarmKind.CALIBRATION_DUE,
            source=sensor,
            priority=Priority.LOW,
            detail={"certificate": calibration.certificate, "due": str(calibration.due or "")},
        )

    def look(self, at: Moment) -> tuple[Event, ...]:
        """Once a day."""
        today = at.utc.date()
        if today == self._told:
            return ()
        self._told = today
        if self._due is None or (self._due - today).days > self._days:
            return self._book.condition_off(self.condition.alarm_id, at.utc, "calibrated")
        late = Priority.MEDIUM if today > self._due else Priority.LOW
        about = self.condition
        return self._book.condition_on(
            Condition(kind=about.kind, source=about.source, priority=late, detail=about.detail),
            at.utc,
        )


def _high(quantity: Quantity, most: float, *, on_delay_s: float = 0.0) -> LimitPlan:
    return LimitPlan(
        quantity=quantity,
        side="high",
        limit=most,
        deadband=most / 4,
        on_delay_s=on_delay_s,
        off_delay_s=SETTLED_S,
        priority=Priority.LOW if on_delay_s else Priority.MEDIUM,
    )


def _single(sensor: str, kind: AlarmKind, quantity: Quantity, alarms: AlarmBook) -> Limit:
    plan = LimitPlan(quantity=quantity, side="high", limit=1.0, priority=Priority.LOW)
    return Limit(sensor, plan, key="", alarms=alarms, kind=kind)


def _battery(sensor: str, rules: ClimateRules, alarms: AlarmBook) -> Limit | None:
    if rules.battery_percent is None:
        return None
    plan = LimitPlan(
        quantity="battery_percent",
        side="low",
        limit=rules.battery_percent,
        deadband=10.0,
        priority=Priority.LOW,
    )
    return Limit(sensor, plan, key="", alarms=alarms, kind=AlarmKind.SENSOR_BATTERY)


def _margin(sensor: str, rules: ClimateRules, alarms: AlarmBook) -> Limit | None:
    if rules.margin_k is None:
        return None
    plan = LimitPlan(
        quantity="dew_point_margin_k",
        side="low",
        limit=rules.margin_k,
        deadband=0.5,
        on_delay_s=600.0,
        off_delay_s=SETTLED_S,
        priority=Priority.HIGH,
    )
    return Limit(sensor, plan, key="", alarms=alarms, kind=AlarmKind.DEW_POINT_MARGIN)
