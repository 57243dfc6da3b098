"""Keeps one device connected for ever: says lost once and back once, retries with jitter."""

import logging
import threading
from collections.abc import Callable
from random import Random

from drivers.errors import DeviceError
from drivers.observations import Clock, DeviceBack, DeviceLost
from drivers.ports import Emit

log = logging.getLogger(__name__)

RETRY_AFTER_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""The last one repeats. Each is stretched by up to a half, lest readers return in step."""

Answered = Callable[[str], None]
"""What an attempt calls once the device answers sensibly, with its make and firmware if known."""


class Supervisor:
    """Runs attempts to talk to one device until told to stop."""

    def __init__(
        self, name: str, *, emit: Emit, clock: Clock, jitter: Random | None = None
    ) -> None:
        self._name = name
        self._emit = emit
        self._clock = clock
        self._jitter = jitter or Random(name)  # noqa: S311 -- spreads retries, guards nothing
        self._lost = False
        self._answering = False
        self._failures = 0
        self.reconnects = 0
        """How often the device came back after having answered before."""

    def run(
        self,
        attempt: Callable[[Answered], None],
        stop: threading.Event,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        """Call ``attempt`` again and again; it returns only when stopped, else raises.

        A device that fails before it ever answered is lost, too: nobody may think it watches.
        ``pause`` waits between attempts instead of ``stop.wait``, for devices that have
        something to answer meanwhile.
        """
        while not stop.is_set():
            try:
                attempt(self._answered)
            except DeviceError as error:
                self._failed(error)
            if stop.is_set():
                return
            (pause or stop.wait)(self._delay())
            self._failures += 1

    def _answered(self, detail: str) -> None:
        self._failures = 0
        if self._answering:
            return
        self._answering = True
        if self._lost:
            self.reconnects += 1
            log.info("%s: back", self._name)
        self._lost = False
        self._emit(DeviceBack(at=self._clock(), device=self._name, detail=detail))

    def _failed(self, error: DeviceError) -> None:
        self._answering = False
        if self._lost:
            return
        self._lost = True
        log.warning("%s: lost: %s", self._name, error)
        self._emit(DeviceLost(at=self._clock(), device=self._name, reason=str(error)))

    def _delay(self) -> float:
        base = RETRY_AFTER_S[min(self._failures, len(RETRY_AFTER_S) - 1)]
        return base * (1 + self._jitter.random() / 2)
