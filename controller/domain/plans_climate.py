"""Rules about a sensor's air and health beyond its limits; figures from real stores by default."""

from dataclasses import dataclass

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateRules:
    """What is watched of every sensor. ``None`` leaves a rule out."""

    rate_k_per_h: float | None = 2.0
    rate_percent_per_h: float | None = 8.0
    """Change within a sliding hour."""
    daily_k: float | None = 2.0
    daily_percent: float | None = 5.0
    """Distance from the mean of the last 24 hours (JGJ 25-2010, 5.2.3)."""
    flat_humidity_h: float | None = 12.0
    """Relative humidity unchanged for so long is a dead probe."""
    flat_both_h: float = 6.0
    """Temperature and humidity unchanged together for so long, over 12 samples at least."""
    flat_temperature_h: float = 72.0
    """Temperature alone may honestly stand still for a day."""
    sibling_k: float | None = 1.5
    sibling_percent: float | None = 8.0
    """Distance from the other sensors of the room, for ``sibling_h``."""
    sibling_h: float = 6.0
    battery_percent: float | None = 15.0
    margin_k: float | None = 2.0
    """Surface temperature above the dew point, where a sensor measures the surface."""
    calibration_days: int | None = 30
    """Days before a calibration is due."""
