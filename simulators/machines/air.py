"""The air around a sensor: temperature and humidity, drifting and flickering as told."""

from collections.abc import Sequence
from random import Random

from simulators.machines.machine import Value
from simulators.machines.pokes import poke


class Air:
    """Nothing moves here, and nothing can be commanded."""

    def __init__(
        self,
        *,
        temperature_c: float = 20.0,
        relative_humidity_percent: float = 50.0,
        seed: int = 0,
    ) -> None:
        self.temperature_c = temperature_c
        self.relative_humidity_percent = relative_humidity_percent
        self.drift_k_per_s = 0.0
        """How fast its temperature runs away in ``advance``."""
        self.flicker_k = 0.0
        """How far a reading may be off by chance."""
        self._chance = Random(seed)

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass."""
        self.temperature_c += self.drift_k_per_s * dt_s

    def values(self) -> dict[str, Value | Sequence[Value]]:
        """What a sensor in it measures now."""
        off_k = self._chance.uniform(-self.flicker_k, self.flicker_k)
        return {
            "temperature": self.temperature_c + off_k,
            "humidity": self.relative_humidity_percent,
        }

    @poke
    def set_air(
        self, temperature_c: float | None = None, relative_humidity_percent: float | None = None
    ) -> None:
        """The air is now so."""
        if temperature_c is not None:
            self.temperature_c = temperature_c
        if relative_humidity_percent is not None:
            self.relative_humidity_percent = relative_humidity_percent

    @poke
    def drift(self, k_per_s: float) -> None:
        """The temperature runs away from now on, so fast."""
        self.drift_k_per_s = k_per_s

    @poke
    def flicker(self, k: float) -> None:
        """Readings are off by chance from now on, up to so much."""
        self.flicker_k = k
