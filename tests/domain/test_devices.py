"""Devices that fall silent, and the controller's own troubles."""

import pytest

from controller.domain.decision import Decision, Fault
from controller.domain.events import (
    AlarmRaised,
    AlarmReturnedToNormal,
    DeviceFailed,
    DeviceRecovered,
)
from controller.domain.model import Alarm, AlarmKind, AlarmState, Priority
from drivers.observations import (
    CommandOutcome,
    DeviceBack,
    DeviceLost,
    Outcome,
    RackMode,
    RackStatus,
    TagRead,
)
from tests.domain.rooms import Room, moment, report


def lose(room: Room, device: str, seconds: float = 0.0) -> Decision:
    return room.tell(DeviceLost(at=moment(seconds), device=device, reason="no answer"))


def back(room: Room, device: str, seconds: float = 1.0) -> Decision:
    return room.tell(DeviceBack(at=moment(seconds), device=device, detail="R420 5.14"))


@pytest.mark.parametrize(
    ("device", "priority"),
    [
        ("door-north", Priority.HIGH),
        ("rack-a", Priority.MEDIUM),
        ("th-01", Priority.MEDIUM),
    ],
)
def test_a_lost_device_is_an_alarm_and_an_unguarded_door_a_grave_one(
    device: str, priority: Priority
) -> None:
    failed, alarm = lose(Room(), device).events

    assert isinstance(failed, DeviceFailed)
    assert failed.reason == "no answer"
    assert isinstance(alarm, AlarmRaised)
    assert (alarm.alarm_id, alarm.priority) == (f"device_lost:{device}", priority)


def test_a_device_that_comes_back_returns_its_alarm_to_normal() -> None:
    room = Room()
    lose(room, "th-01")

    recovered, normal = back(room, "th-01").events

    assert isinstance(recovered, DeviceRecovered)
    assert recovered.detail == "R420 5.14"
    assert isinstance(normal, AlarmReturnedToNormal)


def test_lost_twice_and_back_twice_are_told_once() -> None:
    room = Room()
    assert len(lose(room, "th-01").events) == 2
    assert lose(room, "th-01").events == ()
    assert len(back(room, "th-01").events) == 2
    assert back(room, "th-01").events == ()


def test_a_device_answering_for_the_first_time_is_recorded() -> None:
    assert [type(e) for e in back(Room(), "door-north").events] == [DeviceRecovered]


def test_what_was_lost_before_a_restart_is_not_told_again() -> None:
    alarm = Alarm(
        id="device_lost:door-north",
        kind=AlarmKind.DEVICE_LOST,
        source="door-north",
        subject="",
        holding_id=None,
        priority=Priority.HIGH,
        state=AlarmState.ACKNOWLEDGED,
        detail={},
    )
    room = Room(active_alarms=[alarm], lost_devices=["door-north"])

    assert lose(room, "door-north").events == ()
    recovered, normal = back(room, "door-north").events
    assert isinstance(recovered, DeviceRecovered)
    assert isinstance(normal, AlarmReturnedToNormal)


@pytest.mark.parametrize(
    ("kind", "priority"), [("store_full", Priority.CRITICAL), ("clock_stepped", Priority.MEDIUM)]
)
def test_the_controllers_own_trouble_is_an_alarm_like_any_other(
    kind: str, priority: Priority
) -> None:
    room = Room()
    begins = Fault(at=moment(0.0), kind=kind, active=True, detail="disk full")
    ends = Fault(at=moment(9.0), kind=kind, active=False, detail="room again")

    (alarm,) = room.stackroom.handle(begins).events
    (again,) = (room.stackroom.handle(begins).events,)
    (normal,) = room.stackroom.handle(ends).events

    assert isinstance(alarm, AlarmRaised)
    assert (alarm.alarm_id, alarm.priority) == (f"{kind}:controller", priority)
    assert again == ()
    assert isinstance(normal, AlarmReturnedToNormal)


def stood(kind: AlarmKind, source: str, key: str = "", holding_id: str | None = None) -> Alarm:
    return Alarm(
        id=f"{kind}:{source}" + (f":{key}" if key else ""),
        kind=kind,
        source=source,
        subject=key,
        holding_id=holding_id,
        priority=Priority.MEDIUM,
        state=AlarmState.UNACKNOWLEDGED,
        detail={},
    )


def test_alarms_of_what_left_the_site_file_end_and_those_of_holdings_stay() -> None:
    gone = [
        stood(AlarmKind.DEVICE_LOST, "th-07"),
        stood(AlarmKind.CLIMATE_LOW, "th-01", "temperature_c"),
    ]
    kept = [
        stood(AlarmKind.DEVICE_LOST, "th-01"),
        stood(AlarmKind.STORE_FULL, "controller"),
        stood(AlarmKind.CLIMATE_HIGH, "th-01", "relative_humidity_percent"),
        stood(AlarmKind.UNAUTHORISED_EXIT, "door-walled-up", "holding-1", "holding-1"),
    ]
    room = Room(active_alarms=[*gone, *kept])

    first = room.tick(0.0).events

    assert {e.alarm_id for e in first if isinstance(e, AlarmReturnedToNormal)} == {
        alarm.id for alarm in gone
    }
    assert room.tick(0.1).events == ()


def test_messages_of_devices_that_are_not_in_the_site_file_are_ignored() -> None:
    room = Room()
    stranger = RackStatus(
        at=moment(0.0),
        rack="rack-z",
        mode=RackMode.IDLE,
        open_aisle=None,
        presence=(),
        fault_code=0,
    )
    word = CommandOutcome(
        at=moment(0.0), device="rack-z", command_id="c", outcome=Outcome.DONE, detail=""
    )
    tags = report(0.0, [TagRead("E2", 1, -50.0, None, 1)], reader="door-z")

    for message in (stranger, word, tags):
        assert room.tell(message) == Decision()
