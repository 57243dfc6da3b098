"""Which message goes out next, and which may leave the queue: plain values, no broker."""

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.outflow import (
    ANSWER_WITHIN_S,
    BLAMED,
    REPLAY_AHEAD,
    STALL_MOST_S,
    WINDOW,
    Outflow,
    Trim,
)


@dataclass(frozen=True)
class Queued:
    """A row, as far as order is concerned."""

    id: int
    seq: int | None


class Queue:
    """An outbox and a broker that never loses a packet, both in memory."""

    def __init__(self, events: int, watermarks: dict[str, int] | None = None) -> None:
        self.rows = {n: Queued(n, n) for n in range(1, events + 1)}
        self.flow: Outflow[Queued] = Outflow(watermarks or {})
        self.flow.connected(0.0, WINDOW)
        self.packet = 0
        self.out: list[tuple[int, int]] = []
        """(packet, row id) of everything sent, in order."""

    def send(self, now: float = 0.0) -> list[int]:
        """Send all that may go; returns the row ids."""
        first = len(self.out)
        while True:
            if self.flow.hungry:
                self.flow.feed(r for r in self.rows.values() if r.id > self.flow.cursor)
            row = self.flow.next(now)
            if row is None:
                return [row_id for _, row_id in self.out[first:]]
            self.packet += 1
            self.flow.sent(self.packet, now)
            self.out.append((self.packet, row.id))

    def acknowledge_all(self) -> None:
        for packet, _ in self.out:
            self.flow.acknowledged(packet)

    def trim(self) -> None:
        trim = self.flow.trim()
        if trim is not None:
            for row in list(self.rows.values()):
                if row.id <= trim.id and (trim.seq is None or (row.seq or 0) <= trim.seq):
                    del self.rows[row.id]
            self.flow.trimmed(trim)


def test_rows_go_out_in_order_and_never_more_than_the_window_unacknowledged() -> None:
    queue = Queue(events=250)
    assert queue.send() == list(range(1, WINDOW + 1))
    assert queue.send() == []
    queue.acknowledge_all()
    assert queue.send() == list(range(WINDOW + 1, 2 * WINDOW + 1))


def test_a_broker_that_allows_less_gets_less() -> None:
    queue = Queue(events=50)
    queue.flow.connected(0.0, 20)
    assert len(queue.send()) == 20


def test_only_the_prefix_without_a_gap_is_confirmed() -> None:
    queue = Queue(events=3)
    queue.send()
    queue.flow.acknowledged(2)
    queue.flow.acknowledged(3)
    assert queue.flow.trim() is None
    queue.flow.acknowledged(1)
    assert queue.flow.trim() == Trim(id=3, seq=None)


def test_an_acknowledgement_of_an_earlier_connection_confirms_nothing() -> None:
    queue = Queue(events=2)
    queue.send()
    queue.flow.connected(1.0, WINDOW)  # packet 1 and 2 belong to the connection before
    queue.flow.acknowledged(1)
    queue.flow.acknowledged(2)
    assert queue.flow.trim() is None
    assert queue.send() == [1, 2]


def test_what_was_not_acknowledged_goes_out_again_on_the_next_connection() -> None:
    queue = Queue(events=5)
    queue.send()
    for packet in (1, 2, 4):
        queue.flow.acknowledged(packet)
    queue.flow.connected(1.0, WINDOW)
    assert queue.send() == [3, 4, 5]


def test_a_refused_row_is_tried_again_alone_and_then_all_go_on() -> None:
    queue = Queue(events=4)
    queue.send()
    queue.flow.acknowledged(1)
    refused = queue.flow.refused(2, until=5.0)
    assert refused is not None
    assert refused.id == 2
    assert not queue.flow.awaits(3)
    assert queue.send(now=4.9) == []
    assert queue.send(now=5.0) == [2]
    queue.flow.acknowledged(queue.packet)
    assert queue.send(now=5.0) == [3, 4]


def test_a_row_moved_aside_does_not_block_what_follows() -> None:
    queue = Queue(events=2)
    queue.flow.feed(queue.rows.values())
    queue.flow.passed_over()
    assert queue.send() == [2]
    queue.acknowledge_all()
    assert queue.flow.trim() == Trim(id=2, seq=None)


def test_a_row_the_broker_ends_connections_over_is_found_by_sending_singly() -> None:
    queue = Queue(events=5)
    queue.send()
    queue.flow.acknowledged(1)
    assert queue.flow.blamed() is None  # one of four
    queue.flow.connected(1.0, WINDOW)
    queue.flow.greeted(1000, now=1.0)
    queue.flow.acknowledged(1000)
    assert queue.send() == [2]
    for attempt in range(2, 2 + BLAMED - 1):
        assert queue.flow.blamed() is None  # once is not beyond doubt
        queue.flow.connected(float(attempt), WINDOW)
        assert queue.send() == [2]
    poison = queue.flow.blamed()
    assert poison is not None
    assert poison.id == 2
    queue.flow.connected(9.0, WINDOW)
    assert queue.send() == [3]
    queue.flow.acknowledged(queue.packet)
    assert queue.send() == [4, 5]


def test_a_broker_that_acknowledges_nothing_is_given_up() -> None:
    queue = Queue(events=1)
    queue.send(now=0.0)
    assert not queue.flow.overdue(ANSWER_WITHIN_S)
    assert queue.flow.overdue(ANSWER_WITHIN_S + 0.1)
    queue.acknowledge_all()
    assert not queue.flow.overdue(ANSWER_WITHIN_S + 0.1)


