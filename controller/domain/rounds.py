"""In which order to walk through aisles, so that carriages move least.

A bank has one gap. When aisle a stands open and aisle b is wanted, exactly the carriages between
them move: |a - b| of them. What a round costs is the sum of that over its steps. Aisles lie on a
line, so the best round sweeps to the nearer end first and then to the other.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise


def carriages_moved(aisles: Sequence[int], open_aisle: int | None) -> int:
    """What walking through ``aisles`` in this order costs; the first is free when none is open."""
    steps = list(aisles) if open_aisle is None else [open_aisle, *aisles]
    return sum(abs(here - there) for here, there in pairwise(steps))


def best_round(aisles: Collection[int], open_aisle: int | None) -> list[int]:
    """Each of ``aisles`` once, in the order that moves the fewest carriages."""
    upward = sorted(set(aisles))
    if open_aisle is None or not upward:
        return upward
    below = [aisle for aisle in upward if aisle < open_aisle]
    here_and_above = [aisle for aisle in upward if aisle >= open_aisle]
    down_first = [*reversed(below), *here_and_above]
    up_first = [*here_and_above, *reversed(below)]
    if carriages_moved(down_first, open_aisle) < carriages_moved(up_first, open_aisle):
        return down_first
    return up_first
