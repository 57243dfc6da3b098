"""What can be said of a quantity over time: change within an hour, mean of a day, standing still.

Seconds of the monotonic clock; bounded memory whatever the interval.
"""

from collections import deque

HOUR_S = 3600.0
DAY_S = 86_400.0
QUARTER_S = 900.0
POINT_S = 30.0
"""Points of the hour are kept no closer than this."""
ENOUGH_OF_A_DAY = 72
"""Of 96 quarters of an hour: a mean of less is none."""
ENOUGH_SAMPLES = 12


class HourWindow:
    """The greatest change up to now within the last hour."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque()

    def change(self, value: float, at_s: float) -> float:
        """Take in a value; its greatest distance from any other of the hour."""
        points = self._points
        while points and points[0][0] < at_s - HOUR_S:
            points.popleft()
        greatest = max((abs(value - each) for _, each in points), default=0.0)
        if not points or at_s - points[-1][0] >= POINT_S:
            points.append((at_s, value))
        return greatest

    def forget(self) -> None:
        """What comes next has nothing to do with what was: another sensor, a long silence."""
        self._points.clear()


class DayWindow:
    """Means of a quarter of an hour, against their mean over 24 hours."""

    def __init__(self) -> None:
        self._quarters: deque[float | None] = deque(maxlen=int(DAY_S / QUARTER_S))
        self._number: int | None = None
        self._sum = 0.0
        self._count = 0

    def distance(self, value: float, at_s: float) -> float | None:
        """Take in a value; once in a quarter of an hour, how far that was from the day's mean."""
        number = int(at_s // QUARTER_S)
        found = None
        if self._number is not None and number > self._number:
            found = self._close(number - self._number)
        self._number = number
        self._sum += value
        self._count += 1
        return found

    def _close(self, quarters: int) -> float | None:
        mean = self._sum / self._count
        self._sum, self._count = 0.0, 0
        self._quarters.append(mean)
        self._quarters.extend([None] * min(quarters - 1, 96))
        known = [each for each in self._quarters if each is not None]
        if len(known) < ENOUGH_OF_A_DAY or quarters > 1:
            return None
        return abs(mean - sum(known) / len(known))


class Standstill:
    """For how long temperature and humidity have not changed at all."""

    def __init__(self) -> None:
        self._temperature: tuple[float, float] | None = None
        self._humidity: tuple[float, float] | None = None
        self._samples = 0

    def take(
        self, temperature_c: float | None, humidity: float | None, at_s: float
    ) -> tuple[float, float, int]:
        """Hours that the temperature, and the humidity, have stood still; samples of both."""
        before = (self._temperature, self._humidity)
        if temperature_c is not None and (before[0] is None or before[0][0] != temperature_c):
            self._temperature = (temperature_c, at_s)
        if humidity is not None and (before[1] is None or before[1][0] != humidity):
            self._humidity = (humidity, at_s)
        moved = before != (self._temperature, self._humidity)
        self._samples = 1 if moved else self._samples + 1
        return _hours(self._temperature, at_s), _hours(self._humidity, at_s), self._samples


def _hours(stood: tuple[float, float] | None, at_s: float) -> float:
    return 0.0 if stood is None else (at_s - stood[1]) / HOUR_S
