"""The figures of a month: what is counted, what is refused, what belongs to what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.preservation.record import Sample
from controller.reporting.figures import figures
from controller.reporting.month import Month, RoomMonth, month_around, month_of
from tests.reporting.months import (
    OCTOBER,
    SILENT,
    WARM,
    WARM_ALARM,
    WET,
    ZONE,
    hour,
    october,
    room_month,
)

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_month_is_one_of_the_sites_own_time_zone() -> None:
    assert OCTOBER.begin.astimezone(UTC) == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert str(OCTOBER.previous) == "2026-09"
    assert str(month_of("2026-12", ZONE).next) == "2027-01"
    assert str(month_around(datetime(2026, 9, 30, 17, tzinfo=UTC), ZONE)) == "2026-10"


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-10", "2026-1", "2026-10-01", ""])
def test_what_is_no_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 2026-10"):
        month_of(text, ZONE)


def test_a_silent_day_lowers_the_coverage_and_is_a_gap_and_no_row() -> None:
    sensor = figures(room_month()).sensors[0]
    assert sensor.coverage == pytest.approx(30 / 31, abs=1e-6)
    assert [gap.until for gap in sensor.gaps] == [SILENT[1]]
    assert len(sensor.days) == 30
    assert SILENT[0].date() not in {day.day for day in sensor.days}
    assert all(day.coverage == pytest.approx(1) for day in sensor.days)


def test_the_months_ends_are_gaps_when_nothing_is_known_of_them() -> None:
    middle = [s for s in october() if hour(10, 0).timestamp() <= s.at_s < hour(12, 0).timestamp()]
    sensor = figures(room_month(middle)).sensors[0]
    assert (sensor.gaps[0].since, sensor.gaps[-1].until) == (OCTOBER.begin, OCTOBER.end)
    assert sensor.coverage == pytest.approx(2 / 31)


def test_below_three_quarters_of_the_month_no_mean_is_claimed() -> None:
    part = [s for s in october() if s.at_s < hour(23, 0).timestamp()]
    sensor = figures(room_month(part)).sensors[0]
    assert sensor.coverage < 0.75
    assert (sensor.twpi_years, sensor.lifetime) == (None, None)
    assert figures(room_month()).sensors[0].twpi_years == pytest.approx(41.8, abs=0.1)


def test_a_month_that_is_not_over_is_judged_by_what_could_be_known() -> None:
    part = [s for s in october() if s.at_s < hour(11, 0).timestamp()]
    sensor = figures(room_month(part, known_until=hour(11, 0))).sensors[0]
    assert sensor.coverage == pytest.approx(1)
    assert sensor.gaps == []


def test_without_a_reading_nothing_is_said_and_nothing_breaks() -> None:
    sensor = figures(room_month([])).sensors[0]
    assert (sensor.coverage, sensor.compliance, sensor.twpi_years) == (0, None, None)
    assert [(gap.since, gap.until) for gap in sensor.gaps] == [(OCTOBER.begin, OCTOBER.end)]


def test_an_excursion_names_who_acknowledged_it_and_the_cause_they_wrote() -> None:
    warm, wet = figures(room_month()).sensors[0].excursions
    assert (warm.since, warm.until, warm.quantity) == (*WARM, "temperature_c")
    assert (warm.acknowledged_by, warm.cause) == (WARM_ALARM.acknowledged_by, WARM_ALARM.note)
    assert warm.worst == pytest.approx(26.3, abs=0.1)
    assert (wet.since, wet.until) == WET
    assert (wet.alarms, wet.acknowledged_by, wet.cause) == (0, "", "")


def test_an_alarm_of_another_sensor_or_day_explains_nothing() -> None:
    elsewhere = replace(WARM_ALARM, source="th-2")
    earlier = replace(
        WARM_ALARM,
        raised_at=WARM_ALARM.raised_at - timedelta(days=3),
        returned_at=WARM[0] - timedelta(days=2),
    )
    warm, _ = figures(room_month(alarms=[elsewhere, earlier])).sensors[0].excursions
    assert (warm.alarms, warm.cause) == (0, "")


def test_alarms_are_counted_with_how_they_were_answered() -> None:
    unanswered = replace(
        WARM_ALARM,
        alarm_id="device_lost:th-1",
        priority="low",
        raised_at=hour(28, 0),
        returned_at=None,
        acknowledged_at=None,
    )
    carried_over = replace(WARM_ALARM, raised_at=OCTOBER.begin - timedelta(hours=1))
    alarms = figures(room_month(alarms=[carried_over, WARM_ALARM, unanswered])).alarms
    assert (alarms.count, alarms.not_acknowledged) == (2, 1)
    assert alarms.by_priority == {"high": 1, "low": 1}
    assert alarms.median_minutes_to_acknowledge == 30
    assert alarms.standing_longer_than_a_day == 2


def test_a_band_of_fluctuations_needs_thirteen_months() -> None:
    month = figures(room_month()).sensors[0]
    assert month.known_days == 30
    assert month.fluctuation is not None
    assert not month.fluctuation.long_enough
    begin_s = OCTOBER.begin.timestamp()
    earlier = [
        Sample(at_s=begin_s - h * 3600, temperature_c=20, relative_humidity_percent=50 + h % 3)
        for h in range(400 * 24, 0, -1)
    ]
    given = room_month()
    long = replace(given, sensors=[replace(given.sensors[0], earlier=earlier)])
    fluctuation = figures(long).sensors[0].fluctuation
    assert fluctuation is not None
    assert fluctuation.long_enough


def test_the_same_data_give_the_same_digest_and_other_data_another() -> None:
    assert figures(room_month()).digest == figures(room_month()).digest
    changed = october()
    changed[7] = replace(changed[7], temperature_c=changed[7].temperature_c + 0.01)
    assert figures(room_month(changed)).digest != figures(room_month()).digest
    assert figures(room_month(alarms=[])).digest != figures(room_month()).digest


@given(st.sampled_from([(2026, 3), (2026, 10), (2026, 2)]), st.sets(st.integers(0, 743)))
def test_days_cover_no_more_than_a_day_also_when_clocks_change(
    year_month: tuple[int, int], hours: set[int]
) -> None:
    month = Month(*year_month, BERLIN)
    begin = month.begin.astimezone(UTC)
    times = [begin + timedelta(hours=h) for h in sorted(hours)]
    samples = [
        Sample(at_s=at.timestamp(), temperature_c=20.0, relative_humidity_percent=50.0)
        for at in times
        if at < month.end
    ]
    base = room_month(samples)
    sensor = replace(base.sensors[0], interval_s=3600.0)
    given_month: RoomMonth = replace(base, month=month, known_until=month.end, sensors=[sensor])
    found = figures(given_month).sensors[0]
    assert all(0 < day.coverage <= 1 for day in found.days)
    assert 0 <= found.coverage <= 1
    local = {datetime.fromtimestamp(sample.at_s, BERLIN).date() for sample in samples}
    assert [day.day for day in found.days] == sorted(local)
