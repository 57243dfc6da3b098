"""Stops on their way to one machine. Stopping twice is stopping: they may be written again."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic

from drivers.errors import DeviceError
from drivers.observations import Outcome

log = logging.getLogger(__name__)

WITHIN_S = 3.0
"""A stop that is not seen to have worked after so long is reported as unknown."""

Answer = Future[tuple[int, ...]]
Report = Callable[[str, Outcome, str], None]


@dataclass(slots=True, kw_only=True)
class Stop:
    """One stop; ``answer`` is of the write that went out at once, if there was a connection."""

    command_id: str
    answer: Answer | None
    deadline_s: float
    written: bool = False


class Stops:
    """Those that are not yet known to have worked."""

    def __init__(self, name: str, report: Report) -> None:
        self._name = name
        self._report = report
        self._pending: list[Stop] = []

    def __bool__(self) -> bool:
        return bool(self._pending)

    def add(self, stop: Stop) -> None:
        """One more."""
        self._pending.append(stop)

    def write(self, ask: Callable[[], Answer]) -> None:
        """See that each was written; ``ask`` writes one that was not."""
        for pending in self._pending:
            if pending.written:
                continue
            answer, pending.answer = pending.answer or ask(), None
            try:
                answer.result()
            except DeviceError as error:
                log.warning("%s: stop not yet written: %s", self._name, error)
            else:
                pending.written = True

    def judge(self, *, moving: bool) -> None:
        """The machine was looked at: what was written and stands still has worked."""
        for pending in list(self._pending):
            if pending.written and not moving:
                self._pending.remove(pending)
                self._report(pending.command_id, Outcome.DONE, "")
        self.expire("not_confirmed")

    def expire(self, detail: str) -> None:
        """Give up those that waited too long."""
        for pending in list(self._pending):
            if monotonic() >= pending.deadline_s:
                self._pending.remove(pending)
                self._report(pending.command_id, Outcome.UNKNOWN, detail)
