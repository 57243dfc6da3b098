"""What a monthly climate report is made of: the only way in for readings and alarms.

Nothing here knows where the samples lie or how alarms are kept. Times are aware; a month is a
calendar month of the site's own time zone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from controller.domain.preservation.record import Sample

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month, in one time zone."""

    year: int
    number: int
    zone: ZoneInfo

    @property
    def begin(self) -> datetime:
        """Its first moment, aware."""
        return datetime(self.year, self.number, 1, tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.next.begin

    @property
    def next(self) -> "Month":
        """The month after."""
        return self._by(1)

    @property
    def previous(self) -> "Month":
        """The month before."""
        return self._by(-1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    def _by(self, step: int) -> "Month":
        count = self.year * 12 + self.number - 1 + step
        return Month(count // 12, count % 12 + 1, self.zone)


def month_of(text: str, zone: ZoneInfo) -> Month:
    """The month that ``text`` (``2026-10``) names; ``ValueError`` says what is expected."""
    found = _MONTH.fullmatch(text)
    if found is None or int(found[1]) < 1970:
        raise ValueError(f"month {text!r}: write year and month, such as 2026-10")
    return Month(int(found[1]), int(found[2]), zone)


def month_around(at: datetime, zone: ZoneInfo) -> Month:
    """The month in which ``at`` lies."""
    local = at.astimezone(zone)
    return Month(local.year, local.month, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorMonth:
    """One sensor of the room and what it measured, oldest first."""

    id: str
    name: str
    interval_s: float
    samples: Sequence[Sample]
    """Of the month; good and uncertain ones, bad ones never."""
    uncertain: int = 0
    """How many of them the sensor itself, or its calibration, puts in doubt."""
    bad: int = 0
    """Readings that gave no value."""
    earlier: Sequence[Sample] = ()
    """Before the month, as far back as is known: for what needs more than a month."""
    calibration: str = ""
    """Certificate and due date in words; empty where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmOccurrence:
    """One alarm from its raising on, about a device of the room."""

    alarm_id: str
    kind: str
    source: str
    subject: str
    priority: str
    quantity: str
    raised_at: datetime
    returned_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMonth:
    """Everything that is known of one room's month."""

    site: str
    """The unit that keeps the archive, by name."""
    fonds: Sequence[str]
    """Code and name of each fonds kept there."""
    room: str
    room_name: str
    preset: str
    """Name of the limits it shall keep (:data:`controller.domain.preservation.limits.PRESETS`)."""
    month: Month
    known_until: datetime
    """The month's end, or now where it is not over."""
    sensors: Sequence[SensorMonth]
    alarms: Sequence[AlarmOccurrence]

    @property
    def whole(self) -> bool:
        """Whether the month is over."""
        return self.known_until >= self.month.end

    @property
    def expected_s(self) -> float:
        """Seconds of the month that could have been measured until now."""
        span = self.known_until.astimezone(UTC) - self.month.begin.astimezone(UTC)
        return max(0.0, span.total_seconds())
