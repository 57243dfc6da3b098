"""What every page shows around its own content, and how a page is answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.context import Context
from api.rights import DESK, RIGHTS
from api.screens.alarm_cards import MOST_STANDING, STANDING, AlarmCard, card
from api.screens.answer_texts import outcome
from api.screens.language import LANGUAGES, Language, choose, mark
from api.screens.names import Names
from api.screens.rendering import Renderer
from api.screens.static_files import packed
from api.screens.tally import Tally
from api.security import Person
from controller.store.journal import last_seq
from controller.store.passages.views import count_open
from controller.store.reconciling.views import count_unassigned
from controller.store.requests import answer_of
from controller.store.views import heartbeats, list_alarms

LANGUAGE_COOKIE: Final = "language"
AWAY_AFTER: Final = timedelta(seconds=10)
"""A controller that gave no sign of life for so long is away, and every page says so."""

_NAVIGATION: Final[Sequence[tuple[str, str]]] = (
    ("/", mark("Doors")),
    ("/find", mark("Find")),
    ("/environment", mark("Environment")),
    ("/racks", mark("Shelving")),
    ("/errands", mark("Fetch and put away")),
    ("/desk", mark("Desk")),
    ("/discrepancies", mark("Discrepancies")),
    ("/alarms", mark("Alarms")),
    ("/devices", mark("Devices")),
)
_ACTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "assign_discrepancy": ("POST", "/discrepancies/{discrepancy_id}/assign"),
    "confirm_passage": ("POST", "/passages/confirm"),
    "acknowledge": ("POST", "/alarms/acknowledge"),
    "put_aside": ("POST", "/alarms/shelve"),
    "open_aisle": ("POST", "/racks/{rack}/open"),
    "stop_rack": ("POST", "/racks/{rack}/stop"),
    "resolve_motion": ("POST", "/racks/{rack}/resolve"),
    "make_errands": ("POST", "/errands"),
    "end_errand": ("POST", "/errands/{errand_id}/end"),
    "request_loan": ("POST", "/loans"),
    "approve_loan": ("POST", "/loans/{loan_id}/approve"),
    "return_loan": ("POST", "/loans/{loan_id}/return"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What became of the request that the page's address names."""

    mood: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The frame around one rendering of one page for one person."""

    language: Language
    site_name: str
    timezone: str
    has_desks: bool
    """Whether the site gives tags their numbers: else nobody is led to where that is done."""
    path: str
    back: str
    """Where to come back to after a change of language: the address of this page."""
    user: Person | None
    now: datetime
    today: date
    """In the site's time zone."""
    seq: int = 0
    """The journal's newest event when the page was rendered: the stream goes on from here."""
    standing: tuple[AlarmCard, ...] = ()
    open_questions: int = 0
    """How many passages and trolleys wait for somebody to say what they were."""
    unassigned: int = 0
    """How many discrepancies nobody looks after yet."""
    controller_seen: datetime | None = None
    controller_runs: bool = False
    """By its own last word; it may have died since."""
    notice: Notice | None = None

    @property
    def languages(self) -> list[tuple[str, str]]:
        """Every language by tag, named in itself."""
        return list(LANGUAGES.items())

    @property
    def navigation(self) -> list[tuple[str, str]]:
        """The pages this person may see."""
        return [
            (path, self.language(name))
            for path, name in _NAVIGATION
            if self._allowed("GET", path) and (path != "/desk" or self.has_desks)
        ]

    @property
    def unseen_alarms(self) -> int:
        """How many alarms nobody has acknowledged."""
        return sum(alarm.unseen for alarm in self.standing)

    @property
    def urgent_alarms(self) -> list[AlarmCard]:
        """Those that fill the screen."""
        return [alarm for alarm in self.standing if alarm.urgent]

    @property
    def controller_away(self) -> bool:
        """Whether it was stopped, or its last sign of life is too old to believe in."""
        if self.controller_seen is None or not self.controller_runs:
            return True
        return self.now - self.controller_seen > AWAY_AFTER

    @property
    def sees_borrowers(self) -> bool:
        """Whether this person may be told who borrows what: those at the desk."""
        return self.user is not None and self.user.role in DESK

    def may(self, action: str) -> bool:
        """Whether this person may do that, by the one table of rights."""
        return self._allowed(*_ACTIONS[action])

    def _allowed(self, method: str, path: str) -> bool:
        return self.user is not None and self.user.role in RIGHTS[method, path]


