"""What a laboratory found out about a sensor: corrects what it says, and knows until when.

A correction is valid from the day of the certificate. Between two points it is interpolated,
beyond them the nearest one holds. What the sensor said is kept beside what it should have said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from drivers.observations import ClimateReading, Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPoint:
    """The sensor said ``reading`` where the reference instrument said ``reference``."""

    reading: float
    reference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One certificate."""

    certificate: str
    valid_from: date
    due: date | None
    temperature_c: Sequence[CalibrationPoint] = ()
    relative_humidity_percent: Sequence[CalibrationPoint] = ()
    """Points in any order; none: that quantity is left as it is."""


def corrected(reading: ClimateReading, calibration: Calibration | None) -> ClimateReading:
    """``reading`` with its values corrected and those of the sensor beside them.

    A sensor whose calibration is overdue is believed with doubt: ``uncertain``.
    """
    if calibration is None or reading.at.utc.date() < calibration.valid_from:
        return reading
    warmth = _correct(reading.temperature_c, calibration.temperature_c)
    damp = _correct(reading.relative_humidity_percent, calibration.relative_humidity_percent)
    overdue = is_overdue(calibration, reading.at.utc) and reading.quality is Quality.GOOD
    return replace(
        reading,
        temperature_c=warmth,
        relative_humidity_percent=None if damp is None else min(max(damp, 0.0), 100.0),
        raw_temperature_c=reading.temperature_c,
        raw_relative_humidity_percent=reading.relative_humidity_percent,
        quality=Quality.UNCERTAIN if overdue else reading.quality,
        fault="calibration_overdue" if overdue else reading.fault,
    )


def is_overdue(calibration: Calibration, at: datetime) -> bool:
    """Whether the certificate's day of recalibration has passed."""
    return calibration.due is not None and at.date() > calibration.due


def _correct(value: float | None, points: Sequence[CalibrationPoint]) -> float | None:
    if value is None or not points:
        return value
    known = sorted(points, key=lambda point: point.reading)
    errors = [(point.reading, point.reference - point.reading) for point in known]
    if value <= errors[0][0]:
        return value + errors[0][1]
    for (low, at_low), (high, at_high) in pairwise(errors):
        if value <= high:
            share = (value - low) / (high - low)
            return value + at_low + share * (at_high - at_low)
    return value + errors[-1][1]
