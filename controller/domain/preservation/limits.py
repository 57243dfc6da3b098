"""Limits that standards set for store rooms, and how much of the time a climate keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.domain.preservation.hourly import HourlyClimate, Hours, running_mean

HALF_DAY_H = 12
LEAST_OF_A_DAY = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """The climate a standard asks for in one kind of room; limits are good values."""

    name: str
    standard: str
    temperature_c: tuple[float, float]
    relative_humidity_percent: tuple[float, float]
    daily_c: float | None = None
    """Furthest from the mean of the 24 hours around."""
    daily_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """Shares of the known hours, 0 to 1, that keep a preset."""

    hours: int
    temperature: float
    relative_humidity: float
    both: float
    daily: float | None
    """Keeping the daily change; ``None`` where the preset sets none or no day is known."""


def _jgj25(name: str, celsius: tuple[float, float], percent: tuple[float, float]) -> Preset:
    return Preset(
        name=name,
        standard="JGJ 25-2010 5.2.3",
        temperature_c=celsius,
        relative_humidity_percent=percent,
        daily_c=2.0,
        daily_percent=5.0,
    )


PRESETS: Sequence[Preset] = (
    _jgj25("jgj25-paper", (14, 24), (45, 60)),
    _jgj25("jgj25-special", (14, 20), (45, 55)),
    _jgj25("jgj25-magnetic-tape", (14, 24), (40, 60)),
    _jgj25("jgj25-film-copies", (14, 24), (40, 60)),
    _jgj25("jgj25-film-originals", (13, 15), (35, 45)),
    Preset(
        name="dat87-optical-discs",
        standard="DA/T 87-2021",
        temperature_c=(15, 20),
        relative_humidity_percent=(25, 45),
    ),
    Preset(
        name="pd5454-mixed",
        standard="PD 5454:2012",
        temperature_c=(13, 20),
        relative_humidity_percent=(35, 60),
    ),
)


def compliance(climate: HourlyClimate, preset: Preset) -> Compliance | None:
    """How far a climate keeps ``preset``; ``None`` where no hour is known."""
    kept = [
        (_within(t, preset.temperature_c), _within(rh, preset.relative_humidity_percent))
        for t, rh in zip(climate.temperature_c, climate.relative_humidity_percent, strict=True)
        if t is not None and rh is not None
    ]
    if not kept:
        return None
    return Compliance(
        hours=len(kept),
        temperature=sum(t for t, _ in kept) / len(kept),
        relative_humidity=sum(rh for _, rh in kept) / len(kept),
        both=sum(t and rh for t, rh in kept) / len(kept),
        daily=_daily(climate, preset),
    )


def _daily(climate: HourlyClimate, preset: Preset) -> float | None:
    if preset.daily_c is None or preset.daily_percent is None:
        return None
    steady_c = _steady(climate.temperature_c, preset.daily_c)
    steady_percent = _steady(climate.relative_humidity_percent, preset.daily_percent)
    both = [
        t and rh
        for t, rh in zip(steady_c, steady_percent, strict=True)
        if t is not None and rh is not None
    ]
    return sum(both) / len(both) if both else None


def _steady(values: Hours, furthest: float) -> list[bool | None]:
    """Whether each hour lies within ``furthest`` of its day's mean."""
    means = running_mean(values, HALF_DAY_H, LEAST_OF_A_DAY)
    return [
        None if value is None or mean is None else abs(value - mean) <= furthest
        for value, mean in zip(values, means, strict=True)
    ]


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
