"""All sensors that publish to one broker: one thread, one connection, for ever.

A sensor of this kind speaks when it likes, often only when something changed: silence is judged
by who knows how long it may last. It is lost when it says so itself (its last will), or with the
broker; it is back with its first word. What the broker kept from earlier is no reading.
"""

import logging
import math
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from drivers.climate.quality import Before, Judged, judge
from drivers.errors import Garbled
from drivers.link import Stopped
from drivers.mqtt_climate.wire import LARGEST_BYTES, Dialect, Said
from drivers.observations import ClimateReading, Clock, DeviceBack, DeviceLost
from drivers.ports import Emit
from drivers.registers import Measured
from drivers.subscription import Broker, Message, Subscription
from drivers.supervise import Answered, Supervisor

log = logging.getLogger(__name__)

TOGETHER_S = 2.0
"""Temperature and humidity of one measurement may come in two messages, this far apart."""
RANGE_C = (-40.0, 80.0)
RANGE_PERCENT = (0.0, 102.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSensor:
    """One sensor at a broker."""

    name: str
    dialect: Dialect
    interval_s: float
    """How long a value it does not repeat is still its word: as long as it may be silent."""


class _Heard:
    """What one sensor has said so far."""

    def __init__(self, sensor: MqttSensor) -> None:
        self.sensor = sensor
        self.online: bool | None = None
        """``None`` until it is known."""
        self.due_s = math.inf
        """When what it has said becomes a reading, even if the other half does not come."""
        self._said: dict[str, tuple[float, float]] = {}
        self._fresh: set[str] = set()
        self._before: tuple[float, float] | None = None

    def take(self, said: Said, now: float) -> None:
        """Write down values; both together are a reading at once."""
        for name in ("temperature_c", "relative_humidity_percent"):
            value = getattr(said, name)
            if value is not None:
                self._said[name] = (value, now)
                self._fresh.add(name)
        if self._fresh:
            self.due_s = now if len(self._fresh) == 2 else min(self.due_s, now + TOGETHER_S)

    def judged(self, now: float) -> Judged:
        """The reading that is due; what was said long ago counts no more."""
        self.due_s = math.inf
        self._fresh.clear()
        before = None
        if self._before is not None:
            before = Before(temperature_c=self._before[0], age_s=now - self._before[1])
        warmth = self._value("temperature_c", RANGE_C, now)
        damp = self._value("relative_humidity_percent", RANGE_PERCENT, now)
        judged = judge(warmth, damp, before)
        if judged.temperature_c is not None:
            self._before = (judged.temperature_c, now)
        return judged

    def _value(self, name: str, allowed: tuple[float, float], now: float) -> Measured:
        value, at = self._said.get(name, (math.nan, -math.inf))
        if math.isnan(value) or now - at > max(self.sensor.interval_s, TOGETHER_S):
            return Measured(None, "invalid")
        if not allowed[0] <= value <= allowed[1]:
            return Measured(None, "out_of_range")
        return Measured(value, "")


class MqttSensors:
    """A device that reports for several names: those of its sensors."""

    def __init__(
        self, *, name: str, broker: Broker, sensors: Sequence[MqttSensor], clock: Clock
    ) -> None:
        """``broker`` names the topics of all ``sensors``; nothing is opened before ``run``."""
        self._name = name
        self._broker = broker
        self._clock = clock
        self._heard = [_Heard(sensor) for sensor in sensors]
        self._by_topic = {
            topic: (heard, read)
            for heard in self._heard
            for topic, read in heard.sensor.dialect.readers.items()
        }
        self._counters = Counter(messages=0, bad_messages=0, retained=0)
        self._supervisor: Supervisor | None = None

    @property
    def name(self) -> str:
        """The connection's name; its sensors report under their own."""
        return self._name

    def counters(self) -> Mapping[str, int]:
        """Messages, bad ones, old ones that the broker kept, reconnects; since start."""
        reconnects = self._supervisor.reconnects if self._supervisor else 0
        return {**self._counters, "reconnects": reconnects}

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Report readings until ``stop`` is set; returns within a second then."""

        def told(observation: object) -> None:
            """The broker's own loss is that of every sensor; it has no name in the site file."""
            if isinstance(observation, DeviceLost):
                for heard in self._heard:
                    self._lost(heard, emit, observation.reason)

        supervisor = self._supervisor = Supervisor(self._name, emit=told, clock=self._clock)

        def attempt(answered: Answered) -> None:
            with suppress(Stopped), Subscription(self._broker, largest=LARGEST_BYTES) as broker:
                broker.open(stop)
                answered("")
                while True:
                    due_s = min(heard.due_s for heard in self._heard)
                    for message in broker.receive(due_s, stop):
                        self._take(message, emit)
                    self._report(emit)

        supervisor.run(attempt, stop)

    def _take(self, message: Message, emit: Emit) -> None:
        heard, read = self._by_topic.get(message.topic, (None, None))
        if heard is None or read is None:
            return
        self._counters["messages"] += 1
        try:
            said = read(message.payload)
        except Garbled as error:
            self._counters["bad_messages"] += 1
            log.warning("%s: %s: %s", heard.sensor.name, message.topic, error)
            return
        if said.online is not None:
            self._availability(heard, said.online, emit)
        elif message.retained:
            self._counters["retained"] += 1
        else:
            heard.take(said, monotonic())

    def _report(self, emit: Emit) -> None:
        now = monotonic()
        for heard in self._heard:
            if heard.due_s > now:
                continue
            judged = heard.judged(now)
            self._availability(heard, True, emit)
            emit(
                ClimateReading(
                    at=self._clock(),
                    sensor=heard.sensor.name,
                    temperature_c=judged.temperature_c,
                    relative_humidity_percent=judged.relative_humidity_percent,
                    quality=judged.quality,
                    fault=judged.fault,
                )
            )

    def _availability(self, heard: _Heard, online: bool, emit: Emit) -> None:
        if not online:
            self._lost(heard, emit, "it says that it is going, or its broker says so for it")
        elif heard.online is not True:
            heard.online = True
            log.info("%s: back", heard.sensor.name)
            emit(DeviceBack(at=self._clock(), device=heard.sensor.name, detail=""))

    def _lost(self, heard: _Heard, emit: Emit, reason: str) -> None:
        if heard.online is False:
            return
        heard.online = False
        log.warning("%s: lost: %s", heard.sensor.name, reason)
        emit(DeviceLost(at=self._clock(), device=heard.sensor.name, reason=reason))
