"""ASHRAE Handbook, HVAC Applications 2019, chapter 24, table 13: classes of climate control.

A class allows an outer range, a season's drift from the year's mean, and short fluctuations
around the season. It is met where at least 95 % of the known hours keep it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.domain.preservation.hourly import HourlyClimate, Hours, running_mean

HALF_MONTH_H, LEAST_OF_A_MONTH = 360, 360
HALF_YEAR_H = 365 * 12
MET_SHARE = 0.95
LEAST_COVERAGE = 0.90
Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateClass:
    """What one class allows; ``None`` where it says nothing."""

    name: str
    temperature_c: Range
    relative_humidity_percent: Range
    season_c: Range | None = None
    """Season's drift below and above the year's mean."""
    season_percent: Range | None = None
    short_c: float | None = None
    short_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """The share of hours that keep a class, and whether that meets it."""

    name: str
    share: float
    met: bool


_ANY = float("inf")
CLASSES: Sequence[ClimateClass] = (
    ClimateClass(
        name="AA",
        temperature_c=(10, 25),
        relative_humidity_percent=(35, 65),
        season_c=(5, 5),
        season_percent=(0, 0),
        short_c=2,
        short_percent=5,
    ),
    ClimateClass(
        name="A1",
        temperature_c=(10, 25),
        relative_humidity_percent=(35, 65),
        season_c=(10, 5),
        season_percent=(10, 10),
        short_c=2,
        short_percent=5,
    ),
    ClimateClass(
        name="A2",
        temperature_c=(10, 25),
        relative_humidity_percent=(35, 65),
        season_c=(10, 5),
        season_percent=(0, 0),
        short_c=2,
        short_percent=10,
    ),
    ClimateClass(
        name="B",
        temperature_c=(-_ANY, 30),
        relative_humidity_percent=(30, 70),
        season_c=(20, 10),
        season_percent=(10, 10),
        short_c=5,
        short_percent=10,
    ),
    ClimateClass(name="C", temperature_c=(-_ANY, 40), relative_humidity_percent=(25, 75)),
    ClimateClass(name="D", temperature_c=(-_ANY, _ANY), relative_humidity_percent=(0, 75)),
)


def classify(climate: HourlyClimate) -> list[ClassResult]:
    """Every class, strictest first; empty where less than 90 % of the hours is known."""
    pairs = list(zip(climate.temperature_c, climate.relative_humidity_percent, strict=True))
    known = [at for at, (t, rh) in enumerate(pairs) if t is not None and rh is not None]
    if not known or len(known) < LEAST_COVERAGE * len(pairs):
        return []
    return [_result(climate, known, one) for one in CLASSES]


def _result(climate: HourlyClimate, known: list[int], one: ClimateClass) -> ClassResult:
    warm = _kept(climate.temperature_c, one.temperature_c, one.season_c, one.short_c)
    damp = _kept(
        climate.relative_humidity_percent,
        one.relative_humidity_percent,
        one.season_percent,
        one.short_percent,
    )
    share = sum(warm[at] and damp[at] for at in known) / len(known)
    return ClassResult(name=one.name, share=share, met=share >= MET_SHARE)


def _kept(values: Hours, outer: Range, season: Range | None, short: float | None) -> list[bool]:
    """For each hour, whether it keeps one quantity's limits."""
    seasons = _seasons(values, season) if season is not None else values
    return [
        value is not None
        and outer[0] <= value <= outer[1]
        and (short is None or point is None or abs(value - point) <= short)
        for value, point in zip(values, seasons, strict=True)
    ]


def _seasons(values: Hours, drift: Range) -> Hours:
    """The 30-day mean, as far as the season may drift from the year's mean."""
    months = running_mean(values, HALF_MONTH_H, LEAST_OF_A_MONTH)
    years = running_mean(values, HALF_YEAR_H, 1)
    return [
        None if month is None or year is None else min(max(month, year - drift[0]), year + drift[1])
        for month, year in zip(months, years, strict=True)
    ]
