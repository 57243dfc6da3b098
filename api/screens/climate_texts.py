"""Climate as the screens show it: a value, how far it may be believed, and its limits in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.equipment import LimitView, SensorClimate
from api.screens.alarm_texts import QUANTITIES, UNITS
from api.screens.language import Language, mark
from drivers.observations import Quality

FAULTS: Final[Mapping[Quality, str]] = {
    Quality.UNCERTAIN: mark("Value uncertain"),
    Quality.BAD: mark("Value not usable"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCard:
    """One quantity of one sensor."""

    name: str
    text: str
    unit: str
    limits: str
    mood: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorCard:
    """One sensor now."""

    id: str
    name: str
    mood: str
    state: str
    values: tuple[ValueCard, ...]
    at: datetime | None


def band(limits: Sequence[LimitView], quantity: str) -> tuple[float | None, float | None]:
    """The tightest low and high limit of a quantity."""
    low = [each.limit for each in limits if each.quantity == quantity and each.side == "low"]
    high = [each.limit for each in limits if each.quantity == quantity and each.side == "high"]
    return max(low, default=None), min(high, default=None)


def card(sensor: SensorClimate, t: Language) -> SensorCard:
    """``sensor`` with its newest reading; what is stale or faulty is never called good."""
    trouble = _trouble(sensor)
    values = tuple(_value(sensor, quantity, trouble is None, t) for quantity in QUANTITIES)
    beyond = any(value.mood == "bad" for value in values)
    state = trouble or (mark("Beyond a limit") if beyond else mark("Within limits"))
    return SensorCard(
        id=sensor.sensor,
        name=sensor.name,
        mood="warn" if trouble is not None else "bad" if beyond else "ok",
        state=t(state),
        values=values,
        at=None if sensor.reading is None else sensor.reading.at,
    )


def _trouble(sensor: SensorClimate) -> str | None:
    if sensor.reading is None:
        return mark("No value yet")
    return mark("No fresh value") if sensor.stale else FAULTS.get(sensor.reading.quality)


def _value(sensor: SensorClimate, quantity: str, believed: bool, t: Language) -> ValueCard:
    reading = sensor.reading
    value: float | None = None if reading is None else getattr(reading, quantity)
    low, high = band(sensor.limits, quantity)
    beyond = value is not None and (
        (low is not None and value < low) or (high is not None and value > high)
    )
    return ValueCard(
        name=t(QUANTITIES[quantity]),
        text="–" if value is None else f"{value:.1f}",
        unit=UNITS[quantity],
        limits=_limits(low, high, UNITS[quantity], t),
        mood="warn" if not believed else "bad" if beyond else "",
    )


def _limits(low: float | None, high: float | None, unit: str, t: Language) -> str:
    if low is not None and high is not None:
        return t("Limits %(low)s to %(high)s %(unit)s", low=f"{low:g}", high=f"{high:g}", unit=unit)
    if high is not None:
        return t("At most %(limit)s %(unit)s", limit=f"{high:g}", unit=unit)
    if low is not None:
        return t("At least %(limit)s %(unit)s", limit=f"{low:g}", unit=unit)
    return t("No limits")
