"""Climate limits and silent sensors; V1 to V10 are the vectors of the alarm reference."""

import pytest

from controller.domain.decision import Tick
from controller.domain.events import AlarmRaised, AlarmReturnedToNormal, Event
from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority
from controller.domain.plans import LimitPlan, SensorPlan
from drivers.observations import ClimateReading, Moment, Quality
from tests.domain.rooms import START, Room, events_of, moment

V1 = [
    *(59, 60, 60.1, 60.5, 61, 60.2, 60.0, 60.3, 60.4, 60.6, 61, 62, 62, 62, 61),
    *(60.4, 60.1, 59.5, 59, 58.5, 58, 57.9, 58.1, 57.8, 57, 57, 57, 57, 57, 57),
]
HUMID = "climate_high:th-01:relative_humidity_percent"
STALE = "climate_stale:th-01"


def sensor(
    deadband: float = 0.0, on_s: float = 0.0, off_s: float = 0.0, *, stale_s: float = 900.0
) -> SensorPlan:
    return SensorPlan(
        id="th-01",
        room="room-1",
        stale_after_s=stale_s,
        limits=(
            LimitPlan(
                quantity="relative_humidity_percent",
                side="high",
                limit=60.0,
                deadband=deadband,
                on_delay_s=on_s,
                off_delay_s=off_s,
            ),
        ),
    )


def reading(
    seconds: float,
    humidity: float | None,
    *,
    quality: Quality = Quality.GOOD,
    temperature: float | None = 20.0,
    at: Moment | None = None,
) -> ClimateReading:
    return ClimateReading(
        at=at or moment(seconds),
        sensor="th-01",
        temperature_c=temperature,
        relative_humidity_percent=humidity,
        quality=quality,
        fault="",
    )


def transitions(room: Room, values: list[float], every_s: float = 60.0) -> list[tuple[str, int]]:
    """When the alarm went on and off, in seconds."""
    found = []
    for number, value in enumerate(values):
        for event in room.tell(reading(number * every_s, value)).events:
            kind = {AlarmRaised: "on", AlarmReturnedToNormal: "off"}[type(event)]
            found.append((kind, round(number * every_s)))
    return found


def test_v1_deadband_and_delays() -> None:
    room = Room(sensors=[sensor(2.0, 300.0, 300.0)])

    assert transitions(room, V1) == [("on", 720), ("off", 1680)]


def test_v2_neither_deadband_nor_delay() -> None:
    room = Room(sensors=[sensor()])

    assert transitions(room, V1) == [("on", 120), ("off", 360), ("on", 420), ("off", 1020)]


@pytest.mark.parametrize(
    ("deadband", "delay_s", "count"), [(0.0, 0.0, 59), (0.5, 0.0, 1), (0.0, 60.0, 0)]
)
def test_v3_a_value_that_dithers_about_the_limit(
    deadband: float, delay_s: float, count: int
) -> None:
    room = Room(sensors=[sensor(deadband, delay_s, delay_s)])

    assert len(transitions(room, [59.95, 60.05] * 30)) == count


def test_v10_a_sample_older_than_the_last_is_kept_but_not_judged() -> None:
    room = Room(sensors=[sensor()])
    room.tell(reading(7200.0, 59.0))

    decision = room.tell(reading(3600.0, 70.0))

    assert decision.events == ()
    assert len(decision.readings) == 1


def test_a_wall_clock_that_steps_back_an_hour_changes_no_delay() -> None:
    room = Room(sensors=[sensor(2.0, 300.0, 300.0)])
    found = []
    for minute in range(10):
        stepped_s = 3600.0 if minute >= 3 else 0.0
        at = Moment(
            utc=moment(minute * 60.0 - stepped_s).utc,
            monotonic_s=moment(minute * 60.0).monotonic_s,
        )
        if room.tell(reading(0.0, 65.0, at=at)).events:
            found.append(minute)

    assert found == [5]


def test_a_low_limit_mirrors_a_high_one() -> None:
    plan = SensorPlan(
        id="th-01",
        room="room-1",
        stale_after_s=900.0,
        limits=(LimitPlan(quantity="temperature_c", side="low", limit=14.0, deadband=0.5),),
    )
    room = Room(sensors=[plan])
    found = []
    for minute, value in enumerate((15.0, 14.0, 13.9, 14.4, 14.5)):
        events = room.tell(reading(minute * 60.0, 50.0, temperature=value)).events
        found += [(minute, type(event)) for event in events]

    assert found == [(2, AlarmRaised), (4, AlarmReturnedToNormal)]


def test_the_alarm_says_what_was_measured_and_what_was_allowed() -> None:
    (event,) = Room(sensors=[sensor()]).tell(reading(0.0, 61.5)).events

    assert isinstance(event, AlarmRaised)
    assert (event.alarm_id, event.kind) == (HUMID, AlarmKind.CLIMATE_HIGH)
    assert event.detail["value"] == "61.5"
    assert event.detail["limit"] == "60"


