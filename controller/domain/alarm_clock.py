"""What time does to alarms: shelving ends, waiting escalates, suppression by design comes and goes.

How long an alarm has waited is measured, from when its state began; only after a restart does the
wall clock say how long that was. So a clock that steps prolongs no shelving.
"""

from controller.domain.alarms import AlarmBook
from controller.domain.events_alarms import (
    AlarmEscalated,
    AlarmEvent,
    AlarmUnshelved,
    AlarmUnsuppressed,
)
from controller.domain.model import Alarm, AlarmState
from controller.domain.plans_alarms import DAY_S, AlarmPlan
from drivers.observations import Moment

EVERY_S = 1.0
EXPIRED = "expired"


class AlarmClock:
    """Looks once a second at the alarms that stand."""

    def __init__(self, book: AlarmBook, plan: AlarmPlan) -> None:
        self._book = book
        self._plan = plan
        self._looked_s: float | None = None
        self._began: dict[str, tuple[Alarm, float]] = {}
        """When each one's state began, on the monotonic clock."""

    def tick(self, at: Moment) -> tuple[AlarmEvent, ...]:
        """Time passed."""
        if self._looked_s is not None and at.monotonic_s - self._looked_s < EVERY_S:
            return ()
        self._looked_s = at.monotonic_s
        standing = self._book.all_standing()
        self._began = {alarm.id: self._since(alarm, at) for alarm in standing}
        events: list[AlarmEvent] = []
        for alarm in standing:
            events += self._look(alarm, at)
        events += self._book.time_passed(at)
        return tuple(events)

    def _look(self, alarm: Alarm, at: Moment) -> tuple[AlarmEvent, ...]:
        by_design = self._book.suppressions.covering(alarm, at)
        match alarm.state:
            case AlarmState.OUT_OF_SERVICE:
                return ()  # somebody's work order goes before the design
            case AlarmState.SUPPRESSED:
                return () if by_design is not None else self._mean_again(alarm, at)
            case _ if by_design is not None:
                return (self._book.suppress(alarm, at.utc, by_design.id),)
            case AlarmState.SHELVED:
                return self._expire(alarm, at)
            case AlarmState.UNACKNOWLEDGED:
                return self._escalate(alarm, at)
            case _:
                return ()

    def _mean_again(self, alarm: Alarm, at: Moment) -> tuple[AlarmEvent, ...]:
        if self._book.suppressions.undecided(alarm, at):
            return ()
        return self._book.resume(
            AlarmUnsuppressed(at=at.utc, alarm_id=alarm.id, reason=alarm.reason)
        )

    def _expire(self, alarm: Alarm, at: Moment) -> tuple[AlarmEvent, ...]:
        if alarm.until is not None and alarm.since is not None:
            allowed_s = (alarm.until - alarm.since).total_seconds()
            if self._waited_s(alarm, at) < allowed_s:
                return ()
        return self._book.resume(
            AlarmUnshelved(at=at.utc, alarm_id=alarm.id, by="", reason=EXPIRED)
        )

    def _escalate(self, alarm: Alarm, at: Moment) -> tuple[AlarmEvent, ...]:
        """The highest level that is due and was not told: one message, however long we slept."""
        levels = self._plan.escalation.get(alarm.priority, ())
        if alarm.in_flood or not levels:
            return ()
        level = _level(levels, self._waited_s(alarm, at))
        if level <= alarm.level:
            return ()
        escalated = AlarmEscalated(
            at=at.utc,
            alarm_id=alarm.id,
            kind=alarm.kind,
            source=alarm.source,
            subject=alarm.subject,
            priority=alarm.priority,
            level=level,
            since=alarm.since or at.utc,
        )
        return (self._book.record(escalated),)

    def _waited_s(self, alarm: Alarm, at: Moment) -> float:
        return at.monotonic_s - self._began[alarm.id][1]

    def _since(self, alarm: Alarm, at: Moment) -> tuple[Alarm, float]:
        known = self._began.get(alarm.id)
        if known is not None and (known[0].state, known[0].since) == (alarm.state, alarm.since):
            return known
        since = alarm.since or at.utc
        return alarm, at.monotonic_s - max((at.utc - since).total_seconds(), 0.0)


def _level(levels: tuple[float, ...], waited_s: float) -> int:
    """How many levels are due; the last one is due again every day."""
    due = sum(waited_s >= each for each in levels)
    if due == len(levels):
        due += int((waited_s - levels[-1]) // DAY_S)
    return due
