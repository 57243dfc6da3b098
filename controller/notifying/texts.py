"""What a message says, in the recipient's language: a subject and plain lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from controller.config import Site
from controller.language import Words, mark, words
from controller.notifying.routing import RANK
from controller.reporting.naming import KINDS, PRIORITIES, QUANTITIES, UNITS
from controller.store.notifications.queue import Notice, Waiting

MOST_LINES: Final = 50
_MARKS: Final[Mapping[str, str]] = {
    "graver": mark("graver now"),
    "again": mark("acknowledgement withdrawn"),
    "escalated": mark("nobody has answered"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """One message in words."""

    subject: str
    body: str


class Writer:
    """Writes the messages of one site."""

    def __init__(self, site: Site) -> None:
        self._name = site.site.name
        self._tags = {r.id: r.language or site.site.language for r in site.notifications.recipients}
        self._zone = ZoneInfo(site.site.timezone)
        self._rooms = {room.id: room.name for room in site.rooms}
        self._parts = {part.id: part.name for part in site.placed}

    def language(self, recipient: str) -> str:
        """The language in which ``recipient`` is told."""
        return self._tags.get(recipient, "en")

    def text(self, message: Waiting) -> Text:
        """The message in its recipient's language; the gravest first."""
        t = words(self.language(message.recipient))
        ordered = sorted(message.notices, key=lambda notice: -RANK[notice.priority])
        lines = [self._line(t, notice) for notice in ordered]
        if len(lines) > MOST_LINES:
            more = t("… and %(count)s more.", count=len(lines) - MOST_LINES)
            lines = [*lines[:MOST_LINES], more]
        closing = t("Sent by the controller of %(site)s. See the alarms page.", site=self._name)
        subject = f"[{self._name}] {self._subject(t, ordered)}"
        return Text(" ".join(subject.split()), "\n".join([*lines, "", closing, ""]))

    def _subject(self, t: Words, ordered: Sequence[Notice]) -> str:
        first = self._what(t, ordered[0])
        if len(ordered) == 1:
            return first
        return t("%(count)s notices: %(first)s …", count=len(ordered), first=first)

    def _what(self, t: Words, notice: Notice) -> str:
        facts = notice.facts
        if notice.about == "test":
            return t("Test message")
        if notice.about == "reminder":
            return t("Reminder of loans: %(borrower)s", borrower=facts.get("borrower", "–"))
        kind = str(facts.get("kind", ""))
        said = f"{t(PRIORITIES[notice.priority])} · {t(KINDS.get(kind, kind))}"
        known = _MARKS.get(notice.about)
        return f"{said} · {t(known)}" if known else said

    def _line(self, t: Words, notice: Notice) -> str:
        facts = notice.facts
        if notice.about == "test":
            return t("Notifications reach you.")
        what = self._what(t, notice)
        if notice.about == "reminder":
            loans = facts.get("loans", {})
            return what + t(" (%(count)s loans)", count=len(loans))
        source = str(facts.get("source", ""))
        room = self._rooms.get(str(facts.get("room", "")), "")
        where = " · ".join(part for part in (room, self._parts.get(source, source)) if part)
        told = (what, where, _subject_of(facts), _measured(t, facts.get("detail", {})))
        return " · ".join([self._stamp(facts), *(part for part in told if part)])

    def _stamp(self, facts: Mapping[str, Any]) -> str:
        at = datetime.fromisoformat(str(facts["at"]))
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"


def _subject_of(facts: Mapping[str, Any]) -> str:
    subject = str(facts.get("subject", ""))
    return "" if subject in QUANTITIES else subject


def _measured(t: Words, detail: Mapping[str, str]) -> str:
    quantity = detail.get("quantity", "")
    if quantity in QUANTITIES and "value" in detail:
        return t(
            "%(quantity)s %(value)s %(unit)s, limit %(limit)s %(unit)s",
            quantity=t(QUANTITIES[quantity]),
            value=detail["value"],
            limit=detail.get("limit", "–"),
            unit=UNITS[quantity],
        )
    return detail.get("detail") or detail.get("reason") or ""
