"""Who is told of what, and when. Pure: the site file's rules, one event at a time."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from controller.config import Site
from controller.domain.model import AlarmKind, Priority
from controller.personal import masked
from controller.site_notifications import QuietHours, Recipient
from controller.store.notifications.queue import Happening, Notice

ABOUT: Final[Mapping[str, str]] = {
    "AlarmRaised": "raised",
    "AlarmPriorityRaised": "graver",
    "AlarmUnacknowledged": "again",
    "AlarmEscalated": "escalated",
    "LoanReminderDue": "reminder",
}
"""Events that people are told of, and what they mean to them."""

RANK: Final[Mapping[str, int]] = {
    priority.value: rank
    for rank, priority in enumerate(
        (Priority.LOW, Priority.MEDIUM, Priority.HIGH, Priority.CRITICAL)
    )
}

SETTLE: Final = timedelta(seconds=10)
"""What comes together is told together."""
SETTLE_CRITICAL: Final = timedelta(seconds=2)
IN_FLOOD: Final = timedelta(minutes=1)
"""Critical alarms within a flood: one message a minute."""

_DOORS: Final = frozenset(
    {AlarmKind.UNAUTHORISED_EXIT, AlarmKind.UNDECIDED_PASSAGE, AlarmKind.CLONED_TAG}
)
_EVERYBODY: Final = frozenset({AlarmKind.RACK_FAULT, AlarmKind.ALARM_FLOOD})


class Routing:
    """The rules of one site."""

    def __init__(self, site: Site) -> None:
        self._recipients = site.notifications.recipients
        self._digest_at = site.notifications.digest_at
        self._zone = ZoneInfo(site.site.timezone)
        self._rooms = {part.id: part.room for part in site.placed}

    def notices(self, happening: Happening, now: datetime) -> Iterator[Notice]:
        """What each recipient is to be told of one event, with the time from which on."""
        about = ABOUT[happening.kind]
        facts = happening.facts
        if about != "reminder" and _left_to_the_flood(facts):
            return
        priority = Priority.LOW if about == "reminder" else Priority(facts["priority"])
        for recipient in self._recipients:
            if self._wants(recipient, about, facts):
                yield Notice(
                    event_id=happening.event_id,
                    recipient=recipient.id,
                    about=about,
                    priority=priority.value,
                    facts=masked({**facts, "room": self._rooms.get(facts.get("source", ""), "")}),
                    due_at=self._due(recipient, about, facts, now),
                )

    def _wants(self, recipient: Recipient, about: str, facts: Mapping[str, Any]) -> bool:
        if about == "reminder":
            return recipient.reminders
        level = int(facts["level"]) if about == "escalated" else 0
        room = self._rooms.get(facts["source"], "")
        return (
            level >= recipient.level
            and RANK[facts["priority"]] >= RANK[recipient.least_priority.value]
            and (not recipient.rooms or room in recipient.rooms)
            and _is_for(recipient, facts["kind"])
        )

    def _due(
        self, recipient: Recipient, about: str, facts: Mapping[str, Any], now: datetime
    ) -> datetime:
        if about == "reminder":
            return self._after_quiet(recipient, _next(self._digest_at, now, self._zone))
        if facts["priority"] == Priority.CRITICAL:
            return now + (IN_FLOOD if facts.get("in_flood") else SETTLE_CRITICAL)
        return self._after_quiet(recipient, now + SETTLE)

    def _after_quiet(self, recipient: Recipient, at: datetime) -> datetime:
        if recipient.quiet is None or not is_quiet(recipient.quiet, at.astimezone(self._zone)):
            return at
        return _next(recipient.quiet.end, at, self._zone)


def is_quiet(quiet: QuietHours, local: datetime) -> bool:
    """Whether that time lies in quiet hours; their end does not."""
    now = local.time()
    if quiet.begin < quiet.end:
        return quiet.begin <= now < quiet.end
    return now >= quiet.begin or now < quiet.end


def _left_to_the_flood(facts: Mapping[str, Any]) -> bool:
    """A flood of alarms stands, and its own alarm is the one notice of it."""
    return bool(facts.get("in_flood")) and facts["priority"] != Priority.CRITICAL


def _is_for(recipient: Recipient, kind: str) -> bool:
    if kind in _EVERYBODY or "administrator" in recipient.roles:
        return True
    return ("staff" if kind in _DOORS else "facilities") in recipient.roles


def _next(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    """The next time the site's clocks show ``at``, now included."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), at, zone)
    if today >= local:
        return today
    return datetime.combine(local.date() + timedelta(days=1), at, zone)
