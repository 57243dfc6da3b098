"""The outputs of a reader as they shall be: the latest wish for each, and pulses that end."""

import threading
from collections.abc import Mapping

from drivers.commands import SwitchOutputs


class Outputs:
    """Wishes come from any thread; one thread takes what is to be sent.

    Times are monotonic seconds. A pulse runs from when it was asked for, so that one asked for
    while the reader was away does not light a lamp an hour later.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: dict[int, bool] = {}
        self._off_at: dict[int, float] = {}
        self._unsent: set[int] = set()

    def wish(self, command: SwitchOutputs, now: float) -> None:
        """Remember what ``command`` wants; what it does not name stays as it is."""
        with self._lock:
            for port in command.off:
                self._set(port, on=False)
            for port in command.on:
                self._set(port, on=True)
                if command.for_s is not None:
                    self._off_at[port] = now + command.for_s

    def forget_sent(self) -> None:
        """Everything wished for must be sent again: the reader may have lost it."""
        with self._lock:
            self._unsent = set(self._wanted)

    def take(self, now: float) -> Mapping[int, bool]:
        """What the reader must be told now; it counts as sent."""
        with self._lock:
            for port in [port for port, at in self._off_at.items() if at <= now]:
                self._set(port, on=False)
            due = {port: self._wanted[port] for port in self._unsent}
            self._unsent.clear()
            return due

    def next_due(self) -> float | None:
        """When the next pulse ends."""
        with self._lock:
            return min(self._off_at.values(), default=None)

    def _set(self, port: int, *, on: bool) -> None:
        self._wanted[port] = on
        self._off_at.pop(port, None)
        self._unsent.add(port)
