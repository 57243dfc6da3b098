"""Hours are the readings' own, in whatever order and however often they come."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from controller.domain.preservation.rooms import Spread
from controller.store import telemetry
from controller.store.climate import hours
from controller.store.climate.history import Hour, LocalHistory
from controller.store.climate.hours import Measured
from controller.store.climate.tables import reading_hours
from controller.store.schema import readings
from drivers.observations import ClimateReading, Moment, Quality
from tests.store.events import NOON
from tests.store.plain import rows_of

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def reading(
    at: datetime,
    temperature_c: float | None = 20.0,
    humidity: float | None = 50.0,
    quality: Quality = Quality.GOOD,
    sensor: str = "th-01",
) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=at, monotonic_s=0.0),
        sensor=sensor,
        temperature_c=temperature_c,
        relative_humidity_percent=humidity,
        quality=quality,
        fault="",
    )


def append(engine: Engine, given: Sequence[ClimateReading], interval_s: float = 60.0) -> int:
    with engine.begin() as connection:
        return len(telemetry.append(connection, given, {"th-01": interval_s}))


def hours_of(engine: Engine, since: datetime, until: datetime) -> list[Hour]:
    with engine.connect() as connection:
        return LocalHistory(connection).hours(["th-01"], since=since, until=until)["th-01"]


def test_an_hour_keeps_count_extremes_mean_and_coverage(store_engine: Engine) -> None:
    append(store_engine, [reading(NOON + n * MINUTE, 18.0 + n, 40.0 + n) for n in range(30)])
    append(store_engine, [reading(NOON + 30 * MINUTE, 10.0, None)])
    (hour,) = hours_of(store_engine, NOON, NOON + HOUR)
    assert hour.at == NOON
    assert (hour.readings, hour.uncertain) == (31, 0)
    assert hour.coverage == pytest.approx(31 / 60)
    warmth, humidity = hour.temperature_c, hour.relative_humidity_percent
    assert warmth is not None
    assert humidity is not None
    assert (warmth.lowest, warmth.highest) == (10.0, 47.0)
    assert warmth.mean == pytest.approx((30 * 18 + 435 + 10) / 31)
    assert (humidity.lowest, humidity.highest) == (40.0, 69.0)
    assert humidity.mean == pytest.approx(54.5)


def test_the_same_readings_again_change_no_hour(store_engine: Engine) -> None:
    given = [reading(NOON + n * MINUTE) for n in range(90)]
    assert append(store_engine, given) == 90
    before = rows_of(store_engine, reading_hours)
    assert append(store_engine, given) == 0
    assert rows_of(store_engine, reading_hours) == before


def test_a_bad_value_is_no_value_and_an_uncertain_one_is_counted_as_such(
    store_engine: Engine,
) -> None:
    append(
        store_engine,
        [
            reading(NOON, 99.0, quality=Quality.BAD),
            reading(NOON + MINUTE, 21.0, quality=Quality.UNCERTAIN),
            reading(NOON + 2 * MINUTE, 22.0),
        ],
    )
    (hour,) = hours_of(store_engine, NOON, NOON + HOUR)
    assert (hour.readings, hour.uncertain) == (2, 1)
    assert hour.temperature_c == Spread(lowest=21.0, mean=21.5, highest=22.0)


def test_a_clock_that_steps_back_an_hour_loses_no_reading_and_covers_no_minute_twice(
    store_engine: Engine,
) -> None:
    """The second time round falls between the stamps of the first."""
    append(store_engine, [reading(NOON + n * MINUTE) for n in range(60)])
    again = timedelta(seconds=7)
    append(store_engine, [reading(NOON + n * MINUTE + again, 25.0) for n in range(60)])
    (hour,) = hours_of(store_engine, NOON, NOON + HOUR)
    assert (hour.readings, hour.coverage) == (120, 1.0)
    assert hour.temperature_c == Spread(lowest=20.0, mean=22.5, highest=25.0)


@pytest.mark.parametrize(("interval_s", "readings_an_hour"), [(600, 6), (900, 4), (3600, 1)])
def test_a_slow_sensor_covers_the_whole_hour(
    sqlite_engine: Engine, interval_s: int, readings_an_hour: int
) -> None:
    append(
        sqlite_engine,
        [reading(NOON + timedelta(seconds=77 + n * interval_s)) for n in range(readings_an_hour)],
        interval_s,
    )
    (hour,) = hours_of(sqlite_engine, NOON, NOON + HOUR)
    assert hour.coverage == 1.0


values = st.one_of(st.none(), st.floats(-30, 60).map(lambda value: round(value, 2)))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 300), values, values, st.sampled_from(Quality)), max_size=40),
    st.integers(0, 40),
)
def test_hours_written_piece_by_piece_equal_hours_written_at_once(
    sqlite_engine: Engine,
    given: list[tuple[int, float | None, float | None, Quality]],
    cut: int,
) -> None:
    with sqlite_engine.begin() as connection:
        connection.execute(delete(readings))
        connection.execute(delete(reading_hours))
    measured = [reading(NOON + minute * MINUTE, t, rh, q) for minute, t, rh, q in given]
    for piece in (measured[cut:], measured[:cut], measured[cut:]):
        append(sqlite_engine, piece)
    with sqlite_engine.connect() as connection:
        kept = connection.execute(select(readings)).all()
    whole = hours.summed(
        [
            Measured(
                sensor=row.sensor,
                at=row.at,
                temperature_c=row.temperature_c,
                relative_humidity_percent=row.relative_humidity_percent,
                quality=Quality(row.quality),
            )
            for row in kept
        ],
        {},
    )
    for hour in hours_of(sqlite_engine, NOON, NOON + 6 * HOUR):
        sums = whole.pop(("th-01", hour.at))
        assert (hour.readings, hour.uncertain) == (sums.readings, sums.uncertain)
        assert hour.coverage == sums.minutes.bit_count() / 60
        for spread, each in (
            (hour.temperature_c, sums.temperature),
            (hour.relative_humidity_percent, sums.humidity),
        ):
            assert (spread is None) == (each.count == 0)
            if spread is not None:
                assert (spread.lowest, spread.highest) == (each.lowest, each.highest)
                assert spread.mean == pytest.approx(each.total / each.count)
    assert not whole


def test_charts_go_on_by_the_hour_where_the_readings_were_let_go(store_engine: Engine) -> None:
    append(store_engine, [reading(NOON + n * MINUTE, 20.0 + n % 7) for n in range(48 * 60)])
    with store_engine.begin() as connection:
        connection.execute(delete(readings).where(readings.c.at < NOON + 24 * HOUR))
    with store_engine.connect() as connection:
        history = LocalHistory(connection)
        old = history.series("th-01", since=NOON, until=NOON + 24 * HOUR, points=500)
        young = history.series("th-01", since=NOON + 24 * HOUR, until=NOON + 48 * HOUR, points=288)
        whole = history.series("th-01", since=NOON, until=NOON + 48 * HOUR, points=500)
        days = history.series("th-01", since=NOON, until=NOON + 48 * HOUR, points=2)
    assert [point.readings for point in old] == [60] * 24
    assert len(young) == 288
    assert len(whole) == 48
    assert [(point.at, point.readings) for point in days] == [
        (NOON, 1440), (NOON + 24 * HOUR, 1440),
    ]  # fmt: skip
    assert days[0].temperature_c is not None
    assert (days[0].temperature_c.lowest, days[0].temperature_c.highest) == (20.0, 26.0)


def test_an_hour_without_its_readings_is_replaced_by_a_better_account_only(
    store_engine: Engine,
) -> None:
    append(store_engine, [reading(NOON + n * MINUTE, 20.0) for n in range(20)])

    def account(minutes: int, value: float) -> tuple[int, int]:
        given = [reading(NOON + n * MINUTE, value) for n in range(minutes)]
        with store_engine.begin() as connection:
            sums = hours.summed(telemetry.measured(given), {})
            written, kept = hours.replace_poorer(connection, sums)
        return len(written), kept

    assert account(10, 22.0) == (0, 1)
    assert account(20, 20.0) == (0, 0)
    assert account(40, 22.0) == (1, 0)
    assert account(40, 22.0) == (0, 0)
    (hour,) = hours_of(store_engine, NOON, NOON + HOUR)
    assert hour.readings == 40
