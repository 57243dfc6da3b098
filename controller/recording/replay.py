"""Plays reads through the very door logic that the controller runs, in the time of the recording.

Reports go in as they would have come, ten a second, with a tick after each; no clock is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from controller.domain.passage import DoorPassages, Verdict
from controller.domain.plans import DoorPlan
from controller.recording.values import Heard
from drivers.observations import Moment, TagRead, TagReport

STEP_S = 0.1
"""The daemon's tick, and the pace at which readers report."""
REST_S = 15.0
"""How long after the last read the last verdict is waited for."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One verdict, and when in the recording it was given."""

    at_s: float
    verdict: Verdict


def logic_of(plan: DoorPlan) -> DoorPassages:
    """The logic of that door, as the controller would start it."""
    return DoorPassages(plan.antennas, rule=plan.rule, beams=plan.beams)


def replay(plan: DoorPlan, reads: Sequence[Heard]) -> list[Told]:
    """What the door would have said of ``reads``, which are in the order of time."""
    if not reads:
        return []
    passages = logic_of(plan)
    began_s = reads[0].time_s
    reports = _reports(plan.id, reads)
    waiting = next(reports, None)
    told: list[Told] = []
    for step in range(1, round((reads[-1].time_s - began_s + REST_S) / STEP_S) + 1):
        now_s = step * STEP_S
        while waiting is not None and waiting.at.monotonic_s < now_s:
            told += _at(began_s, waiting.at.monotonic_s, passages.observe(waiting))
            waiting = next(reports, None)
        told += _at(began_s, now_s, passages.tick(_moment(now_s)))
    return told


def _at(began_s: float, now_s: float, verdicts: Sequence[Verdict]) -> list[Told]:
    return [Told(at_s=began_s + now_s, verdict=verdict) for verdict in verdicts]


def _reports(door: str, reads: Sequence[Heard]) -> Iterator[TagReport]:
    """One a step; each arrives with its newest read, and its reads keep their times."""
    began_s = reads[0].time_s
    for _, group in groupby(reads, lambda read: int((read.time_s - began_s) / STEP_S)):
        some = list(group)
        yield TagReport(
            at=_moment(some[-1].time_s - began_s),
            reader=door,
            reads=tuple(_tag_read(read, began_s) for read in some),
        )


def _tag_read(read: Heard, began_s: float) -> TagRead:
    return TagRead(
        epc=read.epc,
        antenna=read.antenna,
        rssi_dbm=read.rssi_dbm,
        reader_time_us=round((read.time_s - began_s) * 1e6),
        seen_count=1,
        phase_rad=read.phase_rad,
    )


def _moment(since_s: float) -> Moment:
    return Moment(utc=_EPOCH + timedelta(seconds=since_s), monotonic_s=since_s)
