"""Scenes played to a door, and what it made of every tag: the marks behind the accuracy table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.domain.model import Direction, Side
from controller.domain.passage import DoorPassages, Verdict
from controller.domain.plans import DoorRule
from drivers.observations import TagRead, TagReport
from simulators.physics.radio import Layout
from simulators.physics.rounds import Read
from simulators.physics.scenes import Played
from tests.domain.rooms import moment

REPORT_S = 0.1
AFTER_S = 16.0
"""So long after the last read every word has been said."""
_ODDS = {1: "p_in", -1: "p_out", 0: "p_none"}
WAY = {Direction.IN: 1, Direction.OUT: -1}


@dataclass(frozen=True, slots=True)
class Told:
    """One verdict, and how long after the crossing it was given."""

    after_s: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one tag that was read at least once."""

    epc: str
    truth: int
    guess: int
    """+1 in, -1 out, 0 not through: the likeliest, however little that means."""
    confidence: float
    verdicts: tuple[Told, ...]


def sides(plan: Layout) -> Mapping[int, Side]:
    """Which side each port looks at."""
    return {
        port: Side.INSIDE if antenna.side > 0 else Side.OUTSIDE
        for port, antenna in plan.antennas.items()
    }


def reports(reads: Sequence[Read], *, phase: bool = True) -> list[TagReport]:
    """The reads as a reader sends them: one message every tenth of a second."""
    made: dict[int, list[TagRead]] = {}
    for read in sorted(reads):
        stamp = int(read.t_s * 1e6)
        tag = TagRead(read.epc, read.antenna, read.rssi_dbm, stamp, 1)
        if phase:
            tag = tag._replace(phase_rad=read.phase_rad)
        made.setdefault(int(read.t_s / REPORT_S) + 1, []).append(tag)
    return [
        TagReport(at=moment(slot * REPORT_S), reader="door", reads=tuple(tags))
        for slot, tags in sorted(made.items())
    ]


def marks(played: Played, *, phase: bool = True) -> list[Mark]:
    """Play it to a door that was never tuned, and mark every tag that was read."""
    door = DoorPassages(sides(played.plan), rule=DoorRule(commits_alone=True))
    told: dict[str, list[Told]] = {}
    messages = reports(played.reads, phase=phase)
    end_s = played.reads[-1].t_s + AFTER_S if played.reads else 0.0
    waiting = iter([*messages, None])
    message = next(waiting)
    for step in range(1, int(end_s / REPORT_S) + 1):
        now = moment(step * REPORT_S)
        verdicts = []
        while message is not None and message.at.monotonic_s <= now.monotonic_s + 1e-9:
            verdicts += door.observe(message)
            message = next(waiting)
        verdicts += door.tick(now)
        for verdict in verdicts:
            after_s = step * REPORT_S - played.crossed_s
            told.setdefault(verdict.epc, []).append(Told(after_s, verdict))
    return [
        _mark(epc, played.went[epc], told.get(epc, []))
        for epc in sorted({r.epc for r in played.reads})
    ]


def _mark(epc: str, truth: int, told: Sequence[Told]) -> Mark:
    """Net of everything said: out and in again is not through; a sure word answers a question."""
    if not told:
        return Mark(epc, truth, 0, 0.99, ())
    last = told[-1].verdict
    sure = [WAY[t.verdict.direction] for t in told if t.verdict.direction in WAY]
    if not sure:
        guess = _way(last)
    elif len(set(sure)) > 1 or last.direction is Direction.TURNED_BACK:
        guess = 0
    else:
        guess = sure[-1]
    return Mark(epc, truth, guess, last.confidence, tuple(told))


def _way(verdict: Verdict) -> int:
    """The likeliest of in, out and not through."""
    if verdict.direction is Direction.UNKNOWN and verdict.confidence > 0.0:
        odds = {way: float(verdict.evidence.get(name, "0")) for way, name in _ODDS.items()}
        return max(odds, key=lambda way: odds[way])
    return WAY.get(verdict.direction, 0)
