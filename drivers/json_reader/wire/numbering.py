"""What a reader's own numbering of its events tells: which never came, which came twice."""

from collections import deque
from collections.abc import Hashable
from typing import NamedTuple

REMEMBERED = 256
"""How far back a repeated event is known for one."""


class Numbered(NamedTuple):
    """What the number of one event means."""

    missing: int
    """How many events between the last one and this one never came."""
    repeated: bool
    """It came before: what it says must not count twice."""


NEXT = Numbered(0, repeated=False)
REPEATED = Numbered(0, repeated=True)


class EventNumbers:
    """Follows one reader, also across connections.

    A number below the last one, of an event not seen before, is that of a reader that started
    anew: it counts from there, and nothing is taken for missing.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._recent: deque[tuple[int, Hashable]] = deque(maxlen=REMEMBERED)
        self._known: set[tuple[int, Hashable]] = set()

    def take(self, number: int, content: Hashable | None) -> Numbered:
        """Judge the event ``number``; ``content`` tells a repeated one from a new beginning.

        Without a content that no other event has, only the very last one can be known again.
        """
        last, event = self._last, (number, content)
        if event in self._known and (content is not None or number == last):
            return REPEATED
        self._remember(event)
        self._last = number
        if last is None or number <= last + 1:
            return NEXT
        return Numbered(number - last - 1, repeated=False)

    def _remember(self, event: tuple[int, Hashable]) -> None:
        if event in self._known:
            return
        if len(self._recent) == REMEMBERED:
            self._known.discard(self._recent[0])
        self._recent.append(event)
        self._known.add(event)
