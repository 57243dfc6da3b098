"""All temperature and humidity sensors of one Modbus line, each on its own interval.

A sensor that does not answer is said to be lost once and asked again ever more rarely, so
that it does not stall its neighbours; it is back with its first answer.
"""

import heapq
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from drivers.climate.quality import Before, Judged, judge
from drivers.errors import Declined, DeviceError, Garbled, Unreachable
from drivers.modbus.bus import Bus, Priority
from drivers.modbus.exchange import NotSent, Read
from drivers.observations import (
    ClimateReading,
    Clock,
    DeviceBack,
    DeviceLost,
    Moment,
    Quality,
)
from drivers.ports import Emit
from drivers.profiles import Group, Profile, ProfileError
from drivers.registers import Measured, decode
from drivers.supervise import RETRY_AFTER_S

log = logging.getLogger(__name__)

SLICE_S = 0.25
"""The longest wait, so that ``run`` returns soon after it is told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPoint:
    """One sensor on a line."""

    name: str
    unit: int
    profile: Profile
    interval_s: float


class _Sensor:
    """One sensor and what is known of it."""

    def __init__(self, point: SensorPoint) -> None:
        group = point.profile.groups.get("reading")
        points = {p.name: p for p in group.points} if group is not None else {}
        if group is None or not {"temperature", "humidity"} <= points.keys():
            raise ProfileError(
                f"{point.profile.id}: group.reading needs the points temperature and humidity"
            )
        self.name = point.name
        self.title = point.profile.title
        self.interval_s = point.interval_s
        self.read = Read(unit=point.unit, kind=group.kind, address=group.address, count=group.count)
        self._group: Group = group
        self._points = points
        self._before: tuple[float, float] | None = None
        self.answers: bool | None = None
        """``None`` until it was asked for the first time."""
        self.failures = 0

    def judged(self, registers: Sequence[int], at: Moment) -> Judged:
        """What the registers say; remembers the temperature for the next time."""
        before = None
        if self._before is not None:
            temperature_c, when_s = self._before
            before = Before(temperature_c=temperature_c, age_s=at.monotonic_s - when_s)
        judged = judge(
            self._value("temperature", registers), self._value("humidity", registers), before
        )
        if judged.temperature_c is not None:
            self._before = (judged.temperature_c, at.monotonic_s)
        return judged

    def due_in_s(self) -> float:
        """How long to wait before asking it again."""
        if not self.failures:
            return self.interval_s
        return RETRY_AFTER_S[min(self.failures, len(RETRY_AFTER_S)) - 1]

    def _value(self, name: str, registers: Sequence[int]) -> Measured:
        point, base = self._points[name], self._group.address
        return decode(point, registers[point.address - base : point.end - base])


class SensorLine:
    """A device that reports for several names: those of its sensors."""

    def __init__(
        self, *, name: str, bus: Bus, sensors: Sequence[SensorPoint], clock: Clock
    ) -> None:
        """Take the line of ``bus``, which others may share; nothing is opened before ``run``.

        Raises:
            ProfileError: a sensor's profile gives no temperature and humidity.
        """
        self._name = name
        self._clock = clock
        self._sensors = [_Sensor(point) for point in sensors]
        self._bus = bus
        self._reconnects = 0

    @property
    def name(self) -> str:
        """The line's name; its sensors report under their own."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Frames, bad frames, connects of the line and sensors that came back, since start."""
        return {**self._bus.counters(), "reconnects": self._reconnects}

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Poll every sensor on its interval until ``stop`` is set."""
        now = monotonic()
        due = [(now, index) for index in range(len(self._sensors))]
        with self._bus.running():
            while not stop.is_set():
                due_s, index = due[0]
                if (left := due_s - monotonic()) > 0:
                    stop.wait(min(left, SLICE_S))
                    continue
                sensor = self._sensors[index]
                self._poll(sensor, emit)
                heapq.heapreplace(due, (_next_due(due_s, sensor.due_in_s()), index))

    def _poll(self, sensor: _Sensor, emit: Emit) -> None:
        try:
            registers = self._ask(sensor)
        except Declined as error:
            self._answered(sensor, emit)
            self._emit(sensor, emit, _unreadable(f"declined: {error}"))
        except DeviceError as error:
            self._failed(sensor, emit, error)
        else:
            self._answered(sensor, emit)
            self._emit(sensor, emit, sensor.judged(registers, self._clock()))

    def _ask(self, sensor: _Sensor) -> tuple[int, ...]:
        """Ask; of a sensor that is there one answer may be lost, two may not."""
        try:
            return self._bus.perform(sensor.read, Priority.POLL)
        except NotSent:
            raise
        except (Unreachable, Garbled):
            if not sensor.answers:
                raise
            return self._bus.perform(sensor.read, Priority.POLL)

    def _answered(self, sensor: _Sensor, emit: Emit) -> None:
        sensor.failures = 0
        if sensor.answers:
            return
        if sensor.answers is False:
            self._reconnects += 1
            log.info("%s: back", sensor.name)
        sensor.answers = True
        emit(DeviceBack(at=self._clock(), device=sensor.name, detail=sensor.title))

    def _failed(self, sensor: _Sensor, emit: Emit, error: DeviceError) -> None:
        sensor.failures += 1
        if sensor.answers is False:
            return
        sensor.answers = False
        log.warning("%s: lost: %s", sensor.name, error)
        emit(DeviceLost(at=self._clock(), device=sensor.name, reason=str(error)))

    def _emit(self, sensor: _Sensor, emit: Emit, judged: Judged) -> None:
        emit(
            ClimateReading(
                at=self._clock(),
                sensor=sensor.name,
                temperature_c=judged.temperature_c,
                relative_humidity_percent=judged.relative_humidity_percent,
                quality=judged.quality,
                fault=judged.fault,
            )
        )


def _unreadable(fault: str) -> Judged:
    return Judged(
        temperature_c=None, relative_humidity_percent=None, quality=Quality.BAD, fault=fault
    )


def _next_due(due_s: float, in_s: float) -> float:
    """On the beat of the interval; cycles that were missed are skipped, not made up for."""
    now = monotonic()
    return due_s + in_s if due_s + in_s > now else now + in_s
