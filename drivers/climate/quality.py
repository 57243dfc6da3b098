"""How far one poll of a temperature and humidity sensor may be believed: pure.

A broken sensor hardly ever says so: it sends a rail of its range, two zeros, or a number that
no room reaches. Each of those becomes a quality here, and none becomes a reading.
"""

from dataclasses import dataclass

from drivers.observations import Quality
from drivers.registers import Measured

RAILS_C = frozenset({-45.0, -40.0, 130.0})
"""What SHT sensors give when their bus hangs low or high (SHT3x data sheet 4.13)."""
SATURATED_PERCENT = 100.0
JUMP_K = 5.0
"""No stack room changes by more in a minute; a register map that was mistaken does."""
JUMP_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One poll, judged."""

    temperature_c: float | None
    relative_humidity_percent: float | None
    quality: Quality
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The last temperature the sensor gave, and how long ago."""

    temperature_c: float
    age_s: float


def judge(temperature: Measured, humidity: Measured, before: Before | None) -> Judged:
    """Both values of one poll, with the quality and, unless it is good, the fault."""
    temperature_c, relative = _number(temperature), _number(humidity)
    fault = temperature.fault or humidity.fault or _broken(temperature_c, relative)
    if fault:
        return _bad(fault, temperature_c, relative)
    if temperature_c is None or relative is None:
        return _bad("invalid", None, None)
    doubt = ""
    if relative > SATURATED_PERCENT:
        relative, doubt = SATURATED_PERCENT, "above_saturation"
    if before is not None and _jumped(temperature_c, before):
        doubt = "jump"
    quality = Quality.UNCERTAIN if doubt else Quality.GOOD
    return Judged(
        temperature_c=temperature_c,
        relative_humidity_percent=relative,
        quality=quality,
        fault=doubt,
    )


def _broken(temperature_c: float | None, relative: float | None) -> str:
    if temperature_c == 0 and relative == 0:
        return "both_zero"
    if temperature_c in RAILS_C or relative == 0:
        return "rail"
    return ""


def _bad(fault: str, temperature_c: float | None, relative: float | None) -> Judged:
    """A value without a fault of its own is kept, unless the sensor as a whole is broken."""
    whole = fault in ("both_zero", "rail")
    return Judged(
        temperature_c=None if whole else temperature_c,
        relative_humidity_percent=None if whole else relative,
        quality=Quality.BAD,
        fault=fault,
    )


def _jumped(temperature_c: float, before: Before) -> bool:
    minutes = max(before.age_s / JUMP_WITHIN_S, 1.0)
    return abs(temperature_c - before.temperature_c) > JUMP_K * minutes


def _number(measured: Measured) -> float | None:
    value = measured.value
    return float(value) if isinstance(value, int | float) else None
