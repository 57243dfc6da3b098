"""The shapes every driver has. One blocking thread runs each device."""

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from drivers.commands import Command
from drivers.observations import Observation

Emit = Callable[[Observation], None]


class Device(Protocol):
    """Something that reports until told to stop, and never dies of what its peer does."""

    @property
    def name(self) -> str:
        """The device's id in the site file."""
        ...

    def run(self, emit: Emit, stop: threading.Event) -> None:
        """Report observations through ``emit`` until ``stop`` is set; return within a second."""
        ...

    def counters(self) -> Mapping[str, int]:
        """What ``/metrics`` shows: ``frames``, ``bad_frames``, ``reconnects``, … since start."""
        ...


class Actuator(Device, Protocol):
    """A device that can also be told to do something."""

    def submit(self, command: Command) -> None:
        """Queue ``command`` and return at once; what became of it is an observation."""
        ...