Build = Callable[[Connection, Page], Mapping[str, object]]
"""Reads what one page shows, on the connection its frame was read on."""


class Screens:
    """Renders pages for one application."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.site = context.site
        self.names = Names.of(context.site)
        self.renderer = Renderer.of(context.site.site.timezone)
        self.tally = Tally(self.renderer.zone)

    def answer(
        self, request: Request, template: str, build: Build, *, status: int = 200
    ) -> Response:
        """The page as HTML; call it in the thread pool.

        The journal's number is read first: what is written while the rest is read comes twice,
        on the page and by the stream, and never not at all.
        """
        with self.context.reader.connect() as connection:
            page = self._framed(connection, request)
            facts = build(connection, page)
        return self.html(request, page, template, facts, status=status)

    def html(
        self,
        request: Request,
        page: Page,
        template: str,
        facts: Mapping[str, object],
        *,
        status: int = 200,
    ) -> Response:
        """``template`` around ``facts``; nobody in between may keep it.

        Compressing it gives nothing away (BREACH): no page holds a secret.
        """
        body = self.renderer.render(page.language.tag, template, {"page": page, **facts})
        headers = {"Cache-Control": "no-store", "Content-Language": page.language.tag}
        response = packed(request.headers, body.encode(), headers, "text/html")
        response.status_code = status
        return response

    def bare(self, request: Request) -> Page:
        """The frame of a page for nobody in particular."""
        return Page(**self._circumstances(request), user=None)

    def _framed(self, connection: Connection, request: Request) -> Page:
        person: Person = request.state.person
        seq = last_seq(connection)
        circumstances = self._circumstances(request)
        t = circumstances["language"]
        alarms = list_alarms(connection, states=STANDING, limit=MOST_STANDING)
        beat = heartbeats(connection).get(self.context.writer)
        return Page(
            **circumstances,
            user=person,
            seq=seq,
            open_questions=count_open(connection),
            unassigned=count_unassigned(connection),
            standing=tuple(card(alarm, t, self.names) for alarm in alarms),
            controller_seen=None if beat is None else beat.beat_at,
            controller_runs=beat is not None and beat.state == "running",
            notice=self._notice(connection, request, person, t),
        )

    def _circumstances(self, request: Request) -> dict[str, Any]:
        now = self.context.now()
        return {
            "language": self.language(request),
            "site_name": self.site.site.name,
            "timezone": self.site.site.timezone,
            "has_desks": bool(self.site.desks),
            "path": request.url.path,
            "back": _address(request),
            "now": now,
            "today": now.astimezone(self.renderer.zone).date(),
        }

    def language(self, request: Request) -> Language:
        """The person's own choice, else the cookie's, else the browser's, else the site's."""
        person: Person | None = request.state.person
        return choose(
            None if person is None else person.language,
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language"),
            self.site.site.language,
        )

    def _notice(
        self, connection: Connection, request: Request, person: Person, t: Language
    ) -> Notice | None:
        request_id = request.query_params.get("request")
        filed = None if request_id is None else answer_of(connection, request_id)
        if filed is None or filed.by != person.name:
            return None
        mood, text = outcome(t, filed.kind, filed.state, filed.code, filed.detail)
        return Notice(mood=mood, text=text)


def _address(request: Request) -> str:
    query = request.url.remove_query_params("request").query
    return f"{request.url.path}?{query}" if query else request.url.path


def screens_of(request: Request) -> Screens:
    """The application's one ``Screens``."""
    screens = request.app.state.screens
    assert isinstance(screens, Screens)  # noqa: S101 -- Starlette's state is untyped
    return screens


ScreensOf = Annotated[Screens, Depends(screens_of)]
