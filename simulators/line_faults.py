"""What goes wrong between a Modbus client and a simulated device, frame by frame."""

import threading
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from simulators.machines.pokes import poke


class Mishap(StrEnum):
    """What may become of one frame; the names are those that testers use."""

    LOSE_REQUEST = "lose_request"
    """It never reaches the device."""
    LOSE_REPLY = "lose_reply"
    """The device does what it was told, but its reply is lost."""
    GARBLE_REPLY = "garble_reply"
    """The reply arrives with flipped bits."""
    HALVE_REPLY = "halve_reply"
    """Only the first half of the reply arrives."""
    MISMATCH_REPLY = "mismatch_reply"
    """A sound reply to something else: a wrong echo, or one register too few."""
    ANSWER_BUSY = "answer_busy"
    """The device does nothing and answers exception 6, server device busy."""


class Fate(NamedTuple):
    """What becomes of one request and of its reply."""

    arrives: bool
    mishaps: frozenset[Mishap]
    late_s: float
    """How long the reply is held back."""

    @property
    def busy(self) -> bool:
        """Whether the device says so instead of doing anything."""
        return Mishap.ANSWER_BUSY in self.mishaps

    @property
    def mismatched(self) -> bool:
        """Whether the reply is one to something else."""
        return Mishap.MISMATCH_REPLY in self.mishaps

    def arriving(self, frame: bytes) -> bytes:
        """What of the reply's bytes arrives; empty when nothing does."""
        if Mishap.LOSE_REPLY in self.mishaps:
            return b""
        if Mishap.GARBLE_REPLY in self.mishaps:
            return bytes(byte ^ 0x55 for byte in frame)
        return frame[: len(frame) // 2] if Mishap.HALVE_REPLY in self.mishaps else frame


class _Marked(NamedTuple):
    """A frame to be lost, by what it is rather than by when it comes."""

    function: int
    register: int | None
    request: bool

    def is_about(self, function: int, register: int) -> bool:
        """Whether such a request is meant."""
        return function == self.function and self.register in (None, register)


class LineFaults:
    """Decides what becomes of each request and reply; may be told so from any thread."""

    def __init__(self) -> None:
        self.silent = False
        """Requests arrive, nothing is answered, nothing is carried out."""
        self.delay_s = 0.0
        """Every reply leaves so much later."""
        self.hold_function: int | None = None
        """The next such request is delivered only together with the one after it."""
        self.byte_by_byte = False
        """Replies trickle in; serial lines only."""
        self.requests = 0
        """Requests that were put on the wire, lost ones too, since start."""
        self.counted: Counter[int] = Counter()
        """The same by Modbus function code."""
        self._lock = threading.Lock()
        self._planned: dict[int, set[Mishap]] = {}
        self._late_replies: dict[int, float] = {}
        self._marked: list[_Marked] = []

    def plan(self, mishap: Mishap, nth: int = 1) -> None:
        """Let it happen to the nth request from now, or to its reply."""
        with self._lock:
            self._planned.setdefault(self._at(nth), set()).add(mishap)

    @poke
    def lose_request(self, nth: int = 1) -> None:
        """The nth request from now never reaches the device."""
        self.plan(Mishap.LOSE_REQUEST, nth)

    @poke
    def lose_reply(self, nth: int = 1) -> None:
        """The device does what the nth request from now says, but its reply is lost."""
        self.plan(Mishap.LOSE_REPLY, nth)

    @poke
    def garble_reply(self, nth: int = 1) -> None:
        """The reply to the nth request from now arrives with flipped bits."""
        self.plan(Mishap.GARBLE_REPLY, nth)

    @poke
    def halve_reply(self, nth: int = 1) -> None:
        """Only the first half of the reply to the nth request from now arrives."""
        self.plan(Mishap.HALVE_REPLY, nth)

    @poke
    def mismatch_reply(self, nth: int = 1) -> None:
        """The nth reply from now is sound but wrong: another echo, or one register too few."""
        self.plan(Mishap.MISMATCH_REPLY, nth)

    @poke
    def answer_busy(self, nth: int = 1) -> None:
        """The nth request from now is not carried out but answered with exception 6, busy."""
        self.plan(Mishap.ANSWER_BUSY, nth)

    @poke
    def delay_reply(self, by_s: float, nth: int = 1) -> None:
        """The reply to the nth request from now leaves so much later."""
        with self._lock:
            self._late_replies[self._at(nth)] = by_s

    @poke
    def delay_replies(self, by_s: float) -> None:
        """Every reply leaves so much later from now on; 0: in time again."""
        self.delay_s = by_s

    @poke
    def cut_line(self) -> None:
        """Nothing gets through any more, to nobody on this line."""
        self.silent = True

    @poke
    def mend_line(self) -> None:
        """Everything gets through again."""
        self.silent = False

    def lose_function(
        self, function: int, *, register: int | None = None, request: bool = False, times: int = 1
    ) -> None:
        """The next replies to that function, or with ``request`` such requests, are lost."""
        with self._lock:
            self._marked = [_Marked(function, register, request)] * times

    def _at(self, nth: int) -> int:
        if nth < 1:
            raise ValueError("nth: 1 is the next one")
        return self.requests + nth

    def next(self, function: int, register: int) -> Fate:
        """Count a request with that function code and address; what becomes of it."""
        with self._lock:
            self.requests += 1
            self.counted[function] += 1
            mishaps = self._planned.pop(self.requests, set())
            if self._marked and self._marked[0].is_about(function, register):
                mishaps.add(_LOST[self._marked.pop().request])
            return Fate(
                arrives=not self.silent and Mishap.LOSE_REQUEST not in mishaps,
                mishaps=frozenset(mishaps),
                late_s=self._late_replies.pop(self.requests, self.delay_s),
            )


_LOST: Mapping[bool, Mishap] = {True: Mishap.LOSE_REQUEST, False: Mishap.LOSE_REPLY}
