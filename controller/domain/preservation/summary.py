"""Everything this package can say about one climate, from its samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from controller.domain.preservation.climate_classes import ClassResult, classify
from controller.domain.preservation.fluctuation import (
    FluctuationBand,
    fluctuation_band,
    moisture_swing,
)
from controller.domain.preservation.hourly import HourlyClimate, hourly
from controller.domain.preservation.limits import PRESETS, Compliance, compliance
from controller.domain.preservation.moisture import wood_moisture_percent
from controller.domain.preservation.psychrometrics import dew_point_c, mixing_ratio_g_kg
from controller.domain.preservation.record import (
    SATURATED_PERCENT,
    Extremes,
    PreservationRecord,
    Sample,
    usual_interval_s,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateSummary:
    """What a climate was and did; ``None`` where too little is known to say it."""

    record: PreservationRecord
    start_s: float
    end_s: float
    mean_temperature_c: float
    mean_relative_humidity_percent: float
    dew_point_c: Extremes
    mean_mixing_ratio_g_kg: float
    moisture_swing_percent: float | None
    fluctuation: FluctuationBand | None
    classes: Sequence[ClassResult]
    presets: Mapping[str, Compliance]


def summarise(samples: Sequence[Sample], interval_s: float | None = None) -> ClimateSummary:
    """Summarise ``samples``, oldest first; ``interval_s`` is found where it is not known.

    Raises ``ValueError`` with fewer than two samples of different times.
    """
    record = PreservationRecord(interval_s=interval_s or usual_interval_s(list(samples)))
    record.add_all(samples)
    climate = hourly(samples)
    dew = Extremes()
    for sample in samples:
        dew.add(dew_point_c(sample.temperature_c, sample.relative_humidity_percent))
    return ClimateSummary(
        record=record.closed(),
        start_s=samples[0].at_s,
        end_s=samples[-1].at_s,
        mean_temperature_c=fmean(sample.temperature_c for sample in samples),
        mean_relative_humidity_percent=fmean(s.relative_humidity_percent for s in samples),
        dew_point_c=dew,
        mean_mixing_ratio_g_kg=fmean(
            mixing_ratio_g_kg(s.temperature_c, s.relative_humidity_percent) for s in samples
        ),
        moisture_swing_percent=moisture_swing(_moisture(climate)),
        fluctuation=fluctuation_band(climate.relative_humidity_percent),
        classes=classify(climate),
        presets={
            preset.name: kept
            for preset in PRESETS
            if (kept := compliance(climate, preset)) is not None
        },
    )


def _moisture(climate: HourlyClimate) -> list[float | None]:
    pairs = zip(climate.temperature_c, climate.relative_humidity_percent, strict=True)
    return [
        None if t is None or rh is None else wood_moisture_percent(t, min(rh, SATURATED_PERCENT))
        for t, rh in pairs
    ]
