"""A climate lived through: means, gaps, bands and classes, on plain numbers and on a real year."""

import csv
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.preservation.climate_classes import classify
from controller.domain.preservation.fluctuation import fluctuation_band, moisture_swing
from controller.domain.preservation.hourly import HourlyClimate, hourly, percentile, running_mean
from controller.domain.preservation.limits import PRESETS, compliance
from controller.domain.preservation.record import PreservationRecord, Sample, usual_interval_s
from tests.services import require_shared

HOUR = 3600
PAPER = next(preset for preset in PRESETS if preset.name == "jgj25-paper")


def spell(
    hours: int, t: float, rh: float, start_h: float = 0, step_s: float = HOUR
) -> list[Sample]:
    return [
        Sample(at_s=start_h * HOUR + n * step_s, temperature_c=t, relative_humidity_percent=rh)
        for n in range(int(hours * HOUR / step_s))
    ]


def lived(samples: list[Sample], interval_s: float = HOUR) -> PreservationRecord:
    record = PreservationRecord(interval_s=interval_s)
    record.add_all(samples)
    return record.closed()


def steady(hours: int, t: float, rh: float) -> HourlyClimate:
    return HourlyClimate(0, [t] * hours, [rh] * hours)


def real_samples() -> list[Sample]:
    path = require_shared("data/climate/trh1_r4_indoor1.csv")
    with path.open() as file:
        rows = list(csv.reader(file))[1:]
    return [
        Sample(
            at_s=datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp(),
            temperature_c=float(t),
            relative_humidity_percent=float(rh),
        )
        for at, t, rh in rows
    ]


def test_a_real_store_room_has_the_figures_that_two_other_programs_computed() -> None:
    samples = real_samples()
    record = lived(samples, usual_interval_s(samples))
    assert record.twpi_years == pytest.approx(40.8705, abs=5e-5)
    assert record.equivalent_lifetime == pytest.approx(0.93103, abs=5e-6)
    assert record.coverage == 1
    band = fluctuation_band(hourly(samples).relative_humidity_percent)
    assert band is not None
    assert (band.hours, band.long_enough) == (13_803, True)
    assert band.low_percentile == pytest.approx(-4.468419, abs=5e-7)
    assert band.high_percentile == pytest.approx(4.750114, abs=5e-7)
    assert (band.lowest_percent, band.highest_percent) == (-10, 10)


@given(st.lists(st.tuples(st.integers(1, 5 * HOUR), st.floats(-5, 35), st.floats(20, 99))))
def test_a_record_broken_off_and_gone_on_with_equals_one_in_one_piece(
    steps: list[tuple[int, float, float]],
) -> None:
    at, samples = 0, []
    for step, t, rh in steps:
        at += step
        samples.append(Sample(at_s=at, temperature_c=t, relative_humidity_percent=rh))
    piecemeal = PreservationRecord(interval_s=HOUR)
    for sample in samples:
        piecemeal.add(sample)
        piecemeal.closed()
    assert piecemeal.closed() == lived(samples)


def test_a_gap_counts_for_nothing_and_is_told_by_the_coverage() -> None:
    night = lived(spell(12, 20, 50) + spell(12, 20, 50, start_h=36))
    assert night.known_s == 24 * HOUR
    assert night.coverage == pytest.approx(0.5)
    assert night.twpi_years is None
    assert night.index_years.mean == pytest.approx(44.624148)


def test_three_missing_intervals_are_no_gap_yet() -> None:
    assert lived(spell(12, 20, 50) + spell(12, 20, 50, start_h=14)).coverage == 1
    assert lived(spell(12, 20, 50) + spell(12, 20, 50, start_h=14.5)).coverage < 1


def test_a_sample_that_is_not_newer_changes_nothing() -> None:
    day = spell(24, 20, 50)
    assert lived([*day, *spell(3, 40, 90)]) == lived(day)


def test_saturated_air_is_damp_and_no_error() -> None:
    record = lived(spell(24, 20, 100))
    assert record.paper_moisture_percent.highest is not None
    assert record.paper_moisture_percent.highest > 20
    assert record.clamped_s == 24 * HOUR