def test_an_event_stays_queued_until_the_slowest_consumer_has_committed_it() -> None:
    queue = Queue(events=3, watermarks={"hub": 0, "archive": 0})
    queue.send()
    queue.acknowledge_all()
    queue.flow.committed("hub", 3, now=1.0)
    assert queue.flow.trim() == Trim(id=3, seq=0)
    queue.flow.committed("archive", 2, now=1.0)
    assert queue.flow.trim() == Trim(id=3, seq=2)


def test_a_watermark_never_goes_back_and_strangers_have_none() -> None:
    flow: Outflow[Queued] = Outflow({"hub": 7})
    assert not flow.committed("hub", 5, now=0.0)
    assert not flow.committed("stranger", 9, now=0.0)
    assert flow.committed("hub", 8, now=0.0)


def test_a_watermark_that_stands_still_brings_the_oldest_events_out_again() -> None:
    queue = Queue(events=5, watermarks={"hub": 0})
    queue.send()
    queue.acknowledge_all()
    queue.flow.committed("hub", 2, now=1.0)
    queue.trim()
    queue.flow.rewind_if_stalled(now=2.4)
    assert queue.send(now=2.4) == []
    queue.flow.rewind_if_stalled(now=2.5)
    assert queue.send(now=2.5) == [3, 4, 5]
    assert queue.flow.rewinds == 1


def test_nothing_is_sent_again_while_nothing_is_outstanding() -> None:
    queue = Queue(events=5, watermarks={"hub": 5})
    queue.send()
    queue.flow.rewind_if_stalled(now=1000.0)
    assert queue.flow.rewinds == 0


def test_the_patience_doubles_while_a_consumer_is_away_and_is_short_again_after_progress() -> None:
    queue = Queue(events=3, watermarks={"hub": 0})
    queue.send()
    rewound_at = []
    for tenth in range(3000):
        before = queue.flow.rewinds
        queue.flow.rewind_if_stalled(tenth / 10)
        queue.send(tenth / 10)
        if queue.flow.rewinds > before:
            rewound_at.append(tenth / 10)
    waits = [round(b - a, 1) for a, b in pairwise(rewound_at)]
    assert waits[:5] == [3.0, 6.0, 12.0, 24.0, 48.0]
    assert set(waits[5:]) == {STALL_MOST_S}
    queue.flow.committed("hub", 1, now=300.0)
    queue.flow.rewind_if_stalled(now=301.5)
    assert queue.flow.rewinds == len(rewound_at) + 1


def test_a_long_replay_to_a_silent_consumer_gives_way_to_what_is_new() -> None:
    queue = Queue(events=2500, watermarks={"hub": 0})
    while queue.send():
        queue.acknowledge_all()
    queue.rows[2501] = Queued(2501, 2501)
    queue.flow.rewind_if_stalled(now=10.0)
    again = []
    while sent := queue.send(now=10.0):
        again += sent
        queue.acknowledge_all()
    assert again == [*range(1, REPLAY_AHEAD + 1), 2501]


def test_a_replay_goes_on_as_long_as_the_consumer_follows() -> None:
    queue = Queue(events=2500, watermarks={"hub": 0})
    while queue.send():
        queue.acknowledge_all()
    queue.flow.rewind_if_stalled(now=10.0)
    again = []
    while sent := queue.send(now=10.0):
        again += sent
        queue.acknowledge_all()
        queue.flow.committed("hub", again[-1], now=10.0)
    assert again == list(range(1, 2501))


STEPS = ("send", "acknowledge", "refuse", "reconnect", "commit", "tidy")
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 60)), max_size=80)


@dataclass
class Story:
    """One run of steps, remembering what the broker took and the consumer committed."""

    queue: Queue
    taken: set[int] = field(default_factory=set)
    committed: int = 0
    connection_began: int = 0

    def send(self, _: int, now: float) -> None:
        self.queue.send(now)

    def reconnect(self, window: int, now: float) -> None:
        self.queue.flow.connected(now, 1 + window % 5)
        self.connection_began = len(self.queue.out)

    def acknowledge(self, number: int, _: float) -> None:
        if number < len(self.queue.out):
            packet, row_id = self.queue.out[number]
            if self.queue.flow.acknowledged(packet) is not None:
                self.taken.add(row_id)
                assert number >= self.connection_began

    def refuse(self, number: int, now: float) -> None:
        if number < len(self.queue.out) and self.queue.flow.awaits(self.queue.out[number][0]):
            self.queue.flow.refused(self.queue.out[number][0], now + 2)

    def commit(self, number: int, now: float) -> None:
        self.committed = max(self.committed, min(number, max(self.taken, default=0)))
        self.queue.flow.committed("hub", self.committed, now)

    def tidy(self, _: int, now: float) -> None:
        self.queue.trim()
        self.queue.flow.rewind_if_stalled(now)

    def finish(self, now: float) -> None:
        for _ in range(200):
            now += 3.0
            self.queue.flow.connected(now, WINDOW)
            self.queue.send(now)
            self.queue.acknowledge_all()
            self.queue.flow.committed("hub", 40, now)
            self.queue.trim()


@settings(max_examples=200, deadline=None)
@given(steps=steps, careful=st.booleans())
def test_no_event_leaves_the_queue_before_it_is_confirmed(
    steps: list[tuple[str, int]], careful: bool
) -> None:
    """Whatever happens in whatever order; and in the end everything has been sent."""
    story = Story(Queue(events=40, watermarks={"hub": 0} if careful else None))
    for now, (what, number) in enumerate(steps, start=1):
        getattr(story, what)(number, float(now))
        gone = set(range(1, 41)) - set(story.queue.rows)
        assert gone <= story.taken
        assert not careful or gone <= set(range(1, story.committed + 1))
    story.finish(now=len(steps) + 1.0)
    assert not story.queue.rows
