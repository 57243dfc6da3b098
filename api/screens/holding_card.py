"""One holding as the screens show it: where it is, how sure that is, its loan, what happened."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from api.screens.event_texts import Teller, sentence
from api.screens.frame import Page, Screens
from api.screens.language import mark
from api.screens.loan_texts import STATES
from controller.config import Rack
from controller.domain.model import Holding, LoanState
from controller.domain.model_lending import HAS_TURN, OPEN
from controller.store.codec import Undecodable, decode_event
from controller.store.feed import JournalEntry, events_of
from controller.store.views import LoanView, list_loans
from controller.store.views_whereabouts import Basis, Place, Whereabouts

HISTORY: Final = 50
USUAL_LOAN: Final = timedelta(days=14)

_PLACES: Final[Mapping[Place, tuple[str, str, str]]] = {
    Place.IN_ROOM: ("ok", "ok", mark("In the room")),
    Place.OUTSIDE: ("bad", "alarm", mark("Outside without authority")),
    Place.UNDECIDED: ("warn", "unsure", mark("In or out? Its last passage was unclear")),
    Place.NEVER_SEEN: ("", "unsure", mark("No door has seen it: only the catalogue speaks")),
}
_KNOWN_FROM: Final[Mapping[Basis, str]] = {
    Basis.SHELF: mark("an antenna in the shelf"),
    Basis.ZONE: mark("a reader in the room"),
    Basis.SWEEP: mark("a walk with a handheld"),
}
_MOODS: Final[Mapping[str, str]] = {
    "AlarmRaised": "bad",
    "ExitAuthorised": "ok",
    "ExitAnswered": "ok",
    "LoanApproved": "ok",
    "LoanReturned": "ok",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanCard:
    """The open loan."""

    id: str
    mood: str
    state: str
    borrower: str
    """Empty for those who may not know."""
    purpose: str
    due: datetime
    requested_by: str
    decided_by: str | None
    waits: bool
    approved: bool
    return_proposed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of the history."""

    at: datetime
    mood: str
    text: str
    passage_id: str
    """Of the passage it tells of, which has a page; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearRack:
    """A bank where it may stand."""

    id: str
    name: str
    aisles: range
    likely: int | None
    """The aisle that the catalogue's place names, if it names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything about one holding."""

    id: str
    reference_code: str
    title: str
    place: str
    """Where to look for it."""
    observed: str
    """Where it is by observation alone."""
    home: str
    mood: str
    icon: str
    state: str
    facts: tuple[tuple[str, str], ...]
    since: datetime | None
    racks: tuple[NearRack, ...]
    loan: LoanCard | None
    proposed_due: date
    history: tuple[Happening, ...]


def found(
    connection: Connection, page: Page, screens: Screens, holding: Holding, where: Whereabouts
) -> Found:
    """``holding`` with its whereabouts, its open loan and its newest events."""
    loans = _first(list_loans(connection, holding_id=holding.id, states=OPEN, limit=50))
    mood, icon, state = _state(page, where)
    t = page.language
    observed = _observed(page, screens, where)
    return Found(
        id=holding.id,
        reference_code=holding.reference_code,
        title=holding.title,
        place=observed if where.state is not Place.NEVER_SEEN else where.home or t("Not known"),
        observed=observed,
        home=where.home,
        mood=mood,
        icon=icon,
        state=state,
        facts=tuple(_facts(page, screens, where)),
        since=where.since,
        racks=_racks(screens, where),
        loan=_loan(page, loans[0]) if loans else None,
        proposed_due=page.today + USUAL_LOAN,
        history=_history(
            page, screens, events_of(connection, holding.id, before=None, limit=HISTORY)
        ),
    )


def _observed(page: Page, screens: Screens, where: Whereabouts) -> str:
    if where.state is Place.NEVER_SEEN:
        return page.language("never seen")
    return screens.names.spot(where.place or "", where.spot or "", page.language)


