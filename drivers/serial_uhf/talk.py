"""One conversation with a serial reader: who asks, who answers, and what else is heard.

It knows how long to wait and when to ask again, and nothing of what the frames mean.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Generic, TypeVar

from drivers.errors import DeviceError, Garbled, Unreachable
from drivers.serial_uhf.line import Line
from drivers.serial_uhf.wire.framing import Framer

log = logging.getLogger(__name__)

F = TypeVar("F")

TRIES = 2
"""Everything asked for may be asked for twice; one answer may be lost to noise."""


class Talk(Generic[F]):
    """Asks over one `Line` and waits, and meanwhile hears everything else."""

    def __init__(
        self,
        name: str,
        line: Line,
        *,
        framer: Framer[F],
        encode: Callable[[F], bytes],
        answer_within_s: float,
        inter_byte_s: float,
        counters: Counter[str],
    ) -> None:
        self._name = name
        self._line = line
        self._framer = framer
        self._encode = encode
        self._answer_within_s = answer_within_s
        self._inter_byte_s = inter_byte_s
        self._counters = counters
        self._bad = 0
        self._is_answer: Callable[[F], bool] | None = None
        self._answers: list[F] = []
        self._last_byte = monotonic()
        self._noisy = False
        self._noise_since_frame = False
        self.hears: Callable[[F], None] = lambda _frame: None
        """What is told every frame that was not asked for."""
        self.last_heard = monotonic()
        """When the last good frame came; noise is no sign of life."""

    def send(self, frame: F) -> None:
        """Send ``frame``; whether it is answered is another matter.

        Raises:
            Unreachable: the line is gone.
        """
        self._line.send(self._encode(frame))

    def ask(self, frame: F, is_answer: Callable[[F], bool]) -> F:
        """Send ``frame``, again if need be, and return the answer to it.

        Raises:
            Unreachable: no answer in time.
            Garbled: nothing but noise.
        """
        for _ in range(TRIES):
            answer = self.ask_once(frame, is_answer, self._answer_within_s)
            if answer is not None:
                return answer
        raise self.no_answer()

    def ask_once(self, frame: F, is_answer: Callable[[F], bool], within_s: float) -> F | None:
        """Send ``frame``, once whatever comes, and return the answer to it, if it comes in time.

        Raises:
            Unreachable: the line is gone.
        """
        self._answers.clear()
        with self._asking(is_answer):
            self.send(frame)
            end = monotonic() + within_s
            while not self._answers and monotonic() < end:
                self.hear(end)
        return self._answers[0] if self._answers else None

    def no_answer(self) -> DeviceError:
        """Why whoever asked in vain fails."""
        if self._noise_since_frame:
            return Garbled("nothing but noise")
        return Unreachable(f"no answer within {self._answer_within_s:g} s, asked {TRIES} times")

    def hear(self, until: float) -> None:
        """Wait for bytes, at most until that monotonic time, and pass on what they say.

        Raises:
            Unreachable: the line is gone.
        """
        now = monotonic()
        if self._framer.waits:
            until = min(until, self._last_byte + self._inter_byte_s)
        data = self._line.receive(until)
        now = monotonic()
        if data:
            self._last_byte = now
            self._counters["bytes"] += len(data)
            found = self._framer.feed(data)
        elif self._framer.waits and now >= self._last_byte + self._inter_byte_s:
            found = self._framer.expire()
        else:
            return
        self._count_bad()
        if found:
            self.last_heard = now
            self._noise_since_frame = False
            self._counters["frames"] += len(found)
        for frame in found:
            self._take(frame)

    @contextmanager
    def _asking(self, is_answer: Callable[[F], bool]) -> Iterator[None]:
        self._is_answer = is_answer
        try:
            yield
        finally:
            self._is_answer = None

    def _take(self, frame: F) -> None:
        if self._is_answer is not None and not self._answers and self._is_answer(frame):
            self._answers.append(frame)
            return
        try:
            self.hears(frame)
        except Garbled as error:
            self._bad_frame(str(error))

    def _count_bad(self) -> None:
        bad, self._bad = self._framer.bad - self._bad, self._framer.bad
        if bad:
            self._noise_since_frame = True
            self._counters["bad_frames"] += bad - 1
            self._bad_frame("bytes that are no frame")

    def _bad_frame(self, reason: str) -> None:
        self._counters["bad_frames"] += 1
        level = logging.DEBUG if self._noisy else logging.WARNING
        self._noisy = True
        log.log(level, "%s: dropped: %s", self._name, reason)
