"""The simulated site: devices that are not there, moved on together by ``advance(dt)``.

Seeded: the same seed and the same steps give the same reads and readings.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Protocol

from simulators.walks import Seen, Walk, reads

STEP_S = 0.05


class ReaderDevice(Protocol):
    """A simulated portal reader."""

    def show(self, reads: Iterable[tuple[int, str, float]]) -> None:
        """Let these (antenna, EPC, dBm) be seen now."""
        ...


class RackDevice(Protocol):
    """A simulated bank of mobile shelving."""

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass in its physics."""
        ...


class SensorDevice(Protocol):
    """A simulated temperature and humidity sensor."""

    temperature_c: float
    relative_humidity_percent: float


class World:
    """Doors, banks and sensors, and the people walking among them."""

    def __init__(
        self,
        *,
        seed: int,
        readers: Mapping[str, tuple[ReaderDevice, Mapping[int, str]]],
        racks: Mapping[str, RackDevice],
        sensors: Mapping[str, SensorDevice],
    ) -> None:
        """``readers``: door → the reader and which side each antenna port looks at."""
        self._chance = Random(seed)
        self._readers = readers
        self._racks = racks
        self._sensors = sensors
        self._walks: dict[str, list[Walk]] = {door: [] for door in readers}
        self._climbs: list[Callable[[float], bool]] = []
        self._lock = threading.Lock()

    @property
    def doors(self) -> Sequence[str]:
        """The doors one can walk through."""
        return tuple(self._readers)

    def walk(self, door: str, walk: Walk) -> None:
        """Let somebody start walking through ``door``."""
        with self._lock:
            self._walks[door].append(walk)

    def set_climate(
        self,
        sensor: str,
        *,
        temperature_c: float | None,
        relative_humidity_percent: float | None,
        over_s: float,
    ) -> None:
        """Let a sensor's air drift to new values over some seconds."""
        device = self._sensors[sensor]
        targets = {
            "temperature_c": temperature_c,
            "relative_humidity_percent": relative_humidity_percent,
        }
        wanted = {name: value for name, value in targets.items() if value is not None}
        with self._lock:
            self._climbs.append(_climb(device, wanted, max(over_s, STEP_S)))

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass everywhere."""
        with self._lock:
            for rack in self._racks.values():
                rack.advance(dt_s)
            self._climbs = [climb for climb in self._climbs if climb(dt_s)]
            for door, (reader, antennas) in self._readers.items():
                seen = self._walked(self._walks[door], antennas, dt_s)
                if seen:
                    reader.show(seen)

    def _walked(
        self, walks: list[Walk], antennas: Mapping[int, str], dt_s: float
    ) -> Sequence[Seen]:
        for walk in walks:
            walk.advance(dt_s)
        walks[:] = [walk for walk in walks if not walk.over]
        return reads(walks, antennas, dt_s, self._chance)

    def run(self, stop: threading.Event) -> None:
        """Move on in real time until ``stop``."""
        while not stop.wait(STEP_S):
            self.advance(STEP_S)


def _climb(
    device: SensorDevice, wanted: Mapping[str, float], over_s: float
) -> Callable[[float], bool]:
    rates = {name: (value - getattr(device, name)) / over_s for name, value in wanted.items()}
    left = over_s

    def climb(dt_s: float) -> bool:
        nonlocal left
        step = min(dt_s, left)
        left -= step
        for name, rate in rates.items():
            setattr(device, name, getattr(device, name) + rate * step)
        return left > 0

    return climb
