"""Discrepancies: the list by class, and each with what the three parties say and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from api.inputs import PLAIN, Words
from api.problems import Problem
from api.screens.discrepancy_texts import (
    FACTS,
    NAMES,
    PARTIES,
    RULES,
    SEVERITIES,
    STATES,
    TO_DO,
    WAITS,
)
from api.screens.filing import file_and_return
from api.screens.frame import Page, ScreensOf
from api.screens.language import Language
from api.security import SignedIn
from controller.domain.model_reconciling import (
    DiscrepancyClass,
    DiscrepancyState,
    Party,
    Severity,
)
from controller.store.reconciling import views
from controller.store.reconciling.views import DiscrepancyView

router = APIRouter(include_in_schema=False)

MOST: Final = 200
Id = Annotated[str, Path(max_length=40, pattern=PLAIN)]
_STANDING: Final = frozenset(DiscrepancyState) - {DiscrepancyState.CLOSED}
_MOODS: Final = {
    Severity.INFO: "",
    Severity.LOW: "",
    Severity.MEDIUM: "warn",
    Severity.HIGH: "bad",
    Severity.CRITICAL: "bad",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that a party says."""

    name: str
    text: str
    at: datetime | None = None
    """Instead of ``text``, when it is a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One discrepancy in words."""

    id: str
    code: str
    name: str
    what: str
    """The reference code, or the tag, key or source it tells of."""
    title: str
    holding_id: str | None
    severity: str
    mood: str
    state: str
    closed: bool
    waiting: str
    owner: str
    opened_at: datetime


@router.get("/discrepancies")
def discrepancies(
    request: Request,
    screens: ScreensOf,
    only: Annotated[DiscrepancyClass | None, Query(alias="class")] = None,
) -> Response:
    """What stands, by class."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        t = page.language
        codes = () if only is None else (only,)
        found = views.list_discrepancies(connection, codes=codes, states=_STANDING, limit=MOST)
        found.sort(key=lambda one: list(Severity).index(one.severity), reverse=True)
        runs = views.list_runs(connection, limit=1)
        return {
            "classes": [
                (code.value, t(NAMES[code]), count)
                for code, count in views.count_by_class(connection).items()
            ],
            "only": None if only is None else only.value,
            "cards": [_card(t, one) for one in found],
            "run": runs[0] if runs else None,
        }

    return screens.answer(request, "discrepancies.html", build)


@router.get("/discrepancies/{discrepancy_id}")
def one(request: Request, screens: ScreensOf, discrepancy_id: Id) -> Response:
    """One discrepancy: what each party says, side by side, and what to do next."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        t = page.language
        found = views.discrepancy(connection, discrepancy_id)
        if found is None:
            raise Problem(404, "no_such_discrepancy", "There is no discrepancy of that id.")
        return {
            "one": found,
            "card": _card(t, found),
            "to_do": t(TO_DO[found.code]),
            "rule": t(RULES[found.matched_by]),
            "fields": [_word(t, name) for name in found.evidence.get("fields", "").split()],
            "parties": [(t(PARTIES[party]), _said(t, found, party)) for party in Party],
        }

    return screens.answer(request, "discrepancy.html", build)


@router.post("/discrepancies/{discrepancy_id}/assign")
async def assign(
    request: Request,
    person: SignedIn,
    discrepancy_id: Id,
    to: Annotated[str, Form(max_length=64, pattern=PLAIN)] = "",
    note: Annotated[Words, Form()] = "",
) -> RedirectResponse:
    """Somebody looks after it: whom the form names, else whoever sends it."""
    body = {"discrepancy_id": discrepancy_id, "to": to or person.name, "note": note}
    back = f"/discrepancies/{discrepancy_id}"
    return await file_and_return(request, person, "AssignDiscrepancy", [body], back=back)


@router.post("/discrepancies/{discrepancy_id}/explain")
async def explain(
    request: Request,
    person: SignedIn,
    discrepancy_id: Id,
    explanation: Annotated[Words, Form()] = "",
    put_right: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """How it came about, or that it is put right."""
    body = {
        "discrepancy_id": discrepancy_id,
        "explanation": explanation,
        "put_right": put_right,
    }
    back = f"/discrepancies/{discrepancy_id}"
    return await file_and_return(request, person, "ExplainDiscrepancy", [body], back=back)


def _card(t: Language, found: DiscrepancyView) -> Card:
    waits = found.state is DiscrepancyState.WAITING
    return Card(
        id=found.id,
        code=found.code.value,
        name=t(NAMES[found.code]),
        what=found.reference_code or found.subject,
        title=found.title or "",
        holding_id=None if found.reference_code is None else found.holding_id,
        severity=t(SEVERITIES[found.severity]),
        mood=_MOODS[found.severity],
        state=t(STATES[found.state]),
        closed=found.state is DiscrepancyState.CLOSED,
        waiting=_reason(t, found.waiting_reason) if waits else "",
        owner=found.owner,
        opened_at=found.opened_at,
    )


def _reason(t: Language, reason: str) -> str:
    if not reason:
        return t("Put right: the next observation will tell")
    return t("It is waited for: %(reason)s", reason=t(WAITS[reason]) if reason in WAITS else reason)


def _said(t: Language, found: DiscrepancyView, party: Party) -> list[Fact]:
    """What one party says; ids of events are for programs."""
    head = f"{party.value}_"
    return [
        _fact(t, name.removeprefix(head), value)
        for name, value in found.evidence.items()
        if name.startswith(head) and not name.endswith("_event")
    ]


def _fact(t: Language, name: str, value: str) -> Fact:
    if name.endswith("_at") or name == "due":
        return Fact(name=_word(t, name), text="", at=datetime.fromisoformat(value))
    return Fact(name=_word(t, name), text=value)


def _word(t: Language, name: str) -> str:
    return t(FACTS[name]) if name in FACTS else name
