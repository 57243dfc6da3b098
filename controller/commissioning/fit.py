"""Bias and scale of "it went through" for one door, from its own walks.

Only these two are fitted: everything else does not transfer from a few walks to the years after
them. A prior around "leave it as it is" keeps a handful of walks from saying too much.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from controller.domain.crossing import logistic

BIAS_SPREAD = 1.0
"""Standard deviation of the prior of the bias, about 0, in log-odds."""
SCALE_SPREAD = 0.25
"""Standard deviation of the prior of the scale, about 1."""
BIAS_AT_MOST = 2.0
SCALE_BETWEEN = (0.5, 1.5)
SCORE_AT_MOST = 12.0
"""Beyond it a score says nothing more; one absurd walk must not rule the fit."""

_STEPS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """``bias + scale * score`` are the log-odds that a tag went through this door."""

    bias: float = 0.0
    scale: float = 1.0


def fit(scores: Sequence[tuple[float, bool]]) -> Fit:
    """The fit to scores of tags of which it is known whether they went through.

    One class alone says nothing: then everything stays as it is.
    """
    if len({passed for _, passed in scores}) < 2:
        return Fit()
    weights = _balance(scores)
    bias, scale = 0.0, 1.0
    for _ in range(_STEPS):
        bias, scale = _newton(scores, weights, bias, scale)
    return Fit(
        bias=round(min(max(bias, -BIAS_AT_MOST), BIAS_AT_MOST), 3),
        scale=round(min(max(scale, SCALE_BETWEEN[0]), SCALE_BETWEEN[1]), 3),
    )


def _balance(scores: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """How much one score counts that did not pass, and one that did.

    A shelf of parked files must not outvote the walks.
    """
    through = sum(passed for _, passed in scores)
    still = len(scores) - through
    return min(1.0, through / still), min(1.0, still / through)


def _newton(
    scores: Sequence[tuple[float, bool]], weights: tuple[float, float], bias: float, scale: float
) -> tuple[float, float]:
    """One damped step towards the most likely pair."""
    slope_b = -bias / BIAS_SPREAD**2
    slope_s = -(scale - 1.0) / SCALE_SPREAD**2
    bb, bs, ss = 1.0 / BIAS_SPREAD**2, 0.0, 1.0 / SCALE_SPREAD**2
    for raw, passed in scores:
        x = min(max(raw, -SCORE_AT_MOST), SCORE_AT_MOST)
        p = logistic(bias + scale * x)
        weight = weights[passed]
        slope_b += weight * (passed - p)
        slope_s += weight * (passed - p) * x
        curve = weight * p * (1.0 - p)
        bb, bs, ss = bb + curve, bs + curve * x, ss + curve * x * x
    det = bb * ss - bs * bs
    step_b = (ss * slope_b - bs * slope_s) / det
    step_s = (bb * slope_s - bs * slope_b) / det
    damp = min(1.0, 1.0 / max(math.hypot(step_b, step_s), 1e-9))
    return bias + damp * step_b, scale + damp * step_s
