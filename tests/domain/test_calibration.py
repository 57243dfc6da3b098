"""Calibration: what a certificate does to readings."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.calibration import Calibration, CalibrationPoint, corrected
from drivers.observations import ClimateReading, Moment, Quality

CERTIFICATE = Calibration(
    certificate="C-2026-17",
    valid_from=date(2026, 3, 1),
    due=date(2027, 3, 1),
    temperature_c=(
        CalibrationPoint(reading=30.0, reference=29.0),
        CalibrationPoint(reading=10.0, reference=10.5),
    ),
    relative_humidity_percent=(CalibrationPoint(reading=50.0, reference=47.0),),
)


def reading(
    t: float | None, rh: float | None, at: datetime = datetime(2026, 6, 1, tzinfo=UTC)
) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=at, monotonic_s=1.0),
        sensor="th-01",
        temperature_c=t,
        relative_humidity_percent=rh,
        quality=Quality.GOOD,
        fault="",
    )


@pytest.mark.parametrize(("said", "meant"), [(10, 10.5), (20, 19.75), (30, 29), (0, 0.5), (40, 39)])
def test_between_points_it_is_interpolated_beyond_them_the_nearest_holds(
    said: float, meant: float
) -> None:
    assert corrected(reading(said, None), CERTIFICATE).temperature_c == pytest.approx(meant)


def test_what_the_sensor_said_is_kept() -> None:
    told = corrected(reading(20, 55), CERTIFICATE)
    assert (told.raw_temperature_c, told.raw_relative_humidity_percent) == (20, 55)
    assert told.relative_humidity_percent == 52


def test_a_humidity_stays_one() -> None:
    assert corrected(reading(20, 2), CERTIFICATE).relative_humidity_percent == 0


def test_before_the_certificate_nothing_is_corrected() -> None:
    early = reading(20, 55, datetime(2026, 2, 28, tzinfo=UTC))
    assert corrected(early, CERTIFICATE) == early
    assert corrected(early, None) == early


def test_an_overdue_sensor_is_believed_with_doubt() -> None:
    on_the_day = reading(20, 55, datetime(2027, 3, 1, 12, tzinfo=UTC))
    assert corrected(on_the_day, CERTIFICATE).quality is Quality.GOOD
    late = corrected(reading(20, 55, datetime(2027, 3, 2, tzinfo=UTC)), CERTIFICATE)
    assert (late.quality, late.fault) == (Quality.UNCERTAIN, "calibration_overdue")


def test_no_value_is_no_value() -> None:
    told = corrected(reading(None, None), CERTIFICATE)
    assert (told.temperature_c, told.relative_humidity_percent) == (None, None)


@given(st.floats(-40, 80))
def test_a_correction_keeps_the_order_of_temperatures(t: float) -> None:
    low = corrected(reading(t, None), CERTIFICATE).temperature_c
    high = corrected(reading(t + 0.1, None), CERTIFICATE).temperature_c
    assert low is not None
    assert high is not None
    assert low < high
