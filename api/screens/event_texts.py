"""What happened, as one sentence a kind of event, in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Final

from api.screens.alarm_texts import TITLES, reason_text
from api.screens.discrepancy_texts import NAMES
from api.screens.language import Language, mark
from api.screens.names import Names
from controller.domain.events import (
    AlarmAcknowledged,
    AlarmRaised,
    AlarmReturnedToNormal,
    Event,
    ExitAnswered,
    ExitAuthorised,
    LoanApproved,
    LoanRejected,
    LoanRequested,
    LoanReturned,
    PassageDetected,
    ReturnProposed,
    TagBound,
    TagUnbound,
    TagWritingBegan,
    TagWritingFailed,
)
from controller.domain.events_alarms import AlarmShelved, AlarmSuppressed, AlarmTakenOutOfService
from controller.domain.events_passages import (
    PassageConfirmed,
    PassageQuestioned,
    PassageSuperseded,
    QuestionKind,
)
from controller.domain.events_presence import TagArrived, TagDeparted, TagSwept
from controller.domain.events_reconciling import DiscrepancyFound
from controller.domain.events_shelving import ErrandEnded, ErrandMade
from controller.domain.model import AuthorityKind, Direction
from controller.domain.model_shelving import ErrandEnd, ErrandTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Who tells: a language, the site's names, and whether borrowers may be named."""

    t: Language
    names: Names
    stamp: Callable[..., str]
    """A time in the site's zone."""
    names_borrowers: bool

    def spot(self, room: str, spot: str) -> str:
        """A place in a room, in words."""
        return self.names.spot(room, spot, self.t)

    def holder(self, holder: str) -> str:
        """The borrower, where the reader may know."""
        return holder if self.names_borrowers else self.t("a borrower")


DIRECTIONS: Final[Mapping[Direction, str]] = {
    Direction.IN: mark("Came in through %(door)s"),
    Direction.OUT: mark("Left through %(door)s"),
    Direction.TURNED_BACK: mark("Turned back at %(door)s"),
    Direction.UNKNOWN: mark("Seen at %(door)s, direction unclear"),
}

CONFIRMED: Final[Mapping[Direction, str]] = {
    Direction.IN: mark("%(who)s says: it came in through %(door)s"),
    Direction.OUT: mark("%(who)s says: it went out through %(door)s"),
    Direction.TURNED_BACK: mark("%(who)s says: at %(door)s it stayed where it was"),
}

AUTHORITIES: Final[Mapping[AuthorityKind, str]] = {
    AuthorityKind.LOAN: mark("loan"),
    AuthorityKind.MOVE: mark("move"),
    AuthorityKind.TRANSFER: mark("transfer"),
    AuthorityKind.DISPOSAL: mark("disposal"),
}

TASKS: Final[Mapping[ErrandTask, str]] = {
    ErrandTask.FETCH: mark("Fetch"),
    ErrandTask.PUT_AWAY: mark("Put away"),
}
ERRAND_ENDS: Final[Mapping[ErrandEnd, str]] = {
    ErrandEnd.DONE: mark("done"),
    ErrandEnd.NOT_THERE: mark("not there"),
    ErrandEnd.CALLED_OFF: mark("called off"),
}


@singledispatch
def sentence(event: Event, teller: Teller) -> str:
    """What ``event`` means for the holding whose history is being told."""
    return type(event).__name__


@sentence.register
def _(event: PassageDetected, teller: Teller) -> str:
    text = teller.t(DIRECTIONS[event.direction], door=teller.names.device(event.door))
    sure = teller.t("certainty %(percent)s %%", percent=round(event.confidence * 100))
    return f"{text} ({sure})"


@sentence.register
def _(event: PassageQuestioned, teller: Teller) -> str:
    if event.needs is QuestionKind.CONFIRM:
        return teller.t("Somebody is asked to confirm that")
    return teller.t("Somebody is asked: in or out?")


@sentence.register
def _(event: PassageConfirmed, teller: Teller) -> str:
    text = CONFIRMED.get(event.direction, CONFIRMED[Direction.TURNED_BACK])
    return teller.t(text, who=event.by, door=teller.names.device(event.door))


@sentence.register
def _(event: PassageSuperseded, teller: Teller) -> str:
    return teller.t("Seen at a door again: the question is no longer asked")


@sentence.register
def _(event: TagArrived, teller: Teller) -> str:
    return teller.t("Heard at %(spot)s from then on", spot=teller.spot(event.room, event.spot))


@sentence.register
def _(event: TagDeparted, teller: Teller) -> str:
    return teller.t(
        "No longer heard at %(spot)s; last at %(at)s",
        spot=teller.spot(event.room, event.spot),
        at=teller.stamp(event.last_heard),
    )


