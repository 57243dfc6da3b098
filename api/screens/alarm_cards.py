"""Alarms as the screens show them: the store's row, told in the reader's language."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.screens import alarm_texts
from api.screens.language import Language
from api.screens.names import Names
from controller.domain.model import PUT_ASIDE, WAITING, AlarmKind, AlarmState, Priority
from controller.domain.plans_alarms import NEVER_PUT_ASIDE
from controller.store.views import AlarmView

UNSEEN: Final = WAITING
STANDING: Final = frozenset(AlarmState) - {AlarmState.NORMAL}
MOST_STANDING: Final = 500

_ABOUT_A_HOLDING: Final = frozenset({AlarmKind.UNAUTHORISED_EXIT, AlarmKind.UNDECIDED_PASSAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCard:
    """One alarm, ready to be shown."""

    id: str
    key: str
    """Names the alarm inside a page: letters and digits only, the same at every rendering."""
    source: str
    where: str
    title: str
    sentence: str
    subject_code: str
    """The holding's reference code; empty for alarms about devices, rooms and limits."""
    holding_title: str
    priority: str
    state: str
    unseen: bool
    grave: bool
    """Of the kind that fills the screen until somebody has acknowledged it."""
    mood: str
    raised_at: datetime
    occurrences: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str
    returned_at: datetime | None
    put_aside: bool
    """Shelved, suppressed or out of service: told of, but not shouted."""
    verbs: frozenset[str]
    """What somebody with the right may do with it now."""
    until: datetime | None
    reason: str
    work_order: str
    held_by: str
    level: int
    holds: bool
    """Whether what it is about is so now."""

    @property
    def urgent(self) -> bool:
        """Whether it fills the screen now."""
        return self.grave and self.unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmGroup:
    """Urgent alarms of one kind at one place: one red screen, one acknowledgement."""

    key: str
    where: str
    headline: str
    alarms: tuple[AlarmCard, ...]


def card(alarm: AlarmView, t: Language, names: Names) -> AlarmCard:
    """``alarm`` in the language ``t``."""
    about_holding = alarm.kind in _ABOUT_A_HOLDING
    unseen = alarm.state in UNSEEN
    own = alarm.source == "controller"
    return AlarmCard(
        id=alarm.id,
        key=hashlib.sha256(alarm.id.encode()).hexdigest()[:12],
        source=alarm.source,
        where=t("Controller") if own else names.device(alarm.source),
        title=t(alarm_texts.TITLES[alarm.kind]),
        sentence=alarm_texts.sentence(t, alarm.kind, alarm.detail),
        subject_code=alarm.subject if about_holding else "",
        holding_title=alarm.detail.get("title", "") if about_holding else "",
        priority=t(alarm_texts.PRIORITIES[alarm.priority]),
        state=t(alarm_texts.STATES[alarm.state]),
        unseen=unseen,
        grave=_fills_the_screen(alarm),
        mood="bad" if unseen else "warn" if alarm.state is AlarmState.ACKNOWLEDGED else "ok",
        raised_at=alarm.raised_at,
        occurrences=alarm.occurrences,
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=alarm.acknowledged_by,
        note=alarm.note,
        returned_at=alarm.returned_at,
        put_aside=alarm.state in PUT_ASIDE,
        verbs=_verbs(alarm),
        until=alarm.until,
        reason=alarm.reason,
        work_order=alarm.work_order,
        held_by=alarm.held_by,
        level=alarm.level,
        holds=alarm.condition,
    )


_VERBS: Final[Mapping[AlarmState, frozenset[str]]] = {
    AlarmState.NORMAL: frozenset({"shelve", "out-of-service"}),
    AlarmState.UNACKNOWLEDGED: frozenset({"shelve", "out-of-service"}),
    AlarmState.ACKNOWLEDGED: frozenset({"shelve", "out-of-service", "unacknowledge"}),
    AlarmState.RETURNED_UNACKNOWLEDGED: frozenset({"shelve", "out-of-service"}),
    AlarmState.SHELVED: frozenset({"unshelve", "out-of-service"}),
    AlarmState.SUPPRESSED: frozenset({"out-of-service"}),
    AlarmState.OUT_OF_SERVICE: frozenset({"in-service"}),
}


def _verbs(alarm: AlarmView) -> frozenset[str]:
    verbs = _VERBS[alarm.state]
    if alarm.kind in NEVER_PUT_ASIDE:
        verbs -= {"shelve", "out-of-service"}
    if alarm.state is AlarmState.ACKNOWLEDGED and alarm.latched and not alarm.condition:
        verbs |= {"reset"}
    return verbs


def groups(cards: Iterable[AlarmCard], t: Language) -> tuple[AlarmGroup, ...]:
    """The urgent ones by place and kind, in the order given."""
    together: Mapping[tuple[str, str], list[AlarmCard]] = defaultdict(list)
    for each in cards:
        if each.urgent:
            together[each.source, each.title].append(each)
    return tuple(_group(alarms, t) for alarms in together.values())


def _group(alarms: list[AlarmCard], t: Language) -> AlarmGroup:
    first = alarms[0]
    headline = first.title
    if first.subject_code:
        headline = t.count(
            "%(num)s item left without authority",
            "%(num)s items left without authority",
            len(alarms),
        )
    return AlarmGroup(
        key=hashlib.sha256(f"{first.source}/{first.title}".encode()).hexdigest()[:12],
        where=first.where,
        headline=headline,
        alarms=tuple(alarms),
    )


def _fills_the_screen(alarm: AlarmView) -> bool:
    return alarm.kind is AlarmKind.UNAUTHORISED_EXIT or alarm.priority is Priority.CRITICAL
