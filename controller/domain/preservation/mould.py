"""Whether mould grows: the VTT index on sensitive organic material, and the limit of germination.

Hukka and Viitanen (1999), Wood Science and Technology 33: 475-485, with the signs of the paper
(published code often has two of them wrong). 0 nothing, 1 seen by microscope, 3 seen by eye,
6 covered.
"""

from dataclasses import dataclass
from math import cosh, exp, log

SEEN_BY_MICROSCOPE = 1.0
SEEN_BY_EYE = 3.0
WARM_LIMIT_PERCENT = 80.0
GROWS_BETWEEN_C = (0.0, 50.0)
HOURS_A_DAY = 24
DAYS_A_WEEK = 7
FADES_FAST_H, FADES_AGAIN_H = 6, 24
"""Dry spell: it fades for six hours, rests until a day has passed, then fades slowly."""
FAST_A_DAY, SLOW_A_DAY = 0.032, 0.016


def critical_humidity_percent(temperature_c: float) -> float:
    """Above this mould grows (eq. 1)."""
    if temperature_c > 20:
        return WARM_LIMIT_PERCENT
    t = temperature_c
    return -0.00267 * t**3 + 0.160 * t**2 - 3.13 * t + 100


def germination_limit_percent(temperature_c: float) -> float:
    """Lowest humidity at which spores germinate at all (Zeng et al. 2023, line LIM0)."""
    return 100 * (0.02633 * cosh(0.10083 * (temperature_c - 30)) + 0.7153)


def weeks_to_microscopic(
    temperature_c: float, humidity_percent: float, *, kind: float = 0.0, surface: float = 0.0
) -> float:
    """Time to index 1 (eq. 2): ``kind`` 0 pine, 1 spruce; ``surface`` 0 sawn, 1 kiln-dried."""
    exponent = -0.68 * log(temperature_c) - 13.9 * log(humidity_percent)
    return exp(exponent + 0.14 * kind - 0.33 * surface + 66.02)


def weeks_to_visible(temperature_c: float, humidity_percent: float, *, kind: float = 0.0) -> float:
    """Time to index 3 (eq. 3)."""
    return exp(-0.74 * log(temperature_c) - 12.72 * log(humidity_percent) + 0.06 * kind + 61.50)


def highest_index(temperature_c: float, humidity_percent: float) -> float:
    """More than this never grows at that climate (eq. 6)."""
    critical = critical_humidity_percent(temperature_c)
    x = (critical - humidity_percent) / (critical - 100)
    return 1 + 7 * x - 2 * x**2


@dataclass(slots=True)
class MouldIndex:
    """The index as it stands; advanced hour by hour."""

    index: float = 0.0
    highest: float = 0.0
    dry_h: float = 0.0
    """How long it has been too dry to grow."""

    def advance(self, hours: float, temperature_c: float, humidity_percent: float) -> None:
        """Live through ``hours`` of this climate, an hour at most at a time."""
        while hours > 0:
            step = min(hours, 1.0)
            if self._grows(temperature_c, humidity_percent):
                self.dry_h = 0.0
                self.index += step / HOURS_A_DAY * self._rate(temperature_c, humidity_percent)
            else:
                self._fade(step)
            self.highest = max(self.highest, self.index)
            hours -= step

    @staticmethod
    def _grows(temperature_c: float, humidity_percent: float) -> bool:
        cold, hot = GROWS_BETWEEN_C
        critical = critical_humidity_percent(temperature_c)
        return cold < temperature_c < hot and humidity_percent >= critical and critical < 100

    def _rate(self, temperature_c: float, humidity_percent: float) -> float:
        """Growth a day (eqs. 4 and 5)."""
        weeks = weeks_to_microscopic(temperature_c, humidity_percent)
        slowed = 1.0
        if self.index >= SEEN_BY_MICROSCOPE:
            slowed = 2 / (weeks_to_visible(temperature_c, humidity_percent) / weeks - 1)
        beyond = self.index - highest_index(temperature_c, humidity_percent)
        saturation = max(1 - exp(2.3 * beyond), 0.0)
        return slowed * saturation / (DAYS_A_WEEK * weeks)

    def _fade(self, hours: float) -> None:
        """Dry or cold: the index sinks (section "unfavourable conditions")."""
        if self.dry_h < FADES_FAST_H:
            loss = FAST_A_DAY
        elif self.dry_h < FADES_AGAIN_H:
            loss = 0.0
        else:
            loss = SLOW_A_DAY
        self.dry_h += hours
        self.index = max(0.0, self.index - loss * hours / HOURS_A_DAY)
