"""The one alarm a bank or machine can be: stopped by itself, faulty, or a stop not confirmed."""

from controller.domain.alarms import AlarmBook, Condition
from controller.domain.events import Event
from controller.domain.model import AlarmKind, Priority
from drivers.observations import CommandOutcome, MachineStatus, Outcome, RackMode, RackStatus

IN_TROUBLE = frozenset(
    {RackMode.PROTECTIVE_STOP, RackMode.EMERGENCY_STOP, RackMode.FAULT, RackMode.POWER_LOST}
)


class RackAlarms:
    """The alarm of one bank, lift, crane or carousel."""

    def __init__(self, rack: str, alarms: AlarmBook) -> None:
        self._rack = rack
        self._alarms = alarms

    def observe(self, status: RackStatus | MachineStatus) -> tuple[Event, ...]:
        """Raise it while the bank is in trouble; end it when it clearly is not."""
        if status.mode in IN_TROUBLE or status.fault_code != 0:
            urgent = status.mode is RackMode.EMERGENCY_STOP
            detail = {"mode": str(status.mode), "fault_code": str(status.fault_code)}
            condition = self._fault(Priority.HIGH if urgent else Priority.MEDIUM, detail)
            return self._alarms.condition_on(condition, status.at.utc)
        if status.mode in (RackMode.UNKNOWN, RackMode.MOVING):
            return ()  # says nothing about whether the trouble is over
        alarm_id = self._fault(Priority.MEDIUM, {}).alarm_id
        return self._alarms.condition_off(alarm_id, status.at.utc, f"mode {status.mode}")

    def stop_outcome(self, message: CommandOutcome) -> tuple[Event, ...]:
        """A stop that was not confirmed needs a person at the bank."""
        if message.outcome in (Outcome.DONE, Outcome.STOPPED):
            return ()
        detail = {"reason": "stop_not_confirmed", "detail": message.detail}
        return self._alarms.condition_on(self._fault(Priority.HIGH, detail), message.at.utc)

    def _fault(self, priority: Priority, detail: dict[str, str]) -> Condition:
        return Condition(
            kind=AlarmKind.RACK_FAULT, source=self._rack, priority=priority, detail=detail
        )