@sentence.register
def _(event: TagSwept, teller: Teller) -> str:
    return teller.t(
        "Found at %(spot)s with a handheld by %(who)s at %(at)s",
        spot=teller.spot(event.room, event.spot),
        who=event.by,
        at=teller.stamp(event.heard_at),
    )


@sentence.register
def _(event: ExitAuthorised, teller: Teller) -> str:
    return teller.t(
        "Allowed to leave: %(authority)s, %(holder)s",
        authority=teller.t(AUTHORITIES[event.authority]),
        holder=teller.holder(event.holder),
    )


@sentence.register
def _(event: ExitAnswered, teller: Teller) -> str:
    return teller.t(
        "The exit was authorised afterwards: %(authority)s, %(holder)s",
        authority=teller.t(AUTHORITIES[event.authority]),
        holder=teller.holder(event.holder),
    )


@sentence.register
def _(event: ReturnProposed, teller: Teller) -> str:
    return teller.t("Seen coming in while on loan: a person must confirm the return")


@sentence.register
def _(event: AlarmRaised, teller: Teller) -> str:
    return teller.t("Alarm: %(alarm)s", alarm=teller.t(TITLES[event.kind]))


@sentence.register
def _(event: AlarmAcknowledged, teller: Teller) -> str:
    return teller.t("Alarm acknowledged by %(who)s: “%(note)s”", who=event.by, note=event.note)


@sentence.register
def _(event: AlarmReturnedToNormal, teller: Teller) -> str:
    reason = reason_text(teller.t, event.reason)
    return teller.t("Alarm over: %(reason)s", reason=reason)


@sentence.register
def _(event: AlarmShelved, teller: Teller) -> str:
    return teller.t(
        "Alarm shelved by %(who)s until %(until)s: %(reason)s",
        who=event.by,
        until=teller.stamp(event.until),
        reason=event.reason,
    )


@sentence.register
def _(event: AlarmSuppressed, teller: Teller) -> str:
    return teller.t("Alarm suppressed by design: %(reason)s", reason=event.reason)


@sentence.register
def _(event: AlarmTakenOutOfService, teller: Teller) -> str:
    return teller.t(
        "Alarm taken out of service by %(who)s, work order %(order)s: %(reason)s",
        who=event.by,
        order=event.work_order,
        reason=event.reason,
    )


@sentence.register
def _(event: LoanRequested, teller: Teller) -> str:
    return teller.t(
        "Loan asked for by %(who)s for %(holder)s, due %(due)s",
        who=event.by,
        holder=teller.holder(event.borrower),
        due=teller.stamp(event.due),
    )


@sentence.register
def _(event: LoanApproved, teller: Teller) -> str:
    return teller.t("Loan approved by %(who)s", who=event.by)


@sentence.register
def _(event: LoanRejected, teller: Teller) -> str:
    return teller.t("Loan rejected by %(who)s: %(reason)s", who=event.by, reason=event.reason)


@sentence.register
def _(event: LoanReturned, teller: Teller) -> str:
    return teller.t("Return confirmed by %(who)s", who=event.by)


@sentence.register
def _(event: TagBound, teller: Teller) -> str:
    return teller.t("Tag %(epc)s attached by %(who)s", epc=event.epc, who=event.by)


@sentence.register
def _(event: TagUnbound, teller: Teller) -> str:
    return teller.t("Tag %(epc)s removed by %(who)s", epc=event.epc, who=event.by)


@sentence.register
def _(event: TagWritingBegan, teller: Teller) -> str:
    return teller.t("%(who)s gives a tag the number %(epc)s", epc=event.epc, who=event.by)


@sentence.register
def _(event: TagWritingFailed, teller: Teller) -> str:
    if event.carries:
        return teller.t(
            "The tag was not attached (%(reason)s); it carries %(epc)s",
            reason=event.reason,
            epc=event.carries,
        )
    return teller.t(
        "The tag was not attached (%(reason)s); put it on the desk to see what it carries",
        reason=event.reason,
    )


@sentence.register
def _(event: ErrandMade, teller: Teller) -> str:
    task = teller.t(TASKS[event.task])
    return teller.t("%(task)s: put on a list by %(who)s", task=task, who=event.by)


@sentence.register
def _(event: ErrandEnded, teller: Teller) -> str:
    return teller.t(
        "%(task)s: %(end)s (%(who)s)",
        task=teller.t(TASKS[event.task]),
        end=teller.t(ERRAND_ENDS[event.end]),
        who=teller.names.device(event.by),
    )


@sentence.register
def _(event: DiscrepancyFound, teller: Teller) -> str:
    return teller.t("%(what)s: found", what=teller.t(NAMES[event.code]))
