"""Hourly means and their running means: what the standards on fluctuation are computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isnan

from controller.domain.preservation.record import Sample

HOUR_S = 3600
Hours = Sequence[float | None]
"""One value an hour; ``None`` where nothing is known."""


@dataclass(frozen=True, slots=True)
class HourlyClimate:
    """Means of every clock hour from ``start_s`` on."""

    start_s: float
    temperature_c: Hours
    relative_humidity_percent: Hours


def hourly(samples: Sequence[Sample]) -> HourlyClimate:
    """The mean of each hour's samples; raises ``ValueError`` without any."""
    if not samples:
        raise ValueError("no samples")
    hours = [floor(sample.at_s / HOUR_S) for sample in samples]
    first, count = min(hours), max(hours) - min(hours) + 1
    sums = [[0.0, 0.0, 0] for _ in range(count)]
    for hour, sample in zip(hours, samples, strict=True):
        cell = sums[hour - first]
        cell[0] += sample.temperature_c
        cell[1] += sample.relative_humidity_percent
        cell[2] += 1
    return HourlyClimate(
        first * HOUR_S,
        [t / n if n else None for t, _, n in sums],
        [rh / n if n else None for _, rh, n in sums],
    )


def running_mean(values: Hours, half_h: int, least: int) -> Hours:
    """Mean of the ``2 * half_h + 1`` hours around each; ``None`` with fewer than ``least``."""
    sums, counts = [0.0], [0]
    for value in values:
        known = value is not None and not isnan(value)
        sums.append(sums[-1] + (value if value is not None and known else 0.0))
        counts.append(counts[-1] + known)
    means: list[float | None] = []
    for at in range(len(values)):
        low, high = max(0, at - half_h), min(len(values), at + half_h + 1)
        count = counts[high] - counts[low]
        means.append((sums[high] - sums[low]) / count if count >= max(least, 1) else None)
    return means


def percentile(values: Sequence[float], share: float) -> float:
    """Of sorted ``values``, linearly interpolated (type 7); ``share`` from 0 to 1."""
    at = (len(values) - 1) * share
    low = floor(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (at - low) * (values[high] - values[low])
