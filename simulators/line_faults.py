"""What goes wrong between a Modbus client and a simulated device, frame by frame."""

import threading
from collections import Counter
from typing import NamedTuple


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
        """The next such request is delivered only together with the one after it; TCP only."""
        self.byte_by_byte = False
        """Replies trickle in; serial lines only."""
        self.requests = 0
        """Requests that were put on the wire, lost ones too, since start."""
        self.counted: Counter[int] = Counter()
        """The same by Modbus function code."""
        self._lock = threading.Lock()
        self._lost_requests: set[int] = set()
        self._lost_replies: set[int] = set()
        self._garbled_replies: set[int] = set()
        self._late_replies: dict[int, float] = {}
        self._marked: list[_Marked] = []

    def lose_request(self, nth: int = 1) -> None:
        """The nth request from now never reaches the device."""
        with self._lock:
            self._lost_requests.add(self.requests + nth)

    def lose_reply(self, nth: int = 1) -> None:
        """The device does what the nth request from now says, but its reply is lost."""
        with self._lock:
            self._lost_replies.add(self.requests + nth)

    def garble_reply(self, nth: int = 1) -> None:
        """The reply to the nth request from now arrives with flipped bits."""
        with self._lock:
            self._garbled_replies.add(self.requests + nth)

    def delay_reply(self, by_s: float, nth: int = 1) -> None:
        """The reply to the nth request from now leaves ``by_s`` later."""
        with self._lock:
            self._late_replies[self.requests + nth] = by_s

    def lose_function(
        self, function: int, *, register: int | None = None, request: bool = False, times: int = 1
    ) -> None:
        """The next replies to that function, or with ``request`` such requests, are lost."""
        with self._lock:
            self._marked = [_Marked(function, register, request)] * times

    def arrives(self, function: int, register: int) -> bool:
        """Whether the next request, with that function code and address, reaches the device."""
        with self._lock:
            self.requests += 1
            self.counted[function] += 1
            if self._marked and self._marked[0].is_about(function, register):
                lost = self._marked.pop().request
                (self._lost_requests if lost else self._lost_replies).add(self.requests)
            return not self.silent and self.requests not in self._lost_requests

    def reply(self, frame: bytes) -> bytes:
        """What of the reply to the last request arrives; empty when nothing does."""
        with self._lock:
            if self.silent or self.requests in self._lost_replies:
                return b""
            if self.requests in self._garbled_replies:
                return bytes(byte ^ 0x55 for byte in frame)
            return frame

    def lateness_s(self) -> float:
        """How long the reply to the last request is held back."""
        with self._lock:
            return self._late_replies.get(self.requests, self.delay_s)
