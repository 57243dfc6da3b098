"""EN 15757:2010: the band of short fluctuations that the collection is used to.

A fluctuation is an hour's relative humidity less the mean of the 30 days around it; the band
lies between the 7th and 93rd percentile of all fluctuations of at least thirteen months, and is
never narrower than 10 % either way. Weaknesses: Camuffo et al. 2022, Atmosphere 13, 1344.
"""

from dataclasses import dataclass

from controller.domain.preservation.hourly import Hours, percentile, running_mean

HALF_WINDOW_H = 360
WINDOW_H = 2 * HALF_WINDOW_H + 1
LEAST_HOURS = int(0.95 * WINDOW_H)
LOW_SHARE, HIGH_SHARE = 0.07, 0.93
NARROWEST_PERCENT = 10.0
LEAST_MONTHS_H = 13 * 30 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class FluctuationBand:
    """The percentiles, the band that follows, and on how many hours it stands."""

    hours: int
    low_percentile: float
    high_percentile: float
    long_enough: bool
    """Whether thirteen months lie under it; else it is a first impression only."""

    @property
    def lowest_percent(self) -> float:
        """Fluctuations down to this are what the collection is used to."""
        return min(self.low_percentile, -NARROWEST_PERCENT)

    @property
    def highest_percent(self) -> float:
        """Fluctuations up to this are what the collection is used to."""
        return max(self.high_percentile, NARROWEST_PERCENT)


def fluctuation_band(relative_humidity_percent: Hours) -> FluctuationBand | None:
    """From hourly means; ``None`` where no hour has a known month around it."""
    means = running_mean(relative_humidity_percent, HALF_WINDOW_H, LEAST_HOURS)
    steps = sorted(
        value - mean
        for value, mean in zip(relative_humidity_percent, means, strict=True)
        if value is not None and mean is not None
    )
    if not steps:
        return None
    return FluctuationBand(
        hours=len(steps),
        low_percentile=percentile(steps, LOW_SHARE),
        high_percentile=percentile(steps, HIGH_SHARE),
        long_enough=len(relative_humidity_percent) >= LEAST_MONTHS_H,
    )


def moisture_swing(moisture_percent: Hours) -> float | None:
    """Highest less lowest 30-day mean of a moisture content, in percentage points."""
    means = running_mean(moisture_percent, HALF_WINDOW_H, LEAST_HOURS)
    known = [mean for mean in means if mean is not None]
    return max(known) - min(known) if known else None
