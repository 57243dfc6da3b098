"""The controller's own alarms, and the end of those whose device nobody watches any more."""

from collections.abc import Collection, Iterable, Iterator

from controller.domain.alarms import CONTROLLER, AlarmBook, Condition
from controller.domain.decision import Fault
from controller.domain.events_alarms import AlarmEvent, AlarmReturnedToService
from controller.domain.model import AlarmKind, AlarmState, Priority
from controller.domain.plans_alarms import AREAS, Area
from drivers.observations import Moment

_OWN_TROUBLE = {
    "store_full": (AlarmKind.STORE_FULL, Priority.CRITICAL),
    "clock_stepped": (AlarmKind.CLOCK_STEPPED, Priority.MEDIUM),
}
_OF_SENSORS = frozenset(
    kind for kind, area in AREAS.items() if area in (Area.CLIMATE, Area.DEVICE)
) - {AlarmKind.DEVICE_LOST}
NO_LONGER_WATCHED = "no longer watched"


def own_trouble(book: AlarmBook, message: Fault) -> tuple[AlarmEvent, ...]:
    """What the controller found out about itself."""
    kind, priority = _OWN_TROUBLE[message.kind]
    condition = Condition(
        kind=kind, source=CONTROLLER, priority=priority, detail={"detail": message.detail}
    )
    if message.active:
        return book.condition_on(condition, message.at.utc)
    return book.condition_off(condition.alarm_id, message.at.utc, message.detail)


def forget_unwatched(
    book: AlarmBook, devices: Collection[str], rules: Collection[str], at: Moment
) -> tuple[AlarmEvent, ...]:
    """Alarms of devices and rules that have left the site file: nothing would end them.

    ``rules`` are the ids of every alarm that some sensor can raise.
    """
    events: list[AlarmEvent] = []
    for alarm in book.all_standing():
        rule_gone = alarm.kind in _OF_SENSORS and alarm.id not in rules
        of_holding = alarm.holding_id is not None
        if rule_gone or (alarm.source not in devices and not of_holding):
            events += book.condition_off(alarm.id, at.utc, NO_LONGER_WATCHED)
            if alarm.state is AlarmState.OUT_OF_SERVICE:
                back = AlarmReturnedToService(
                    at=at.utc, alarm_id=alarm.id, by="", note=NO_LONGER_WATCHED
                )
                events += book.resume(back)
    return tuple(events)


def device_alarms(devices: Iterable[str], racks: Iterable[str]) -> Iterator[Condition]:
    """What could be raised about devices and banks, whatever has happened so far."""
    for device in devices:
        yield Condition(kind=AlarmKind.DEVICE_LOST, source=device, priority=Priority.MEDIUM)
    for rack in racks:
        yield Condition(kind=AlarmKind.RACK_FAULT, source=rack, priority=Priority.MEDIUM)
