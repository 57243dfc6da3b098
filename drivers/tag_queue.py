"""Commands to tags, one after the other: each is begun at most once and answered exactly once.

Nothing is ever repeated; what may have happened but was not confirmed is said to be unknown.
"""

import logging
from collections import deque
from time import monotonic

from drivers.commands import KillTag, TagCommand
from drivers.observations import Clock, TagAccessed
from drivers.ports import Emit
from drivers.tag_access import Verdict, refused, unconfirmed

log = logging.getLogger(__name__)

TAKEN_WITHIN_S = 10.0
"""A command that waited longer is refused: by now another tag may lie there."""


class TagQueue:
    """Commands come from any thread; the reader's thread carries them out, in order."""

    def __init__(self, name: str, *, allow_kill: bool, clock: Clock) -> None:
        self._name = name
        self._allow_kill = allow_kill
        self._clock = clock
        self._waiting: deque[tuple[TagCommand, float]] = deque()
        self.under_way: TagCommand | None = None
        """What was begun and is not answered yet."""

    def wish(self, command: TagCommand, now: float) -> None:
        """Queue ``command``, at monotonic time ``now``."""
        self._waiting.append((command, now))

    def next(self, emit: Emit) -> TagCommand | None:
        """The next to carry out; it goes on waiting until it is begun or refused."""
        while self._waiting:
            command, since = self._waiting[0]
            if isinstance(command, KillTag) and not self._allow_kill:
                self.refuse("kill_not_allowed", emit)
            elif monotonic() - since > TAKEN_WITHIN_S:
                self.refuse("expired", emit)
            else:
                return command
        return None

    def begin(self) -> None:
        """The first that waits is under way: from now on it may be done."""
        self.under_way, _ = self._waiting.popleft()

    def refuse(self, why: str, emit: Emit) -> None:
        """Answer the first that waits: nothing was sent to any tag."""
        command, _ = self._waiting.popleft()
        self._answer(command, refused(why), emit)

    def finish(self, verdict: Verdict, emit: Emit) -> None:
        """Answer what is under way."""
        command, self.under_way = self.under_way, None
        if command is not None:
            self._answer(command, verdict, emit)

    def lost(self, emit: Emit, why: str = "reader_lost") -> None:
        """Answer for what is under way and for what waits: it will not be done."""
        if self.under_way is not None:
            self.finish(unconfirmed(self.under_way, "link_lost"), emit)
        while self._waiting:
            self.refuse(why, emit)

    def _answer(self, command: TagCommand, verdict: Verdict, emit: Emit) -> None:
        kind = type(command).__name__
        log.info("%s: %s: %s %s", self._name, kind, verdict.outcome, verdict.detail)
        emit(
            TagAccessed(
                at=self._clock(),
                device=self._name,
                command_id=command.command_id,
                epc=command.epc,
                outcome=verdict.outcome,
                data=verdict.data,
                detail=verdict.detail,
            )
        )
