"""One passage, drawn: how loud each antenna heard the tag, and what the door made of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.inputs import Id
from api.screens.event_texts import DIRECTIONS
from api.screens.frame import Page, Screens, ScreensOf
from api.screens.language import Language, mark
from controller.domain.events import PassageDetected
from controller.domain.model import Side
from controller.recording.values import Heard
from controller.store.recordings import keeping
from controller.store.recordings.keeping import Recording

router = APIRouter(include_in_schema=False)

Axis = Callable[[float], float]
"""From a measured value to a place on the drawing."""

WIDTH, HEIGHT = 900, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 14, 40
FEWEST_DB: Final = 20.0
"""The plot spans at least so much, lest noise look like a walk."""
NO_LEVEL_DBM: Final = -60.0
EVIDENCE: Final[Mapping[str, str]] = {
    "span_s": mark("Seconds in the field"),
    "reads_inside": mark("Reads inside"),
    "reads_outside": mark("Reads outside"),
    "peak_inside_dbm": mark("Loudest inside, dBm"),
    "peak_outside_dbm": mark("Loudest outside, dBm"),
}
_SIDES: Final[Mapping[Side | None, str]] = {
    Side.INSIDE: mark("inside"),
    Side.OUTSIDE: mark("outside"),
    None: mark("not listed any more"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One read."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One antenna."""

    name: str
    inside: bool
    dots: tuple[Dot, ...]
    reads: int
    loudest: str

    @property
    def path(self) -> str:
        """Its dots joined, for a polyline."""
        return " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in self.dots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A number on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Level over time, in the coordinates of the drawing."""

    lines: tuple[Line, ...]
    seconds: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    verdict_x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything the page shows; nothing of it when the recording is gone."""

    passage_id: str
    title: str
    door: str
    at: datetime
    epc: str
    confidence: str
    evidence: tuple[tuple[str, str], ...]
    others: int
    """Other tags in the field at that time."""
    plot: Plot | None


@router.get("/passages/{passage_id}")
def passage(request: Request, screens: ScreensOf, passage_id: Id) -> Response:
    """The page of one passage."""

    def build(connection: Connection, page: Page) -> Mapping[str, object]:
        event = keeping.passage(connection, passage_id)
        recording = keeping.recording_of(connection, passage_id)
        if event is None or recording is None:
            return {"board": None}
        return {"board": _board(event, recording, page.language, screens)}

    return screens.answer(request, "passage.html", build)


def _board(event: PassageDetected, recording: Recording, t: Language, screens: Screens) -> Board:
    door = screens.names.device(event.door)
    own = [read for read in recording.reads if read.epc == event.epc]
    verdict_s = (event.at - recording.began_at).total_seconds()
    return Board(
        passage_id=event.passage_id,
        title=t(DIRECTIONS[event.direction], door=door),
        door=door,
        at=event.at,
        epc=event.epc,
        confidence=f"{event.confidence * 100:.1f} %",
        evidence=tuple(
            (t(EVIDENCE[name]) if name in EVIDENCE else name.replace("_", " "), value)
            for name, value in event.evidence.items()
        ),
        others=len({read.epc for read in recording.reads} - {event.epc}),
        plot=_plot(own, _sides(screens, event.door), verdict_s, t) if own else None,
    )


def _sides(screens: Screens, door_id: str) -> Mapping[int, Side]:
    return {
        antenna.port: antenna.side
        for door in screens.site.doors
        if door.id == door_id
        for antenna in door.antennas
    }


def _plot(reads: Sequence[Heard], sides: Mapping[int, Side], verdict_s: float, t: Language) -> Plot:
    levels = [_level(read) for read in reads]
    low, high = min(levels) - 2.0, max(*levels, min(levels) + FEWEST_DB) + 2.0
    begin, end = reads[0].time_s - 0.5, max(reads[-1].time_s, verdict_s) + 0.5

    def x(at_s: float) -> float:
        return LEFT + (at_s - begin) / (end - begin) * (WIDTH - LEFT - RIGHT)

    def y(dbm: float) -> float:
        return TOP + (high - dbm) / (high - low) * (HEIGHT - TOP - BOTTOM)

    step_s = next(step for step in (1, 2, 5, 10, 20, 60, 3600) if (end - begin) / step <= 12)
    return Plot(
        lines=tuple(
            _line(antenna, sides.get(antenna), [r for r in reads if r.antenna == antenna], x, y, t)
            for antenna in sorted({read.antenna for read in reads})
        ),
        seconds=tuple(
            Tick(at=x(begin + n * step_s), text=f"{n * step_s}")
            for n in range(int((end - begin) / step_s) + 1)
        ),
        levels=tuple(
            Tick(at=y(dbm), text=f"{dbm}") for dbm in range(-120, 40, 10) if low <= dbm <= high
        ),
        verdict_x=x(verdict_s),
    )


def _line(
    antenna: int,
    side: Side | None,
    reads: Sequence[Heard],
    x: Axis,
    y: Axis,
    t: Language,
) -> Line:
    loudest = max(_level(read) for read in reads)
    return Line(
        name=t("antenna %(number)s, %(side)s", number=antenna, side=t(_SIDES[side])),
        inside=side is Side.INSIDE,
        dots=tuple(Dot(x=x(read.time_s), y=y(_level(read))) for read in reads),
        reads=len(reads),
        loudest=f"{loudest:.1f}",
    )


def _level(read: Heard) -> float:
    return NO_LEVEL_DBM if read.rssi_dbm is None else read.rssi_dbm
