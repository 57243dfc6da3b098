"""The command protocol alone: pictures in, steps out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.observations import Outcome, Presence, RackMode
from drivers.shelving.handshake import SEND, WAIT, Handshake, Step, next_sequence
from drivers.shelving.wire import Picture

SESSION, SEQUENCE, AISLE = 99, 5, 3
READY = Picture(
    mode=RackMode.IDLE,
    moving=False,
    open_aisle=1,
    presence=(Presence.CLEAR,) * 4,
    fault_code=0,
    heartbeat=1,
    session=12,
    ack_seq=4,
    ack_code="accepted",
    done_seq=4,
    done_code="ok",
)
ACCEPTED = replace(
    READY, mode=RackMode.MOVING, moving=True, open_aisle=None, session=SESSION, ack_seq=SEQUENCE
)
DONE = replace(ACCEPTED, mode=RackMode.HOLDING, done_seq=SEQUENCE, open_aisle=AISLE)


def handshake() -> Handshake:
    return Handshake(
        command_id="c",
        aisle=AISLE,
        session=SESSION,
        sequence=SEQUENCE,
        ack_timeout_s=1.0,
        done_timeout_s=60.0,
        now_s=0.0,
        wanted=lambda: True,
    )


def sent() -> Handshake:
    motion = handshake()
    assert motion.look(READY, 0.0) == SEND
    motion.echoed()
    return motion


def under_way() -> Handshake:
    motion = sent()
    assert motion.look(ACCEPTED, 0.1).outcome is Outcome.ACCEPTED
    return motion


def test_a_command_goes_send_accepted_done() -> None:
    assert under_way().look(DONE, 3.0) == Step(outcome=Outcome.DONE)


def test_an_echo_is_no_acknowledgement() -> None:
    assert sent().look(READY, 0.5) == WAIT


def test_what_was_echoed_is_not_sent_again_and_what_was_lost_is() -> None:
    motion = sent()
    assert motion.look(READY, 0.1) == WAIT
    motion.lost()
    assert motion.look(READY, 0.2) == SEND
    assert motion.sequence == SEQUENCE


def test_what_was_lost_but_arrived_is_not_sent_again() -> None:
    motion = sent()
    motion.lost()
    assert motion.look(ACCEPTED, 0.1).outcome is Outcome.ACCEPTED


def test_without_acknowledgement_in_time_nobody_knows() -> None:
    assert sent().look(READY, 1.0) == Step(outcome=Outcome.UNKNOWN, detail="not_acknowledged")


def test_without_done_in_time_nobody_knows() -> None:
    motion = under_way()
    assert motion.look(ACCEPTED, 60.0) == WAIT
    assert motion.look(ACCEPTED, 60.2) == Step(outcome=Outcome.UNKNOWN, detail="not_done")


def test_done_without_being_there_is_a_failure() -> None:
    elsewhere = replace(DONE, open_aisle=2)
    assert under_way().look(elsewhere, 3.0) == Step(
        outcome=Outcome.FAILED, detail="not_in_position"
    )


@pytest.mark.parametrize(
    "picture",
    [replace(ACCEPTED, session=1), replace(ACCEPTED, ack_seq=6), replace(DONE, ack_seq=0)],
)
def test_a_bank_that_serves_somebody_else_now_has_forgotten_us(picture: Picture) -> None:
    assert under_way().look(picture, 1.0) == Step(outcome=Outcome.UNKNOWN, detail="forgotten")


@given(
    mode=st.sampled_from(RackMode),
    presence=st.lists(st.sampled_from(Presence), min_size=1, max_size=5),
)
def test_a_block_is_first_sent_exactly_if_the_bank_is_ready_and_every_aisle_clear(
    mode: RackMode, presence: list[Presence]
) -> None:
    step = handshake().look(replace(READY, mode=mode, presence=tuple(presence)), 0.0)
    safe = mode in {RackMode.IDLE, RackMode.HOLDING} and set(presence) == {Presence.CLEAR}
    assert step.send is safe
    assert (step.outcome is Outcome.REFUSED) is not safe


@given(last=st.integers(0, 65535), ack=st.integers(0, 65535), done=st.integers(0, 65535))
def test_a_sequence_number_is_never_zero_and_never_one_the_bank_shows(
    last: int, ack: int, done: int
) -> None:
    sequence = next_sequence(last, replace(READY, ack_seq=ack, done_seq=done))
    assert 1 <= sequence <= 65535
    assert sequence not in {last, ack, done} or sequence == last == 0
