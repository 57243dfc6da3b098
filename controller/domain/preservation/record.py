"""A climate lived through, sample by sample: what of it is known, and what it did.

Feeding samples one by one or all at once gives the same figures. A sample stands for the time up
to the next one; before a gap, and at the end (`closed`), for one interval. A gap counts for
nothing: it is neither good nor bad climate, and the coverage says how much is known.
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from controller.domain.preservation.ageing import (
    HarmonicMean,
    lifetime_multiplier,
    preservation_index_years,
    within_index_range,
)
from controller.domain.preservation.moisture import paper_moisture_percent, wood_moisture_percent
from controller.domain.preservation.mould import MouldIndex

GAP_INTERVALS = 3
"""A silence longer than this many intervals is a gap."""
LEAST_COVERAGE = 0.75
"""Below this a mean over the time would say more than is known."""
SATURATED_PERCENT = 99.99
"""The moisture of paper has no value at 100 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Temperature and relative humidity at one moment, in seconds of any one clock."""

    at_s: float
    temperature_c: float
    relative_humidity_percent: float


@dataclass(slots=True, kw_only=True)
class Extremes:
    """Lowest and highest of what was seen; ``None`` before anything was."""

    lowest: float | None = None
    highest: float | None = None

    def add(self, value: float) -> None:
        """Take ``value`` into account."""
        self.lowest = value if self.lowest is None else min(self.lowest, value)
        self.highest = value if self.highest is None else max(self.highest, value)


@dataclass(slots=True, kw_only=True)
class PreservationRecord:
    """What a climate did to paper, up to the newest sample."""

    interval_s: float
    """How often samples are expected."""
    known_s: float = 0.0
    span_s: float = 0.0
    samples: int = 0
    clamped_s: float = 0.0
    """Time outside the range in which the preservation index is defined."""
    index_years: HarmonicMean = field(default_factory=HarmonicMean)
    lifetime: HarmonicMean = field(default_factory=HarmonicMean)
    mould: MouldIndex = field(default_factory=MouldIndex)
    temperature_c: Extremes = field(default_factory=Extremes)
    relative_humidity_percent: Extremes = field(default_factory=Extremes)
    wood_moisture_percent: Extremes = field(default_factory=Extremes)
    paper_moisture_percent: Extremes = field(default_factory=Extremes)
    newest: Sample | None = None

    def add(self, sample: Sample) -> None:
        """Live on until ``sample``; one that is not newer than the last changes nothing."""
        last = self.newest
        if last is not None:
            elapsed_s = sample.at_s - last.at_s
            if elapsed_s <= 0:
                return
            self.span_s += elapsed_s
            gap = elapsed_s > GAP_INTERVALS * self.interval_s
            self.live(self.interval_s if gap else elapsed_s, last)
        self.newest = sample
        self.samples += 1
        t, rh = sample.temperature_c, sample.relative_humidity_percent
        self.temperature_c.add(t)
        self.relative_humidity_percent.add(rh)
        humid = min(rh, SATURATED_PERCENT)
        self.wood_moisture_percent.add(wood_moisture_percent(t, humid))
        self.paper_moisture_percent.add(paper_moisture_percent(t, humid))

    def add_all(self, samples: Iterable[Sample]) -> None:
        """Live through ``samples``, oldest first."""
        for sample in samples:
            self.add(sample)

    def closed(self) -> "PreservationRecord":
        """A copy in which the newest sample stands for one interval, too."""
        whole = copy.deepcopy(self)
        if whole.newest is not None:
            whole.span_s += whole.interval_s
            whole.live(whole.interval_s, whole.newest)
        return whole

    @property
    def coverage(self) -> float:
        """Share of the time that is known, 0 to 1."""
        return self.known_s / self.span_s if self.span_s else 0.0

    @property
    def twpi_years(self) -> float | None:
        """Time-weighted preservation index; ``None`` where too little of the time is known."""
        return self.index_years.mean if self.coverage >= LEAST_COVERAGE else None

    @property
    def equivalent_lifetime(self) -> float | None:
        """Equivalent lifetime multiplier; ``None`` where too little of the time is known."""
        return self.lifetime.mean if self.coverage >= LEAST_COVERAGE else None

    def live(self, elapsed_s: float, climate: Sample) -> None:
        """Count ``elapsed_s`` of a climate that is known."""
        t, rh = climate.temperature_c, climate.relative_humidity_percent
        self.known_s += elapsed_s
        if not within_index_range(t, rh):
            self.clamped_s += elapsed_s
        self.index_years.add(elapsed_s, preservation_index_years(t, rh))
        self.lifetime.add(elapsed_s, lifetime_multiplier(t, rh))
        self.mould.advance(elapsed_s / 3600, t, rh)


def usual_interval_s(samples: list[Sample]) -> float:
    """The interval at which somebody else's logger took its samples: the median of the steps.

    Raises ``ValueError`` with fewer than two samples of different times.
    """
    steps = sorted(
        later.at_s - earlier.at_s
        for earlier, later in pairwise(samples)
        if later.at_s > earlier.at_s
    )
    if not steps:
        raise ValueError("at least two samples of different times are needed")
    return steps[len(steps) // 2]
