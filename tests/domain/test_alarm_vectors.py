"""The vectors V4 to V10 of the alarm reference; V1 to V3 and V6 stand with climate and states."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from controller.domain.alarm_metrics import FloodSpan, Raised, chatter, floods, summarise
from controller.domain.events import AlarmRaised, AlarmReturnedToNormal, Event
from controller.domain.events_alarms import AlarmEscalated, ExcursionFoundInBackfill
from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority
from controller.domain.plans import LimitPlan, SensorPlan
from controller.domain.plans_alarms import AlarmPlan, Suppression
from controller.domain.plans_climate import ClimateRules
from controller.domain.requests import AcknowledgeAlarm
from drivers.observations import ClimateReading, InputChanged, Quality
from tests.domain.rooms import START, Room, asked, events_of, moment

HUMID = "climate_high:th-01:relative_humidity_percent"


def sensor(
    number: int = 1, *, on_s: float = 0.0, off_s: float = 0.0, stale_s: float = 900.0
) -> SensorPlan:
    limit = LimitPlan(
        quantity="relative_humidity_percent",
        side="high",
        limit=60.0,
        deadband=2.0,
        on_delay_s=on_s,
        off_delay_s=off_s,
    )
    return SensorPlan(id=f"th-{number:02d}", room="room-1", stale_after_s=stale_s, limits=(limit,))


def reading(
    seconds: float, humidity: float, *, number: int = 1, temperature: float = 20.0
) -> ClimateReading:
    return ClimateReading(
        at=moment(seconds),
        sensor=f"th-{number:02d}",
        temperature_c=temperature,
        relative_humidity_percent=humidity,
        quality=Quality.GOOD,
        fault="",
    )


def test_v4_a_flood_has_one_beginning_one_end_and_a_peak() -> None:
    times = [*range(0, 301, 30), 900, 1300]

    assert floods(times, 2000.0) == [FloodSpan(begun_s=270, ended_s=780, peak=11)]


def test_v5_chatter_is_three_within_a_minute() -> None:
    assert chatter([0, 20, 45, 200, 260, 320]) == [45]


def test_the_figures_count_days_floods_and_the_worst() -> None:
    raised = [Raised(at_s=float(s), alarm_id="a", priority="high") for s in range(0, 301, 30)]
    raised.append(Raised(at_s=90_000.0, alarm_id="b", priority="low"))

    figures = summarise(raised, 0.0, 2 * 86_400.0)

    assert (figures.alarms, figures.per_day, figures.most_in_a_day) == (12, 6.0, 11)
    assert (figures.days_over_target, figures.floods, figures.most_in_ten_minutes) == (1, 1, 11)
    assert figures.worst == {"a": 11, "b": 1}
    assert figures.priorities_percent == pytest.approx({"high": 1100 / 12, "low": 100 / 12})


def test_v7_silence_during_an_acknowledged_alarm_leaves_it_acknowledged() -> None:
    room = Room(sensors=[sensor(off_s=300.0, stale_s=180.0)])
    room.tell(reading(0.0, 65.0))
    room.tell(AcknowledgeAlarm(asked=asked(1.0), alarm_id=HUMID, note="seen"))
    book = room.stackroom._alarms

    events_of([room.tick(float(t)) for t in range(10, 7200, 10)])
    stood = [(a.id, a.state) for a in book.all_standing()]
    room.tell(reading(7200.0, 50.0))
    back = {a.id: a.state for a in book.all_standing()}
    room.tell(reading(7499.0, 50.0))
    early = book.get(HUMID)
    room.tell(reading(7501.0, 50.0))

    assert stood == [
        (HUMID, AlarmState.ACKNOWLEDGED),
        ("climate_stale:th-01", AlarmState.UNACKNOWLEDGED),
    ]
    assert back["climate_stale:th-01"] is AlarmState.RETURNED_UNACKNOWLEDGED
    assert early is not None
    assert book.get(HUMID) is None


def test_v8_an_excursion_in_backfill_is_written_down_and_alarms_nobody() -> None:
    room = Room(sensors=[sensor(on_s=300.0)])
    room.tell(reading(0.0, 50.0))
    told = []
    for minute in range(150):
        humid = 65.0 if 10 <= minute <= 130 else 50.0
        at = replace(moment(10.0), utc=START - timedelta(hours=5) + timedelta(minutes=minute))
        told.append(room.tell(replace(reading(0.0, humid), at=at, hist=True)))

    (found,) = events_of(told)

    assert isinstance(found, ExcursionFoundInBackfill)
    assert found.until - found.since == timedelta(hours=2)
    assert (found.alarm_id, found.worst, found.samples) == (HUMID, 65.0, 121)
    assert all(len(decision.readings) == 1 for decision in told)
    assert room.stackroom._alarms.all_standing() == []


def test_v8_backfill_clears_nothing() -> None:
    room = Room(sensors=[sensor()])
    room.tell(reading(0.0, 65.0))

    events = [
        *room.tell(replace(reading(60.0, 40.0), hist=True)).events,
        *room.tick(130.0).events,
    ]

    assert events == []
    assert room.stackroom._alarms.condition_holds(HUMID)


def test_an_excursion_that_backfill_leaves_open_is_told_when_no_more_comes() -> None:
    room = Room(sensors=[sensor()])
    room.tick(0.0)
    assert room.tell(replace(reading(1.0, 65.0), hist=True)).events == ()

    (found,) = [e for e in room.tick(70.0).events if isinstance(e, ExcursionFoundInBackfill)]

    assert found.samples == 1


def test_v9_a_delay_that_ran_before_a_restart_goes_on_from_there() -> None:
    before = [reading(float(s), 65.0) for s in (0, 60, 120, 180)]
    stored = [replace(each, at=replace(each.at, monotonic_s=0.0)) for each in before]
    room = Room(sensors=[sensor(on_s=300.0)], recent_readings=stored)

    early = [*room.tick(200.0).events, *room.tell(reading(240.0, 65.0)).events]
    late = list(room.tell(reading(300.0, 65.0)).events)

    assert early == []
    assert [type(event) for event in late] == [AlarmRaised]


def test_v9_nobody_measured_for_long_so_the_delay_starts_anew() -> None:
    stored = [reading(float(s), 65.0) for s in (0, 60, 120)]
    room = Room(sensors=[sensor(on_s=300.0, stale_s=180.0)], recent_readings=stored)

    events = [*room.tick(3600.0).events, *room.tell(reading(3601.0, 65.0)).events]

    assert events == []


def standing(level: int, since_s: float = 0.0) -> Alarm:
    return Alarm(
        id=HUMID,
        kind=AlarmKind.CLIMATE_HIGH,
        source="th-01",
        subject="relative_humidity_percent",
        holding_id=None,
        priority=Priority.CRITICAL,
        state=AlarmState.UNACKNOWLEDGED,
        detail={},
        since=moment(since_s).utc,
        level=level,
    )


@pytest.mark.parametrize(("level", "told"), [(0, [1]), (1, []), (2, [])])
def test_v9_an_escalation_is_not_sent_twice_over_a_restart(level: int, told: list[int]) -> None:
    plan = sensor(stale_s=90_000.0)
    room = Room(sensors=[plan], active_alarms=[standing(level)])

    events = [*room.tick(1000.0).events, *room.tick(1002.0).events]

    assert [e.level for e in events if isinstance(e, AlarmEscalated)] == told


def escalations(room: Room, until_s: int) -> Iterator[tuple[int, float]]:
    for second in range(0, until_s, 60):
        for event in room.tick(float(second)).events:
            if isinstance(event, AlarmEscalated):
                yield event.level, second / 60.0


def test_a_critical_alarm_escalates_after_15_30_and_60_minutes_and_then_daily() -> None:
    room = Room(sensors=[sensor(stale_s=900_000.0)], active_alarms=[standing(0)])

    found = list(escalations(room, 26 * 3600))

    assert found == [(1, 15.0), (2, 30.0), (3, 60.0), (4, 1500.0)]


def test_an_acknowledgement_stops_escalation() -> None:
    room = Room(sensors=[sensor(stale_s=900_000.0)], active_alarms=[standing(0)])
    list(escalations(room, 1200))
    room.tell(AcknowledgeAlarm(asked=asked(1201.0), alarm_id=HUMID, note="on my way"))

    assert not [e for s in range(1260, 9000, 60) for e in room.tick(float(s)).events]


def test_v10_samples_older_than_the_last_are_stored_and_not_judged() -> None:
    room = Room(sensors=[sensor()])
    room.tell(reading(7200.0, 50.0))

    decisions = [room.tell(reading(3600.0 + s, 70.0)) for s in range(0, 600, 60)]

    assert events_of(decisions) == []
    assert all(len(decision.readings) == 1 for decision in decisions)


def test_500_rules_at_once_are_one_notice_and_no_storm() -> None:
    room = Room(sensors=[sensor(n, stale_s=90_000.0) for n in range(500)])
    room.tick(0.0)

    events = events_of([room.tell(reading(1.0, 70.0, number=n)) for n in range(500)])
    later = events_of([room.tick(float(s)) for s in range(2, 20_000, 300)])

    raised = [event for event in events if isinstance(event, AlarmRaised)]
    told = [event for event in raised if not event.in_flood]
    assert len(raised) == 501
    assert [e.kind for e in told].count(AlarmKind.ALARM_FLOOD) == 1
    assert len(told) == 10
    escalated = [event for event in later if isinstance(event, AlarmEscalated)]
    assert len(escalated) == 10


def test_a_flood_notice_stands_until_everything_it_spoke_for_was_seen() -> None:
    room = Room(sensors=[sensor(n, stale_s=90_000.0) for n in range(12)])
    for number in range(12):
        room.tell(reading(1.0, 70.0, number=number))
    waiting = events_of([room.tick(700.0)])
    for number in range(12):
        alarm_id = f"climate_high:th-{number:02d}:relative_humidity_percent"
        room.tell(AcknowledgeAlarm(asked=asked(800.0), alarm_id=alarm_id, note="seen"))

    ended = room.tick(802.0).events

    assert not [event for event in waiting if isinstance(event, AlarmReturnedToNormal)]
    assert [event.alarm_id for event in ended if isinstance(event, AlarmReturnedToNormal)] == [
        "alarm_flood:controller"
    ]


def test_a_door_held_open_on_purpose_suppresses_and_the_condition_is_told_after_it() -> None:
    by_contact = Suppression(
        id="delivery",
        kinds=frozenset({AlarmKind.CLIMATE_HIGH}),
        sources=frozenset({"th-01"}),
        input=("door-north", 3),
        settle_s=60.0,
    )
    room = Room(sensors=[sensor()], alarm_plan=AlarmPlan(suppressions=(by_contact,)))

    def contact(seconds: float, active: bool) -> InputChanged:
        return InputChanged(at=moment(seconds), device="door-north", input=3, active=active)

    def kinds(events: tuple[Event, ...]) -> list[str]:
        return [type(event).__name__ for event in events]

    room.tell(contact(0.0, True))
    assert kinds(room.tell(reading(1.0, 70.0)).events) == [
        "AlarmSuppressed",
        "AlarmConditionChanged",
    ]
    room.tell(contact(10.0, False))
    assert kinds(room.tick(60.0).events) == []
    assert kinds(room.tick(71.0).events) == ["AlarmUnsuppressed", "AlarmRaised"]


RULED = SensorPlan(
    id="th-01", room="room-1", stale_after_s=90_000.0, rules=ClimateRules(daily_k=2.0)
)


def raised_by(room: Room, readings: list[ClimateReading]) -> set[AlarmKind]:
    events = events_of([room.tell(each) for each in readings])
    return {event.kind for event in events if isinstance(event, AlarmRaised)}


@pytest.mark.parametrize(
    ("kelvins_an_hour", "kinds"), [(1.9, set()), (2.2, {AlarmKind.CLIMATE_RATE})]
)
def test_a_change_of_more_than_2_kelvins_within_an_hour_is_told(
    kelvins_an_hour: float, kinds: set[AlarmKind]
) -> None:
    room = Room(sensors=[RULED])
    readings = [
        reading(m * 60.0, 50.0 + 0.1 * (m % 2), temperature=20.0 + kelvins_an_hour * m / 60.0)
        for m in range(62)
    ]

    assert raised_by(room, readings) == kinds


def test_humidity_that_stands_still_for_12_hours_is_a_dead_probe() -> None:
    room = Room(sensors=[RULED])
    quarter_s = 900.0
    moving = [reading(n * quarter_s, 50.0, temperature=20.0 + 0.1 * (n % 2)) for n in range(48)]
    assert raised_by(room, moving) == set()

    later = [reading((48 + n) * quarter_s, 50.0, temperature=20.05) for n in range(3)]

    assert raised_by(room, later) == {AlarmKind.CLIMATE_FLATLINE}


def test_a_quarter_of_an_hour_far_from_the_mean_of_the_day_is_told() -> None:
    room = Room(sensors=[RULED])
    day = [reading(n * 300.0, 50.0 + 0.1 * (n % 2), temperature=20.0) for n in range(288)]
    assert raised_by(room, day) == set()

    warm = [
        reading((288 + n) * 300.0, 50.0 + 0.1 * (n % 2), temperature=20.0 + min(n, 25) * 0.1)
        for n in range(40)
    ]

    assert AlarmKind.CLIMATE_DAILY in raised_by(room, warm)


def test_two_sensors_of_a_room_that_disagree_for_6_hours_are_told_of_once() -> None:
    pair = [replace(RULED, id=f"th-{n:02d}") for n in (1, 2)]
    room = Room(sensors=pair)
    readings = [
        reading(n * 900.0 + sensor_, 50.0 + 0.1 * (n % 2) + 9.0 * (sensor_ == 2), number=sensor_)
        for n in range(26)
        for sensor_ in (1, 2)
    ]

    events = events_of([room.tell(each) for each in readings])
    told = [e for e in events if isinstance(e, AlarmRaised)]

    assert [(e.kind, e.source) for e in told] == [(AlarmKind.CLIMATE_DISAGREEMENT, "th-02")]


def test_a_wall_close_to_the_dew_point_is_told_after_ten_minutes() -> None:
    air = replace(RULED, id="th-01", surface_sensor="th-02")
    wall = replace(RULED, id="th-02", room="wall")
    room = Room(sensors=[air, wall])
    told = []
    for minute in range(14):
        room.tell(reading(minute * 60.0, 40.0 + 0.1 * (minute % 2), number=2, temperature=11.0))
        humid = 55.0 + 0.1 * (minute % 2)  # dew point 10.7 degrees
        events = room.tell(reading(minute * 60.0 + 1, humid, number=1)).events
        told += [(e.kind, minute) for e in events if isinstance(e, AlarmRaised)]

    assert told == [(AlarmKind.DEW_POINT_MARGIN, 10)]


def test_a_low_battery_is_an_advice() -> None:
    room = Room(sensors=[RULED])

    (event,) = room.tell(replace(reading(0.0, 50.0), battery_percent=12.0)).events

    assert isinstance(event, AlarmRaised)
    assert (event.kind, event.priority) == (AlarmKind.SENSOR_BATTERY, Priority.LOW)
