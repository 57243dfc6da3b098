"""A temperature and humidity sensor that is not there, with the registers of any such profile."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from drivers.profiles import Profile
from drivers.registers import Point, encode
from simulators.serial_line import READ_INPUT


class SimulatedSensor:
    """One unit for a ``SerialLine``. What it says may be set from any thread, at any time."""

    def __init__(
        self,
        profile: Profile,
        *,
        temperature_c: float = 20.0,
        relative_humidity_percent: float = 50.0,
    ) -> None:
        """A sensor of that model in that air."""
        group = profile.groups["reading"]
        self.temperature_c = temperature_c
        self.relative_humidity_percent = relative_humidity_percent
        self.drift_k_per_s = 0.0
        """How fast its temperature runs away in ``advance``."""
        self.silent = False
        self._function = READ_INPUT if group.kind == "input" else READ_INPUT - 1
        self._points: Sequence[Point] = tuple(replace(p, range=None) for p in group.points)
        self._broken: dict[str, int] = {}
        self._lock = threading.Lock()

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass."""
        self.temperature_c += self.drift_k_per_s * dt_s

    def break_down(self, *, temperature: int | None = None, humidity: int | None = None) -> None:
        """From now on give these raw words, e.g. 0x8000 for a broken wire; ``None``: measure."""
        said = {"temperature": temperature, "humidity": humidity}
        with self._lock:
            self._broken = {name: word for name, word in said.items() if word is not None}

    def read(self, function: int, address: int, count: int) -> list[int] | None:
        """The registers from ``address``, or ``None`` if it has not all of them."""
        if function != self._function:
            return None
        registers = {point.address: self._word(point) for point in self._points}
        wanted = range(address, address + count)
        return [registers[a] for a in wanted] if set(wanted) <= registers.keys() else None

    def _word(self, point: Point) -> int:
        with self._lock:
            if point.name in self._broken:
                return self._broken[point.name]
        value = (
            self.temperature_c if point.name == "temperature" else self.relative_humidity_percent
        )
        return encode(point, value)[0]
