"""Facts about alarms: the life of one after ISA-18.2 (IEC 62682), and what was found too late.

Events as in ``events``: past tense, never edited. Those that can be the first about their alarm
say what it is; the others name it only.
"""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.model import AlarmKind, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised:
    """A condition needs a person. Raising a raised alarm again is a new occurrence."""

    at: datetime
    alarm_id: str
    kind: AlarmKind
    source: str
    subject: str
    holding_id: str | None
    priority: Priority
    detail: dict[str, str]
    latched: bool = False
    """It stays, after its condition has gone and a person has seen it, until it is reset."""
    auto_acknowledges: bool = False
    """It is over when its condition has gone, seen or not."""
    in_flood: bool = False
    """A flood of alarms stands: its own alarm is the one notice of all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledged:
    """A person has seen it."""

    at: datetime
    alarm_id: str
    by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReturnedToNormal:
    """The condition is gone; an unacknowledged alarm stays until a person has seen it."""

    at: datetime
    alarm_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPriorityRaised:
    """It has become graver: whoever has seen it must look again."""

    at: datetime
    alarm_id: str
    priority: Priority
    before: Priority
    detail: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmUnacknowledged:
    """A person took an acknowledgement back."""

    at: datetime
    alarm_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReset:
    """A person has let go a latched alarm whose condition is gone."""

    at: datetime
    alarm_id: str
    by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEscalated:
    """Nobody has acknowledged it in time."""

    at: datetime
    alarm_id: str
    kind: AlarmKind
    source: str
    subject: str
    priority: Priority
    level: int
    """From 1; beyond the configured levels the last one is told again, once a day."""
    since: datetime
    """When it began to wait; (alarm, since, level) is told once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmShelved:
    """A person put it aside for a time."""

    at: datetime
    alarm_id: str
    kind: AlarmKind
    source: str
    subject: str
    holding_id: str | None
    priority: Priority
    detail: dict[str, str]
    until: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmUnshelved:
    """It is heard again. Where the condition holds, it is raised at once."""

    at: datetime
    alarm_id: str
    by: str
    """Empty: its time was up."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSuppressed:
    """It means nothing now, as the site file foresees: an emptied zone, a door held open."""

    at: datetime
    alarm_id: str
    kind: AlarmKind
    source: str
    subject: str
    holding_id: str | None
    priority: Priority
    detail: dict[str, str]
    reason: str
    """The id of the suppression in the site file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmUnsuppressed:
    """It means something again. Where the condition holds, it is raised at once."""

    at: datetime
    alarm_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTakenOutOfService:
    """Somebody works on what it watches."""

    at: datetime
    alarm_id: str
    kind: AlarmKind
    source: str
    subject: str
    holding_id: str | None
    priority: Priority
    detail: dict[str, str]
    by: str
    reason: str
    work_order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReturnedToService:
    """The work is done. Where the condition holds, it is raised at once."""

    at: datetime
    alarm_id: str
    by: str
    """Empty: nothing of the kind is watched any more."""
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmConditionChanged:
    """The condition came or went while the alarm was put aside: recorded, not told."""

    at: datetime
    alarm_id: str
    active: bool
    reason: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionFoundInBackfill:
    """Measured then, known only now: it belongs in the reports and raises no alarm."""

    at: datetime
    alarm_id: str
    """What it would have been."""
    sensor: str
    quantity: str
    side: str
    limit: float
    worst: float
    since: datetime
    until: datetime
    samples: int


AlarmEvent = (
    AlarmRaised
    | AlarmAcknowledged
    | AlarmReturnedToNormal
    | AlarmPriorityRaised
    | AlarmUnacknowledged
    | AlarmReset
    | AlarmEscalated
    | AlarmShelved
    | AlarmUnshelved
    | AlarmSuppressed
    | AlarmUnsuppressed
    | AlarmTakenOutOfService
    | AlarmReturnedToService
    | AlarmConditionChanged
)
"""What changes an alarm."""
