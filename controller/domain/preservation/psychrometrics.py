"""Moist air: vapour pressure, dew and frost point, mixing ratio, humidity at a cold surface.

WMO-No. 8 (Guide to Instruments and Methods of Observation), annex 4.B, with the Magnus
coefficients of Sonntag (1990); valid from -45 to 60 °C.
"""

from math import exp, log

STANDARD_PRESSURE_HPA = 1013.25
KELVIN = 273.15

BASE_HPA = 6.112
"""Saturation pressure at 0 °C."""
WATER = (17.62, 243.12)
ICE = (22.46, 272.62)
"""Magnus coefficients: factor, and offset in °C."""
WATER_TO_AIR_G_KG = 621.97
"""Ratio of the molar masses of water and dry air, in g/kg."""
WATER_GAS_G_K_J = 216.68
"""Inverse gas constant of water vapour, for hPa and g/m³."""


def saturation_pressure_hpa(temperature_c: float) -> float:
    """Vapour pressure of air saturated over water."""
    return _magnus(temperature_c, WATER)


def saturation_pressure_over_ice_hpa(temperature_c: float) -> float:
    """Vapour pressure of air saturated over ice."""
    return _magnus(temperature_c, ICE)


def vapour_pressure_hpa(temperature_c: float, relative_humidity_percent: float) -> float:
    """Pressure of the water vapour in the air."""
    return saturation_pressure_hpa(temperature_c) * relative_humidity_percent / 100


def dew_point_c(temperature_c: float, relative_humidity_percent: float) -> float:
    """Where the air would be saturated over water; ``ValueError`` at a humidity of 0 or less."""
    return _saturated_at(vapour_pressure_hpa(temperature_c, relative_humidity_percent), WATER)


def frost_point_c(temperature_c: float, relative_humidity_percent: float) -> float:
    """Where the air would be saturated over ice; ``ValueError`` at a humidity of 0 or less."""
    return _saturated_at(vapour_pressure_hpa(temperature_c, relative_humidity_percent), ICE)


def mixing_ratio_g_kg(
    temperature_c: float,
    relative_humidity_percent: float,
    pressure_hpa: float = STANDARD_PRESSURE_HPA,
) -> float:
    """Grams of water per kilogram of dry air."""
    vapour = vapour_pressure_hpa(temperature_c, relative_humidity_percent)
    return WATER_TO_AIR_G_KG * vapour / (pressure_hpa - vapour)


def absolute_humidity_g_m3(temperature_c: float, relative_humidity_percent: float) -> float:
    """Grams of water per cubic metre of air."""
    vapour = vapour_pressure_hpa(temperature_c, relative_humidity_percent)
    return WATER_GAS_G_K_J * vapour / (temperature_c + KELVIN)


def surface_humidity_percent(
    temperature_c: float, relative_humidity_percent: float, surface_c: float
) -> float:
    """Relative humidity of the same air against a colder wall, at most 100: condensation."""
    vapour = vapour_pressure_hpa(temperature_c, relative_humidity_percent)
    return min(100.0, 100 * vapour / saturation_pressure_hpa(surface_c))


def _magnus(temperature_c: float, over: tuple[float, float]) -> float:
    factor, offset_c = over
    return BASE_HPA * exp(factor * temperature_c / (offset_c + temperature_c))


def _saturated_at(vapour_hpa: float, over: tuple[float, float]) -> float:
    factor, offset_c = over
    exponent = log(vapour_hpa / BASE_HPA)
    return offset_c * exponent / (factor - exponent)
