"""Hours of climate: of one sensor, of a room with several, and how far they leave its limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, Literal

from controller.domain.preservation.limits import Preset

HOUR: Final = timedelta(hours=1)
Quantity = Literal["temperature_c", "relative_humidity_percent"]
QUANTITIES: Final[tuple[Quantity, ...]] = ("temperature_c", "relative_humidity_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Lowest, mean and highest of the values in one span; bad ones are none."""

    lowest: float
    mean: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One clock hour of one sensor, or of a room."""

    sensor: str
    """Empty where it tells of a room."""
    at: datetime
    """Its beginning."""
    readings: int
    uncertain: int
    """How many of the readings are in doubt."""
    coverage: float
    """Share of the hour that is known, 0 to 1."""
    temperature_c: Spread | None
    relative_humidity_percent: Spread | None

    def spread(self, quantity: Quantity) -> Spread | None:
        """Of one quantity."""
        return self.temperature_c if quantity == "temperature_c" else self.relative_humidity_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """Hours in a row whose mean left one limit, and how far it went."""

    quantity: Quantity
    side: Literal["high", "low"]
    limit: float
    since: datetime
    until: datetime
    worst: float
    """The furthest single value."""

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return (self.until - self.since).total_seconds()


def merged(by_sensor: Mapping[str, Sequence[Hour]]) -> list[Hour]:
    """The hours of a room: the mean of its sensors, the furthest values of any, oldest first.

    Covered is what the best of its sensors covers: two half known hours may be the same half.
    """
    every = sorted((hour for hours in by_sensor.values() for hour in hours), key=lambda h: h.at)
    return [_together(at, list(hours)) for at, hours in groupby(every, key=lambda hour: hour.at)]


def spread_over(spreads: Sequence[Spread | None], weights: Sequence[float]) -> Spread | None:
    """Lowest, highest and weighted mean of those that are known."""
    known = [(s, w) for s, w in zip(spreads, weights, strict=True) if s is not None and w > 0]
    if not known:
        return None
    return Spread(
        lowest=min(s.lowest for s, _ in known),
        mean=sum(s.mean * w for s, w in known) / sum(w for _, w in known),
        highest=max(s.highest for s, _ in known),
    )


def excursions(hours: Iterable[Hour], preset: Preset) -> list[Excursion]:
    """Every run of hours whose mean is beyond a limit of ``preset``; an unknown hour ends one."""
    known = list(hours)
    limits = {
        "temperature_c": preset.temperature_c,
        "relative_humidity_percent": preset.relative_humidity_percent,
    }
    found = [each for quantity in QUANTITIES for each in _beyond(known, quantity, limits[quantity])]
    return sorted(found, key=lambda excursion: excursion.since)


def _beyond(
    hours: Sequence[Hour], quantity: Quantity, limits: tuple[float, float]
) -> Iterable[Excursion]:
    run: list[Hour] = []
    running = ""
    for hour in (*hours, None):
        side = "" if hour is None else _side(hour.spread(quantity), limits)
        follows = bool(run) and hour is not None and hour.at == run[-1].at + HOUR
        if run and (side != running or not follows):
            yield _excursion(run, quantity, "high" if running == "high" else "low", limits)
            run = []
        if side and hour is not None:
            run.append(hour)
        running = side


def _side(spread: Spread | None, limits: tuple[float, float]) -> str:
    if spread is None or limits[0] <= spread.mean <= limits[1]:
        return ""
    return "high" if spread.mean > limits[1] else "low"


def _excursion(
    run: Sequence[Hour],
    quantity: Quantity,
    side: Literal["high", "low"],
    limits: tuple[float, float],
) -> Excursion:
    spreads = [spread for hour in run if (spread := hour.spread(quantity)) is not None]
    high = side == "high"
    return Excursion(
        quantity=quantity,
        side=side,
        limit=limits[1] if high else limits[0],
        since=run[0].at,
        until=run[-1].at + HOUR,
        worst=max(s.highest for s in spreads) if high else min(s.lowest for s in spreads),
    )


def _together(at: datetime, hours: Sequence[Hour]) -> Hour:
    weights = [hour.coverage for hour in hours]
    return Hour(
        sensor="",
        at=at,
        readings=sum(hour.readings for hour in hours),
        uncertain=sum(hour.uncertain for hour in hours),
        coverage=max(weights),
        temperature_c=spread_over([hour.temperature_c for hour in hours], weights),
        relative_humidity_percent=spread_over(
            [hour.relative_humidity_percent for hour in hours], weights
        ),
    )
