"""Which devices answer. A lost one freezes what it knew and raises an alarm, once.

A door whose reader is lost is unguarded: that is worth more than a silent sensor.
"""

from collections.abc import Iterable

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.decision import Decision
from controller.domain.events import DeviceFailed, DeviceRecovered, Event
from controller.domain.model import AlarmKind, Priority
from drivers.observations import DeviceBack, DeviceLost


class Devices:
    """Lost or answering, by device id."""

    def __init__(
        self, *, doors: Iterable[str], alarms: AlarmBook, lost: Iterable[str] = ()
    ) -> None:
        self._doors = frozenset(doors)
        self._alarms = alarms
        self._lost = set(lost)
        self._answering: set[str] = set()

    def is_lost(self, device: str) -> bool:
        """Whether ``device`` is known not to answer."""
        return device in self._lost

    def lost(self, message: DeviceLost) -> Decision:
        """It stopped answering, or never did."""
        self._answering.discard(message.device)
        events: list[Event] = []
        if message.device not in self._lost:
            self._lost.add(message.device)
            events.append(
                DeviceFailed(at=message.at.utc, device=message.device, reason=message.reason)
            )
        condition = Condition(
            kind=AlarmKind.DEVICE_LOST,
            source=message.device,
            priority=Priority.HIGH if message.device in self._doors else Priority.MEDIUM,
            detail={"reason": message.reason},
        )
        events += self._alarms.condition_on(condition, message.at.utc)
        return Decision(events=tuple(events))

    def back(self, message: DeviceBack) -> Decision:
        """It answers: again, or for the first time since we started."""
        self._lost.discard(message.device)
        events: list[Event] = []
        if message.device not in self._answering:
            self._answering.add(message.device)
            events.append(
                DeviceRecovered(at=message.at.utc, device=message.device, detail=message.detail)
            )
        alarm_id = Condition(
            kind=AlarmKind.DEVICE_LOST, source=message.device, priority=Priority.MEDIUM
        ).alarm_id
        events += self._alarms.condition_off(alarm_id, message.at.utc, "answers again")
        return Decision(events=tuple(events))