def test_the_usual_interval_is_found_despite_gaps_and_doubles() -> None:
    day = spell(24, 20, 50, step_s=900)
    assert usual_interval_s(day[:5] + day[4:] + spell(2, 20, 50, start_h=90, step_s=900)) == 900
    with pytest.raises(ValueError, match="at least two samples"):
        usual_interval_s(day[:1] * 3)


def test_hours_are_means_of_their_samples_and_unknown_where_there_is_none() -> None:
    samples = spell(1, 20, 50, step_s=900) + spell(1, 22, 60, start_h=2.5, step_s=1800)
    climate = hourly(samples)
    assert climate.temperature_c == [20, None, 22, 22]
    assert climate.relative_humidity_percent == [50, None, 60, 60]
    with pytest.raises(ValueError, match="no samples"):
        hourly([])


@given(st.lists(st.one_of(st.none(), st.floats(-50, 50)), max_size=60), st.integers(0, 8))
def test_running_means_are_the_means_of_what_is_known_around(
    values: list[float | None], half: int
) -> None:
    means = running_mean(values, half, 2)
    for at, mean in enumerate(means):
        known = [v for v in values[max(0, at - half) : at + half + 1] if v is not None]
        if len(known) < 2:
            assert mean is None
        else:
            assert mean == pytest.approx(math.fsum(known) / len(known), abs=1e-9)


def test_percentiles_are_interpolated() -> None:
    assert percentile([1, 2, 3, 4], 0.5) == 2.5
    assert percentile([1, 2, 3, 4], 0.07) == pytest.approx(1.21)
    assert percentile([7], 0.93) == 7


def test_without_a_known_month_there_is_no_band() -> None:
    assert fluctuation_band([50.0] * 100) is None
    assert moisture_swing([8.0] * 100) is None


def test_a_band_from_a_short_time_says_so() -> None:
    band = fluctuation_band([50.0 + n % 2 for n in range(60 * 24)])
    assert band is not None
    assert not band.long_enough


def test_moisture_swings_by_its_monthly_means() -> None:
    swing = moisture_swing([6.0] * 1500 + [9.0] * 1500)
    assert swing == pytest.approx(3.0)


def test_a_steady_room_keeps_its_preset_and_a_damp_one_does_not() -> None:
    kept = compliance(steady(48, 18, 50), PAPER)
    assert kept is not None
    assert (kept.both, kept.daily, kept.hours) == (1, 1, 48)
    damp = compliance(steady(48, 18, 61), PAPER)
    assert damp is not None
    assert (damp.temperature, damp.relative_humidity, damp.both) == (1, 0, 0)
    assert compliance(HourlyClimate(0, [None], [None]), PAPER) is None


def test_a_jump_within_the_limits_breaks_the_daily_rule_alone() -> None:
    climate = HourlyClimate(0, [15.0] * 48 + [23.0] * 48, [50.0] * 96)
    kept = compliance(climate, PAPER)
    assert kept is not None
    assert kept.daily is not None
    assert kept.both == 1
    assert 0.5 < kept.daily < 1


@pytest.mark.parametrize(
    ("t", "rh", "met"),
    [
        (20, 50, ["AA", "A1", "A2", "B", "C", "D"]),
        (28, 50, ["B", "C", "D"]),
        (20, 72, ["C", "D"]),
        (20, 80, []),
    ],
)
def test_a_steady_climate_meets_the_classes_that_allow_it(
    t: float, rh: float, met: list[str]
) -> None:
    assert [one.name for one in classify(steady(2000, t, rh)) if one.met] == met


def test_a_seasonal_drift_is_allowed_by_a1_and_not_by_aa() -> None:
    year = [50 + 9 * math.sin(2 * math.pi * hour / 8760) for hour in range(8760)]
    met = [one.name for one in classify(HourlyClimate(0, [20.0] * 8760, year)) if one.met]
    assert "A1" in met
    assert "AA" not in met


def test_no_class_is_claimed_for_a_climate_that_is_not_known() -> None:
    half: list[float | None] = [20.0, None] * 500
    assert classify(HourlyClimate(0, half, half)) == []
