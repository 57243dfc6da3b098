"""Labelled recordings of one door, and what the door's own arithmetic makes of each.

A folder holds one CSV a walk; the beginning of its name says what was done: ``in-01.csv``,
``turn-back-2.csv``, ``trolley-out-1.csv``, ``idle-600s.csv``.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from controller.domain.crossing import Crossing, Point, weigh
from controller.domain.model import Direction, Side
from controller.domain.passage import NO_LEVEL_DBM
from controller.domain.plans import DoorPlan
from controller.domain.trace import SPAN_S
from controller.recording.replay import Told, replay
from controller.recording.table import BadRecordingFile, read_recording
from controller.recording.values import Heard

HALF_S = 4.0
"""A walk is weighed so long before and after it was nearest, as the door does."""


class Label(StrEnum):
    """What somebody did while a recording was made."""

    IN = "in"
    OUT = "out"
    TURN_BACK = "turn-back"
    TROLLEY_IN = "trolley-in"
    TROLLEY_OUT = "trolley-out"
    PARKED = "parked"
    IDLE = "idle"

    @property
    def direction(self) -> Direction | None:
        """Where the files went; ``None`` when they stayed."""
        if self in (Label.IN, Label.TROLLEY_IN):
            return Direction.IN
        if self in (Label.OUT, Label.TROLLEY_OUT):
            return Direction.OUT
        return None


SINGLE = (Label.IN, Label.OUT)
TROLLEYS = (Label.TROLLEY_IN, Label.TROLLEY_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One labelled recording."""

    name: str
    label: Label
    reads: Sequence[Heard]
    lasts_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the door's arithmetic makes of some reads, before anything is tuned."""

    points: int
    through: float
    """Log-odds that they went through."""
    inward: float
    """Log-odds that they went in, given that they went through."""
    sides: frozenset[int]
    """+1 and -1: from which sides they were heard."""

    def agrees(self, direction: Direction) -> bool:
        """Whether the likelier way is that one."""
        return self.inward > 0 if direction is Direction.IN else self.inward < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One walk as the door saw it."""

    walk: Walk
    told: Sequence[Told]
    carried: frozenset[str]
    """The tags that were brought: those heard that do not belong to the room."""
    own: Mapping[str, Score]
    """Each carried tag by itself; in an idle recording every tag."""
    pooled: Score | None
    """All carried tags as one object; ``None`` when none was heard."""

    def said(self) -> Counter[Direction]:
        """The verdicts on the carried tags; in an idle recording on all."""
        tags = self.own.keys()
        return Counter(one.verdict.direction for one in self.told if one.verdict.epc in tags)


def load_walks(folder: Path) -> list[Walk]:
    """The recordings in ``folder``, in the order of their names.

    Raises:
        BadRecordingFile: no folder, no recording, a name without a label, or a bad row.
    """
    if not folder.is_dir():
        raise BadRecordingFile(f"{folder}: no such folder")
    walks = [_load(path) for path in sorted(folder.glob("*.csv"))]
    if not walks:
        raise BadRecordingFile(f"{folder}: holds no .csv file")
    return walks


def _load(path: Path) -> Walk:
    label = next((one for one in _LONGEST_FIRST if path.stem.startswith(one.value)), None)
    if label is None:
        labels = ", ".join(Label)
        raise BadRecordingFile(f"{path}: the name does not say what was done; begin it: {labels}")
    reads = read_recording(path, may_be_empty=True)
    span_s = reads[-1].time_s - reads[0].time_s if reads else 0.0
    told = re.search(r"(\d+)s$", path.stem)  # a quiet room has no read that tells its length
    lasts_s = float(told[1]) if told and label is Label.IDLE else span_s
    return Walk(name=path.stem, label=label, reads=reads, lasts_s=max(lasts_s, span_s))


_LONGEST_FIRST = sorted(Label, key=lambda label: -len(label.value))


def judge(plan: DoorPlan, walks: Iterable[Walk]) -> list[Outcome]:
    """Every walk as the door ``plan`` would have seen it."""
    every = list(walks)
    own = rooms_own(every)
    return [outcome_of(plan, walk, own) for walk in every]


def rooms_own(walks: Iterable[Walk]) -> frozenset[str]:
    """The tags that are heard when nobody is there."""
    quiet = (walk for walk in walks if walk.label is Label.IDLE)
    return frozenset(read.epc for walk in quiet for read in walk.reads)


def outcome_of(plan: DoorPlan, walk: Walk, own: Set[str]) -> Outcome:
    """``walk`` as the door ``plan`` would have seen it; ``own`` are the room's own tags."""
    known = [read for read in walk.reads if read.antenna in plan.antennas]
    by_tag: dict[str, list[Heard]] = {}
    for read in known:
        by_tag.setdefault(read.epc, []).append(read)
    brought = by_tag.keys() - own
    if walk.label in (*SINGLE, Label.TURN_BACK) and brought:
        brought = {max(brought, key=lambda epc: _loudness(by_tag[epc]))}
    looked_at = by_tag.keys() if walk.label is Label.IDLE else brought
    pool = [read for read in known if read.epc in brought]
    return Outcome(
        walk=walk,
        told=replay(plan, walk.reads),
        carried=frozenset(brought),
        own={epc: score(plan, by_tag[epc]) for epc in sorted(looked_at)},
        pooled=score(plan, pool) if pool else None,
    )


def _loudness(reads: Sequence[Heard]) -> tuple[float, int]:
    """The file that was carried through came nearest of all that were not there before."""
    return max(_level(read) for read in reads), len(reads)


def score(plan: DoorPlan, reads: Sequence[Heard]) -> Score:
    """What ``reads``, at least one, say as one object."""
    points = _points(plan, reads)
    centre_s = weigh(points).centre_s
    near = [p for p in points if abs(p.t_s - centre_s) <= HALF_S] or points
    said: Crossing = weigh(near)
    return Score(
        points=len(near),
        through=said.through_score,
        inward=said.inward_score,
        sides=frozenset(point.side for point in near),
    )


def _points(plan: DoorPlan, reads: Sequence[Heard]) -> list[Point]:
    """Means over each antenna's short spans, which takes the fading out."""
    began_s = min(read.time_s for read in reads)
    cells: dict[tuple[int, int], list[Heard]] = {}
    for read in reads:
        key = (int((read.time_s - began_s) / SPAN_S), read.antenna)
        cells.setdefault(key, []).append(read)
    return sorted(
        Point(
            t_s=sum(read.time_s - began_s for read in some) / len(some),
            dbm=sum(_level(read) for read in some) / len(some),
            side=1 if plan.antennas[port] is Side.INSIDE else -1,
            port=port,
        )
        for (_, port), some in cells.items()
    )


def _level(read: Heard) -> float:
    return NO_LEVEL_DBM if read.rssi_dbm is None else read.rssi_dbm
