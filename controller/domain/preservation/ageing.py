"""How fast paper ages: preservation index, lifetime multiplier, isoperm, and their means over time.

Means over time are harmonic and weighted by time: it is rates of decay that add up.
"""

from dataclasses import dataclass
from math import exp

from controller.domain.preservation.psychrometrics import KELVIN

GAS_J_MOL_K = 8.314
REFERENCE_K = 20 + KELVIN
"""20 °C, at which with 50 % humidity a lifetime multiplier is one."""
PAPER_J_MOL = 100_000.0
VARNISH_J_MOL = 70_000.0
"""Activation energies (Michalski 2002; Martens 2012)."""
ISOPERM_J_MOL = 25_000 * 4.184
"""Enthalpy of Sebera (1994), 25 kcal/mol."""
DAYS_A_YEAR = 365
INDEX_RANGE_C = (-23.0, 65.0)
INDEX_RANGE_PERCENT = (6.0, 95.0)
"""Where the preservation index is defined."""


def within_index_range(temperature_c: float, relative_humidity_percent: float) -> bool:
    """Whether the preservation index is defined there, rather than taken from the range's edge."""
    (cold, hot), (dry, damp) = INDEX_RANGE_C, INDEX_RANGE_PERCENT
    return cold <= temperature_c <= hot and dry <= relative_humidity_percent <= damp


def preservation_index_years(temperature_c: float, relative_humidity_percent: float) -> float:
    """The Image Permanence Institute's preservation index, by its formula (Padfield 2004).

    Values outside the range in which it is defined count as the nearest one inside.
    """
    t = min(max(temperature_c, INDEX_RANGE_C[0]), INDEX_RANGE_C[1])
    rh = min(max(relative_humidity_percent, INDEX_RANGE_PERCENT[0]), INDEX_RANGE_PERCENT[1])
    activation = (95_220 - 134.9 * rh) / (GAS_J_MOL_K * (t + KELVIN))
    return exp(activation + 0.0284 * rh - 28.023) / DAYS_A_YEAR


def lifetime_multiplier(
    temperature_c: float,
    relative_humidity_percent: float,
    activation_j_mol: float = PAPER_J_MOL,
) -> float:
    """Times the lifetime at 20 °C and 50 % (Michalski 2002); infinite in absolutely dry air."""
    if relative_humidity_percent <= 0:
        return float("inf")
    warmth = 1 / (temperature_c + KELVIN) - 1 / REFERENCE_K
    damp = (50 / relative_humidity_percent) ** 1.3
    return float(damp * exp(activation_j_mol / GAS_J_MOL_K * warmth))


def isoperm(temperature_c: float, relative_humidity_percent: float) -> float:
    """Relative permanence against 20 °C and 50 % (Sebera 1994); infinite in dry air."""
    if relative_humidity_percent <= 0:
        return float("inf")
    kelvin = temperature_c + KELVIN
    warmth = 1 / kelvin - 1 / REFERENCE_K
    ratio = 50 / relative_humidity_percent * REFERENCE_K / kelvin
    return float(ratio * exp(ISOPERM_J_MOL / GAS_J_MOL_K * warmth))


@dataclass(slots=True)
class HarmonicMean:
    """A mean that grows by every interval; feeding piecemeal or at once gives the same."""

    duration_s: float = 0.0
    decay_s: float = 0.0
    """Time weighted with the rate of decay."""

    def add(self, duration_s: float, value: float) -> None:
        """Count ``value`` for ``duration_s``."""
        self.duration_s += duration_s
        self.decay_s += duration_s / value

    @property
    def mean(self) -> float | None:
        """The time-weighted harmonic mean; ``None`` before any time was counted."""
        return self.duration_s / self.decay_s if self.decay_s > 0 else None