def _state(page: Page, where: Whereabouts) -> tuple[str, str, str]:
    t = page.language
    held = where.authority
    if where.state is Place.OUTSIDE and held is not None:
        who = held.holder if page.sees_borrowers else t("a borrower")
        if held.overdue:
            return "bad", "alarm", t("Lent to %(who)s, overdue", who=who)
        return "warn", "back", t("Lent to %(who)s", who=who)
    mood, icon, text = _PLACES[where.state]
    return mood, icon, t(text)


def _facts(page: Page, screens: Screens, where: Whereabouts) -> list[tuple[str, str]]:
    t, stamp = page.language, screens.renderer.stamp
    facts: list[tuple[str, str]] = []
    if where.authority is not None:
        facts.append((t("Due"), stamp(where.authority.due)))
    if where.confidence is not None:
        facts.append((t("Certainty"), f"{round(where.confidence * 100)} %"))
    if where.door is not None:
        facts.append((t("Door"), screens.names.device(where.door)))
    if where.basis in _KNOWN_FROM:
        facts.append((t("Known from"), t(_KNOWN_FROM[where.basis])))
    if where.left_at is not None:
        facts.append((t("No longer heard there since"), stamp(where.left_at)))
    if where.seen_as is not None and where.seen_as != where.holding_id:
        facts.append((t("Seen as"), t("the box it lies in")))
    if where.as_of is not None:
        facts.append((t("Known up to"), stamp(where.as_of)))
    return facts


def _racks(screens: Screens, where: Whereabouts) -> tuple[NearRack, ...]:
    """The banks of the room it is in; of every room while only the catalogue speaks."""
    if where.state in (Place.OUTSIDE, Place.UNDECIDED):
        return ()
    return tuple(
        NearRack(
            id=rack.id,
            name=rack.name,
            aisles=range(1, rack.aisles + 1),
            likely=_likely(rack, where.home),
        )
        for rack in screens.site.racks
        if where.state is Place.NEVER_SEEN or rack.room == where.place
    )


def _likely(rack: Rack, home: str) -> int | None:
    """The aisle in ``rack-a/3/…`` or in the bank's name followed by a number."""
    named = "|".join(re.escape(name) for name in (rack.id, rack.name))
    match = re.search(rf"(?:{named})\D{{0,6}}(\d{{1,2}})(?!\d)", home)
    number = int(match[1]) if match else 0
    return number if 1 <= number <= rack.aisles else None


def _first(loans: Sequence[LoanView]) -> list[LoanView]:
    """The one that has the turn, else the one asked for first."""
    return sorted(loans, key=lambda loan: (loan.state not in HAS_TURN, loan.id))[:1]


def _loan(page: Page, loan: LoanView) -> LoanCard:
    t = page.language
    approved = loan.state in HAS_TURN
    overdue = approved and loan.due < page.now
    mood, text = STATES[loan.state]
    return LoanCard(
        id=loan.id,
        mood="bad" if overdue else mood,
        state=t("%(state)s, overdue", state=t(text)) if overdue else t(text),
        borrower=loan.borrower if page.sees_borrowers else "",
        purpose=loan.purpose if page.sees_borrowers else "",
        due=loan.due,
        requested_by=loan.requested_by,
        decided_by=loan.decided_by,
        waits=loan.state is LoanState.REQUESTED,
        approved=approved,
        return_proposed=loan.return_proposed_at is not None,
    )


def _history(
    page: Page, screens: Screens, entries: Sequence[JournalEntry]
) -> tuple[Happening, ...]:
    teller = Teller(
        t=page.language,
        names=screens.names,
        stamp=screens.renderer.stamp,
        names_borrowers=page.sees_borrowers,
    )
    return tuple(
        Happening(
            at=entry.at,
            mood=_MOODS.get(entry.kind, ""),
            text=_text(entry, teller),
            passage_id=entry.data["passage_id"] if entry.kind == "PassageDetected" else "",
        )
        for entry in entries
    )


def _text(entry: JournalEntry, teller: Teller) -> str:
    """An event that this program no longer or not yet knows is at least named."""
    try:
        return sentence(decode_event(entry.kind, entry.data), teller)
    except Undecodable:
        return entry.kind
