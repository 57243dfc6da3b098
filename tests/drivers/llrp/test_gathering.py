"""How long a driver lets bytes gather: nobody waits at a quiet door, a busy one costs little."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.llrp.gathering import BUSY_READS_PER_S, LONGEST_S, Gathering


def pauses(every_s: float, looks: int) -> list[float]:
    """Of a stream with a read each so many seconds, looked at whenever its pause is over."""
    gathering, found = Gathering(0.0), [0.0]
    now = 0.0
    for _ in range(looks):
        lasted = max(found[-1], every_s)
        now += lasted
        found.append(gathering.pause_s(round(lasted / every_s), now))
    return found[1:]


def test_the_first_read_after_a_quiet_time_is_not_waited_with() -> None:
    assert Gathering(0.0).pause_s(1, 10.0) == 0.0
    assert Gathering(0.0).pause_s(20, 10.0) == 0.0


def test_a_slow_stream_is_never_waited_with() -> None:
    assert set(pauses(2 / BUSY_READS_PER_S, 100)) == {0.0}


def test_the_longer_a_busy_stream_lasts_the_longer_its_bytes_gather_up_to_a_bound() -> None:
    found = pauses(0.25 / BUSY_READS_PER_S, 100)
    assert found == sorted(found)
    assert found[0] < LONGEST_S == found[-1]


def test_when_a_busy_stream_ends_the_next_read_is_not_waited_with_for_long() -> None:
    gathering = Gathering(0.0)
    for look in range(1, 100):
        gathering.pause_s(1000, look / 10)
    halved = [gathering.pause_s(0, 20.0 + look) for look in range(8)]
    assert halved[0] == LONGEST_S / 2
    assert halved[-1] == 0.0


@given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 100))))
def test_nobody_waits_longer_than_the_bound(looks: list[tuple[int, float]]) -> None:
    gathering, now = Gathering(0.0), 0.0
    for reads, later in looks:
        now += later
        assert 0.0 <= gathering.pause_s(reads, now) <= LONGEST_S