def test_two_limits_of_one_quantity_have_an_alarm_each() -> None:
    plan = SensorPlan(
        id="th-01",
        room="room-1",
        stale_after_s=900.0,
        limits=(
            LimitPlan(quantity="relative_humidity_percent", side="high", limit=60.0),
            LimitPlan(
                quantity="relative_humidity_percent",
                side="high",
                limit=70.0,
                priority=Priority.HIGH,
            ),
        ),
    )
    room = Room(sensors=[plan])

    first = room.tell(reading(0.0, 65.0)).events
    second = room.tell(reading(60.0, 75.0)).events

    assert [len(first), len(second)] == [1, 1]


def test_time_alone_completes_a_delay_while_the_last_sample_is_fresh() -> None:
    room = Room(sensors=[sensor(on_s=100.0, stale_s=180.0)])
    room.tell(reading(0.0, 65.0))

    assert room.tick(99.0).events == ()
    (event,) = room.tick(100.0).events
    assert isinstance(event, AlarmRaised)


def test_time_alone_never_completes_a_delay_of_a_silent_sensor() -> None:
    room = Room(sensors=[sensor(on_s=300.0, stale_s=180.0)])
    room.tell(reading(0.0, 65.0))

    raised = [e for t in range(10, 2000, 10) for e in room.tick(float(t)).events]

    assert ids(raised) == [STALE]


def ids(events: list[Event]) -> list[str]:
    assert all(isinstance(event, (AlarmRaised, AlarmReturnedToNormal)) for event in events)
    return [event.alarm_id for event in events]  # type: ignore[union-attr]


def test_v7_silence_raises_its_own_alarm_and_clears_none() -> None:
    room = Room(sensors=[sensor(2.0, 0.0, 300.0, stale_s=180.0)])
    room.tell(reading(0.0, 65.0))

    silent = events_of([room.tick(float(t)) for t in range(10, 7200, 10)])
    back = list(room.tell(reading(7200.0, 50.0)).events)
    early = list(room.tell(reading(7380.0 + 60.0, 50.0)).events)
    late = list(room.tell(reading(7501.0, 50.0)).events)

    assert [(type(e), e.alarm_id) for e in silent] == [(AlarmRaised, STALE)]  # type: ignore[union-attr]
    assert [(type(e), e.alarm_id) for e in back] == [(AlarmReturnedToNormal, STALE)]  # type: ignore[union-attr]
    assert early == []
    assert [(type(e), e.alarm_id) for e in late] == [(AlarmReturnedToNormal, HUMID)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "bad",
    [
        {"quality": Quality.BAD, "humidity": 50.0},
        {"quality": Quality.GOOD, "humidity": None},
    ],
    ids=["of bad quality", "without the quantity that is watched"],
)
def test_readings_that_say_nothing_are_silence(bad: dict[str, object]) -> None:
    room = Room(sensors=[sensor(stale_s=180.0)])
    room.tell(reading(0.0, 65.0))

    events: list[Event] = []
    for t in range(10, 400, 10):
        events += room.tell(reading(float(t), **bad)).events  # type: ignore[arg-type]
        events += room.tick(float(t)).events

    assert ids(events) == [STALE]


def test_a_sensor_that_was_never_heard_is_silent_from_the_start_on() -> None:
    room = Room(sensors=[sensor(stale_s=180.0)])
    room.tick(0.0)

    assert room.tick(179.0).events == ()
    assert ids(list(room.tick(180.0).events)) == [STALE]


def test_zero_is_a_reading() -> None:
    plan = SensorPlan(
        id="th-01",
        room="room-1",
        stale_after_s=180.0,
        limits=(LimitPlan(quantity="temperature_c", side="low", limit=14.0),),
    )

    (event,) = Room(sensors=[plan]).tell(reading(0.0, 50.0, temperature=0.0)).events

    assert isinstance(event, AlarmRaised)


def test_an_alarm_that_stood_before_a_restart_is_cleared_by_its_limit() -> None:
    alarm = Alarm(
        id=HUMID,
        kind=AlarmKind.CLIMATE_HIGH,
        source="th-01",
        subject="relative_humidity_percent",
        holding_id=None,
        priority=Priority.MEDIUM,
        state=AlarmState.ACKNOWLEDGED,
        detail={},
    )
    room = Room(sensors=[sensor(2.0)], active_alarms=[alarm])

    assert room.tell(reading(0.0, 59.0)).events == ()
    assert ids(list(room.tell(reading(60.0, 57.0)).events)) == [HUMID]


def test_every_reading_of_a_known_sensor_is_kept() -> None:
    room = Room()
    told = reading(0.0, None, quality=Quality.BAD, temperature=None)

    assert room.tell(told).readings == (told,)


def test_a_reading_of_a_stranger_is_not() -> None:
    stranger = ClimateReading(
        at=moment(0.0),
        sensor="th-99",
        temperature_c=20.0,
        relative_humidity_percent=50.0,
        quality=Quality.GOOD,
        fault="",
    )

    assert Room().tell(stranger).readings == ()


def test_the_clock_of_a_tick_is_the_monotonic_one() -> None:
    room = Room(sensors=[sensor(stale_s=180.0)])
    room.tell(reading(0.0, 50.0))

    year_later = Moment(utc=START.replace(year=2027), monotonic_s=moment(1.0).monotonic_s)

    assert room.tell(Tick(at=year_later)).events == ()
