"""Plays reads to one door, as the deciding thread does: reports as they come, a tick in between."""

from collections.abc import Mapping, Sequence

from controller.domain.model import Side
from controller.domain.passage import DoorPassages, Verdict
from drivers.observations import TagReport
from tests.domain.physics import Antenna
from tests.domain.rooms import START, moment

TICK_S = 0.1


def door(antennas: Mapping[int, Antenna]) -> DoorPassages:
    """A door with those antennas."""
    return DoorPassages(
        {port: Side.INSIDE if a.side > 0 else Side.OUTSIDE for port, a in antennas.items()}
    )


def play(
    passages: DoorPassages, reports: Sequence[TagReport], until_s: float
) -> list[tuple[float, Verdict]]:
    """Every verdict with the second in which it was given."""
    verdicts: list[tuple[float, Verdict]] = []
    waiting = list(reports)
    for step in range(1, round(until_s / TICK_S) + 1):
        now_s = step * TICK_S
        while waiting and (waiting[0].at.utc - START).total_seconds() <= now_s + 1e-9:
            report = waiting.pop(0)
            verdicts += [(now_s, verdict) for verdict in passages.observe(report)]
        verdicts += [(now_s, verdict) for verdict in passages.tick(moment(now_s))]
    return verdicts
