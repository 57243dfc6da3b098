"""How a benchmark prints: one line a figure, with its goal beside it."""

from collections.abc import Sequence
from statistics import quantiles


def show(what: str, measured: float, unit: str, goal: float, *, at_most: bool) -> None:
    """Print one figure, its goal, and whether it is met."""
    met = measured <= goal if at_most else measured >= goal
    sign = "≤" if at_most else "≥"
    verdict = "met" if met else "NOT MET"
    line = f"{what:<58} {measured:>12,.2f} {unit:<10} goal {sign} {goal:,.0f}  {verdict}"
    print(line, flush=True)


def note(what: str, measured: float, unit: str) -> None:
    """Print one figure that has no goal."""
    print(f"{what:<58} {measured:>12,.2f} {unit}", flush=True)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which ``percent`` of ``values`` lie."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
