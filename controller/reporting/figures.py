"""Every figure of a monthly climate report, from its input alone: same data, same figures.

What is not known is counted as not known: a mean over less than three quarters of the month is
refused, gaps are listed, and a day without a reading has no row.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean
from typing import Any

from controller.domain.preservation.fluctuation import FluctuationBand, fluctuation_band
from controller.domain.preservation.hourly import HourlyClimate, hourly
from controller.domain.preservation.limits import PRESETS, Compliance, Preset, compliance
from controller.domain.preservation.psychrometrics import dew_point_c
from controller.domain.preservation.record import (
    GAP_INTERVALS,
    LEAST_COVERAGE,
    Extremes,
    PreservationRecord,
    Sample,
)
from controller.reporting.excursions import Excursion, excursions
from controller.reporting.month import AlarmOccurrence, RoomMonth, SensorMonth

LONG_STANDING = timedelta(hours=24)
"""An alarm that stands longer is stale (ISA-18.2 clause 16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Lowest, mean and highest of one quantity."""

    lowest: float
    mean: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day of one sensor."""

    day: date
    coverage: float
    """Share of the day that is known, 0 to 1."""
    temperature_c: Spread
    relative_humidity_percent: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A silence longer than three intervals."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorFigures:
    """One sensor's month; ``None`` where too little is known to say it."""

    id: str
    name: str
    samples: int
    uncertain: int
    bad: int
    coverage: float
    gaps: Sequence[Gap]
    temperature_c: Spread | None
    relative_humidity_percent: Spread | None
    dew_point_c: Extremes
    compliance: Compliance | None
    twpi_years: float | None
    lifetime: float | None
    mould_highest: float
    mould_at_end: float
    fluctuation: FluctuationBand | None
    """Over everything that is known up to the month's end, not over the month."""
    known_days: int
    """How many days lie under it, as hours that are known."""
    days: Sequence[Day]
    excursions: Sequence[Excursion]
    calibration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFigures:
    """How the alarms of the month behaved (ISA-18.2 clause 16)."""

    count: int
    by_priority: Mapping[str, int]
    not_acknowledged: int
    median_minutes_to_acknowledge: float | None
    standing_longer_than_a_day: int
    most_frequent: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigures:
    """All of one report."""

    preset: Preset
    sensors: Sequence[SensorFigures]
    alarms: AlarmFigures

    @property
    def digest(self) -> str:
        """SHA-256 over every figure: two reports with the same one say the same."""
        plain = json.dumps(asdict(self), default=_plain, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()


def figures(given: RoomMonth) -> ReportFigures:
    """Compute everything the report says."""
    preset = next(preset for preset in PRESETS if preset.name == given.preset)
    return ReportFigures(
        preset=preset,
        sensors=[_sensor(given, sensor, preset) for sensor in given.sensors],
        alarms=_alarms(given),
    )


def _sensor(given: RoomMonth, sensor: SensorMonth, preset: Preset) -> SensorFigures:
    record = PreservationRecord(interval_s=sensor.interval_s)
    record.add_all(sensor.samples)
    record = record.closed()
    coverage = min(1.0, record.known_s / given.expected_s) if given.expected_s else 0.0
    enough = coverage >= LEAST_COVERAGE
    climate = hourly(sensor.samples) if sensor.samples else None
    past = hourly([*sensor.earlier, *sensor.samples]) if climate is not None else None
    temperatures = [one.temperature_c for one in sensor.samples]
    humidities = [one.relative_humidity_percent for one in sensor.samples]
    dew = Extremes()
    for one in sensor.samples:
        dew.add(dew_point_c(one.temperature_c, one.relative_humidity_percent))
    return SensorFigures(
        id=sensor.id,
        name=sensor.name,
        samples=record.samples,
        uncertain=sensor.uncertain,
        bad=sensor.bad,
        coverage=coverage,
        gaps=_gaps(given, sensor),
        temperature_c=_spread(temperatures) if temperatures else None,
        relative_humidity_percent=_spread(humidities) if humidities else None,
        dew_point_c=dew,
        compliance=compliance(climate, preset) if climate is not None else None,
        twpi_years=record.index_years.mean if enough else None,
        lifetime=record.lifetime.mean if enough else None,
        mould_highest=record.mould.highest,
        mould_at_end=record.mould.index,
        fluctuation=fluctuation_band(past.relative_humidity_percent) if past else None,
        known_days=_known_hours(past) // 24 if past else 0,
        days=_days(given, sensor),
        excursions=excursions(climate, preset, sensor.id, given.alarms) if climate else (),
        calibration=sensor.calibration,
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(lowest=min(values), mean=fmean(values), highest=max(values))


def _known_hours(climate: HourlyClimate) -> int:
    return sum(value is not None for value in climate.relative_humidity_percent)


def _gaps(given: RoomMonth, sensor: SensorMonth) -> list[Gap]:
    """Silences between the month's ends, of which the first and the last count, too."""
    begin, end = given.month.begin.timestamp(), given.known_until.timestamp()
    known = [begin, *(sample.at_s for sample in sensor.samples), max(begin, end)]
    most_s = GAP_INTERVALS * sensor.interval_s
    return [
        Gap(since=_utc(earlier), until=_utc(later))
        for earlier, later in pairwise(known)
        if later - earlier > most_s
    ]


def _days(given: RoomMonth, sensor: SensorMonth) -> list[Day]:
    by_day: dict[date, list[Sample]] = {}
    zone = given.month.zone
    for sample in sensor.samples:
        by_day.setdefault(datetime.fromtimestamp(sample.at_s, zone).date(), []).append(sample)
    return [_day(given, sensor, day, samples) for day, samples in sorted(by_day.items())]


def _day(given: RoomMonth, sensor: SensorMonth, day: date, samples: list[Sample]) -> Day:
    begin = datetime(day.year, day.month, day.day, tzinfo=given.month.zone).astimezone(UTC)
    after = datetime.combine(day + timedelta(days=1), datetime.min.time(), given.month.zone)
    length_s = (after.astimezone(UTC) - begin).total_seconds()
    most_s = GAP_INTERVALS * sensor.interval_s
    ends = [*(one.at_s for one in samples[1:]), begin.timestamp() + length_s]
    steps = [end - one.at_s for one, end in zip(samples, ends, strict=True)]
    known_s = sum(step if step <= most_s else sensor.interval_s for step in steps)
    return Day(
        day=day,
        coverage=min(1.0, known_s / length_s),
        temperature_c=_spread([one.temperature_c for one in samples]),
        relative_humidity_percent=_spread([s.relative_humidity_percent for s in samples]),
    )


def _alarms(given: RoomMonth) -> AlarmFigures:
    raised = [a for a in given.alarms if a.raised_at >= given.month.begin]
    minutes = sorted(
        (a.acknowledged_at - a.raised_at).total_seconds() / 60
        for a in raised
        if a.acknowledged_at is not None
    )
    return AlarmFigures(
        count=len(raised),
        by_priority=dict(sorted(Counter(a.priority for a in raised).items())),
        not_acknowledged=sum(a.acknowledged_at is None for a in raised),
        median_minutes_to_acknowledge=minutes[len(minutes) // 2] if minutes else None,
        standing_longer_than_a_day=sum(
            (a.returned_at or given.known_until) - a.raised_at > LONG_STANDING for a in given.alarms
        ),
        most_frequent=_most_frequent(raised),
    )


def _most_frequent(raised: Sequence[AlarmOccurrence]) -> list[tuple[str, int]]:
    counted = Counter(alarm.alarm_id for alarm in raised)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:10]


def _utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def _plain(value: Any) -> str:
    """Times and days as text; nothing else that JSON does not know is among the figures."""
    return str(value.isoformat())
