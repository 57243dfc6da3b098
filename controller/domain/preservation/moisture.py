"""How much water the material holds at rest: equilibrium moisture content, % of its dry mass."""

from math import log


def wood_moisture_percent(temperature_c: float, relative_humidity_percent: float) -> float:
    """Of wood, after Hailwood and Horrobin (Simpson 1998, FPL-RN-0268).

    It is what conservation software calls "EMC" without saying of what.
    """
    t, h = temperature_c, relative_humidity_percent / 100
    w = 349 + 1.29 * t + 0.0135 * t**2
    k = 0.805 + 0.000736 * t - 0.00000273 * t**2
    k1 = 6.27 - 0.00938 * t - 0.000303 * t**2
    k2 = 1.91 + 0.0407 * t - 0.000293 * t**2
    kh = k * h
    hydrated = (k1 * kh + 2 * k1 * k2 * kh**2) / (1 + k1 * kh + k1 * k2 * kh**2)
    return 1800 / w * (kh / (1 - kh) + hydrated)


def paper_moisture_percent(temperature_c: float, relative_humidity_percent: float) -> float:
    """Of paper, after Urquhart and Williams (Strlič et al. 2015, Heritage Science 3:40).

    Raises ``ValueError`` at a humidity of 100 % or more, where the formula has no value.
    """
    t, h = temperature_c, relative_humidity_percent / 100
    return float(100 * (log(1 - h) / (1.67 * t - 285.655)) ** (1 / (2.491 - 0.012 * t)))
