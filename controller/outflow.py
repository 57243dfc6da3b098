"""Which queued message goes out next, and which may leave the queue. Pure: no socket, no store.

Messages go out in the order of the queue, at most ``WINDOW`` unacknowledged. The queue is
trimmed only up to the *confirmed* prefix: everything before it was acknowledged on the very
connection it was sent on. Where consumers must lose nothing, an event stays beyond that until
each of them has committed it (its *watermark*); when the watermark stands still although events
are out, they are sent again from the oldest on.

Times are monotonic seconds, given by the caller.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

WINDOW = 100
"""More than this in flight gains nothing (measured: 20 is 10 % slower, 1000 is no faster)."""
STALL_S = 1.5
STALL_MOST_S = 60.0
ANSWER_WITHIN_S = 15.0
BLAMED = 3
"""So many connections must end over one message alone before it is given up."""
REPLAY_AHEAD = 1000
"""Sent again beyond a watermark that does not move; then what is new has its turn again."""


class Row(Protocol):
    """A queued message, as far as order is concerned."""

    @property
    def id(self) -> int:
        """Its place in the queue."""
        ...

    @property
    def seq(self) -> int | None:
        """The journal number of the event it tells of; ``None`` for telemetry."""
        ...


RowT = TypeVar("RowT", bound=Row)


@dataclass(slots=True)
class _Sent(Generic[RowT]):
    at: float
    row: RowT | None
    """``None`` for what does not come from the queue: birth, standing alarms."""
    acknowledged: bool = False


@dataclass(slots=True)
class _Replay:
    until: int
    """Where the cursor stood before."""
    left: int = REPLAY_AHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """What may leave the queue: rows up to ``id`` that tell of no event after ``seq``."""

    id: int
    seq: int | None
    """``None``: whatever event they tell of."""


class Outflow(Generic[RowT]):
    """The order of going out, for one queue and its consumers."""

    def __init__(self, watermarks: Mapping[str, int], *, stall_s: float = STALL_S) -> None:
        """``watermarks``: of every consumer that must lose nothing, as last committed."""
        self._watermarks = dict(watermarks)
        self._first_stall_s = stall_s
        self._stall_s = stall_s
        self._standing_since = 0.0
        self._newest = 0
        self._cursor = 0
        self._confirmed = 0
        self._trimmed: Trim | None = None
        self._fetched: deque[RowT] = deque()
        self._in_flight: deque[_Sent[RowT]] = deque()
        self._packets: dict[int, _Sent[RowT]] = {}
        self._window = self._most = WINDOW
        self._held_until = 0.0
        self._suspect: int | None = None
        self._blames = 0
        self._replay: _Replay | None = None
        self.rewinds = 0
        """How often a watermark stood still and events were sent again."""

    def connected(self, now: float, window: int) -> None:
        """A new connection: what the old one did not acknowledge goes out again."""
        self._most = min(WINDOW, window)
        self._window = min(self._window, self._most)
        self._standing_since = now
        self._forget_flight()

    @property
    def hungry(self) -> bool:
        """Whether rows after :attr:`cursor` should be fetched now."""
        return not self._fetched

    @property
    def cursor(self) -> int:
        """The id of the last row handed out."""
        return self._cursor

    def feed(self, rows: Iterable[RowT]) -> None:
        """Rows fetched after the cursor, in order of id."""
        self._fetched.extend(rows)

    def next(self, now: float) -> RowT | None:
        """The row to send now, if there is one and the broker may get it."""
        if not self.has_room(now) or not self._fetched:
            return None
        return self._fetched[0]

    def has_room(self, now: float) -> bool:
        """Whether one more message may be in flight."""
        return now >= self._held_until and len(self._in_flight) < self._window

    def greeted(self, packet: int, now: float) -> None:
        """A message that is not in the queue went out as ``packet``."""
        sent = _Sent[RowT](now, None)
        self._packets[packet] = sent
        self._in_flight.append(sent)

    def sent(self, packet: int, now: float) -> None:
        """The row that :meth:`next` named went out as ``packet``."""
        row = self._fetched.popleft()
        self._packets[packet] = sent = _Sent(now, row)
        self._in_flight.append(sent)
        if row.seq is not None and row.seq > self._newest:
            if not self._outstanding:
                self._standing_since = now
            self._newest = row.seq
        self._advance(row.id)

    def passed_over(self) -> None:
        """The row that :meth:`next` named was moved aside: nobody waits for it."""
        row = self._fetched.popleft()
        self._in_flight.append(_Sent(0.0, row, acknowledged=True))
        self._confirm_prefix()
        self._advance(row.id)

    def awaits(self, packet: int) -> bool:
        """Whether an answer to ``packet`` still says anything: sent here and not given up."""
        return packet in self._packets

    def acknowledged(self, packet: int) -> RowT | None:
        """The broker has taken ``packet``; returns its row, if it came from the queue."""
        sent = self._packets.pop(packet, None)
        if sent is None:
            return None
        sent.acknowledged = True
        if sent.row is not None:
            self._window = self._most
        self._confirm_prefix()
        return sent.row

    def refused(self, packet: int, until: float) -> RowT | None:
        """The broker did not take ``packet``: send nothing before ``until``, then it alone.

        What went out after it is given up with it and follows again, so that order is kept.
        """
        sent = self._packets.get(packet)
        self._window = 1
        self._held_until = until
        self._forget_flight()
        return None if sent is None else sent.row

    def blamed(self) -> RowT | None:
        """A connection ended over something we sent: the row it is, once that is beyond doubt.

        Several were in flight: they go out singly until one is taken. It was alone: after
        ``BLAMED`` such ends in a row it counts as gone, and somebody moves it aside.
        """
        row = self._in_flight[0].row if len(self._in_flight) == 1 else None
        self._window = 1
        if row is None:
            return None
        self._blames = self._blames + 1 if self._suspect == row.id else 1
        self._suspect = row.id
        if self._blames < BLAMED:
            return None
        self._in_flight[0].acknowledged = True
        self._confirm_prefix()
        return row

    def overdue(self, now: float) -> bool:
        """Whether the broker owes an acknowledgement for so long that it must be gone."""
        return bool(self._in_flight) and now - self._in_flight[0].at > ANSWER_WITHIN_S

    def committed(self, consumer: str, seq: int, now: float) -> bool:
        """A consumer has committed every event up to ``seq``; false when that is no news."""
        if seq <= self._watermarks.get(consumer, seq):
            return False
        before = self._watermark
        self._watermarks[consumer] = seq
        if self._watermark != before:
            self._standing_since = now
            self._stall_s = self._first_stall_s
            if self._replay is not None:
                self._replay.left = REPLAY_AHEAD
        return True

    def rewind_if_stalled(self, now: float) -> None:
        """Go back to the oldest row when a watermark stands still although events are out.

        Call it only when everything that may be trimmed was trimmed. Each time without progress
        the patience doubles, for a consumer may be away for days.
        """
        if not self._outstanding or now - self._standing_since < self._stall_s:
            return
        self.rewinds += 1
        self._standing_since = now
        self._stall_s = min(self._stall_s * 2, STALL_MOST_S)
        if self._replay is None:
            self._replay = _Replay(self._cursor)
        self._move_to(0)

    def trim(self) -> Trim | None:
        """What may leave the queue now; ``None`` when that has not changed."""
        trim = Trim(id=self._confirmed, seq=self._watermark)
        return None if trim == self._trimmed or trim.id == 0 else trim

    def trimmed(self, trim: Trim) -> None:
        """It has left the queue."""
        self._trimmed = trim

    @property
    def _watermark(self) -> int | None:
        return min(self._watermarks.values(), default=None)

    @property
    def _outstanding(self) -> bool:
        watermark = self._watermark
        return watermark is not None and watermark < self._newest

    def _forget_flight(self) -> None:
        self._in_flight.clear()
        self._packets.clear()
        self._replay = None
        self._move_to(self._confirmed)

    def _move_to(self, cursor: int) -> None:
        self._cursor = cursor
        self._fetched.clear()

    def _advance(self, row_id: int) -> None:
        self._cursor = row_id
        if self._replay is None:
            return
        self._replay.left -= 1
        if row_id >= self._replay.until:
            self._replay = None
        elif self._replay.left <= 0:
            until, self._replay = self._replay.until, None
            self._move_to(until)

    def _confirm_prefix(self) -> None:
        while self._in_flight and self._in_flight[0].acknowledged:
            row = self._in_flight.popleft().row
            if row is not None:
                self._confirmed = max(self._confirmed, row.id)
