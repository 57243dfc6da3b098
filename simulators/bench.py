"""What testers have in front of them: simulated devices by name, each on its line."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from simulators.line_faults import LineFaults
from simulators.machines.machine import Value
from simulators.machines.pokes import NotAPoke, Poke, perform, pokes_of
from simulators.profiled_device import ProfiledDevice

STEP_S = 0.02


class Line(Protocol):
    """A TCP port or a serial line with devices on it."""

    @property
    def faults(self) -> LineFaults:
        """What happens to frames on their way."""
        ...

    @property
    def url(self) -> str:
        """The line as a site file names it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One device, its number, and the line it is on."""

    device: ProfiledDevice
    unit: int
    line: Line

    def pokes(self) -> dict[str, Poke]:
        """Everything that can be done to it and to its line."""
        return {**pokes_of(self.line, self.line.faults), **self.device.pokes()}


class Bench:
    """Pokes devices by their names, lets time pass for them, and shows what they would say."""

    def __init__(self, subjects: Mapping[str, Subject]) -> None:
        self.subjects = subjects

    def poke(self, arguments: Mapping[str, Any]) -> None:
        """Do what ``do`` says to ``device``, or to the only one; the rest are its arguments.

        Raises:
            NotAPoke: there is no such device, it knows no such poke, or not these arguments.
        """
        given = dict(arguments)
        subject = self.subject(given.pop("device", None))
        name = str(given.pop("do", ""))
        if name in subject.device.pokes():
            subject.device.perform(name, given)
        else:
            perform(subject.pokes(), name, given)

    def subject(self, name: object = None) -> Subject:
        """The device of that name, or the only one; raises ``NotAPoke``."""
        if name is None and len(self.subjects) == 1:
            return next(iter(self.subjects.values()))
        if name not in self.subjects:
            raise NotAPoke(f"device: {name!r} is none of {', '.join(self.subjects)}")
        return self.subjects[str(name)]

    def picture(self) -> dict[str, Any]:
        """What every device is, would say now, and lets be done to it; as plain data."""
        return {name: _picture(subject) for name, subject in self.subjects.items()}

    def run(self, stop: threading.Event) -> None:
        """Let time pass at its own pace until ``stop``."""
        last = monotonic()
        while not stop.wait(STEP_S):
            now = monotonic()
            for subject in self.subjects.values():
                subject.device.advance(now - last)
            last = now


def _picture(subject: Subject) -> dict[str, Any]:
    profile = subject.device.profile
    values = subject.device.values()
    return {
        "profile": profile.id,
        "title": profile.title,
        "url": subject.line.url,
        "unit": subject.unit,
        "requests": subject.line.faults.requests,
        "values": {name: _plain(values[name]) for name in values if name in profile.points},
        "pokes": {
            poke.name: {
                "says": poke.says,
                "needs": {key: kind.__name__ for key, kind in poke.needs.items()},
                "takes": {key: kind.__name__ for key, kind in poke.takes.items()},
            }
            for poke in subject.pokes().values()
        },
    }


def _plain(value: Value | Sequence[Value]) -> Any:
    return sorted(value, key=str) if isinstance(value, frozenset) else value
