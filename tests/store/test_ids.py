"""Ids only grow, whatever the clock does."""

import threading
import uuid
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from controller.store.ids import IdMaker, new_id
from drivers.observations import Moment
from tests.store.events import NOON


@given(steps=st.lists(st.integers(-10_000_000, 10_000_000), max_size=60))
def test_ids_grow_strictly_whichever_way_the_clock_steps(steps: list[int]) -> None:
    times = iter([NOON + timedelta(milliseconds=step) for step in steps])
    maker = IdMaker(lambda: Moment(utc=next(times), monotonic_s=0.0))
    ids = [maker() for _ in steps]
    assert ids == sorted(set(ids))


def test_an_id_is_a_uuid_of_version_7_that_carries_the_time() -> None:
    made = uuid.UUID(IdMaker(lambda: Moment(utc=NOON, monotonic_s=0.0))())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_threads_never_get_the_same_id() -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend(new_id() for _ in range(500))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000
