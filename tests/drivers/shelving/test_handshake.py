"""The command protocol alone: pictures in, steps out."""

from dataclasses import replace
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.commands import FetchTray, GoToShelf, OpenAisle, StoreTray
from drivers.observations import Outcome, Presence, RackMode
from drivers.profiles import Command, find_profile, load_profile
from drivers.registers import Measured
from drivers.shelving.handshake import SEND, WAIT, Handshake, Recovery, StateFollower, Step
from drivers.shelving.wire import Picture
from drivers.shelving.wishes import Wish, next_sequence, sequence_of, wish_of

SESSION, SEQUENCE, AISLE = 99, 5, 3


def known(name: str, **params: int) -> Command:
    """What a shipped profile can be wished to do."""
    command = load_profile(find_profile(f"shelving/{name}.toml"), **params).command
    assert command is not None
    return command


def wished(command: OpenAisle | FetchTray | StoreTray | GoToShelf, name: str) -> Wish:
    """It as a shipped profile understands it."""
    wish = wish_of(command, known(name))
    assert wish is not None
    return wish


def shown(picture: Picture, **values: int | None) -> Picture:
    """The picture with these points in it."""
    said = {
        name: (Measured(value, "" if value is not None else "invalid"),)
        for name, value in values.items()
    }
    return replace(picture, values={**picture.values, **said})


WISH = wished(OpenAisle(device="r", command_id="c", aisle=AISLE), "mobile-shelving")
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
DONE = shown(
    replace(ACCEPTED, mode=RackMode.HOLDING, done_seq=SEQUENCE, moving=False), open_aisle=AISLE
)


def handshake(wish: Wish = WISH) -> Handshake:
    return Handshake(
        wish=wish,
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
    elsewhere = shown(DONE, open_aisle=2)
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


@given(last=st.integers(1, 65535), ack=st.integers(0, 65535), done=st.integers(0, 65535))
def test_a_sequence_number_is_never_zero_and_never_one_the_bank_shows(
    last: int, ack: int, done: int
) -> None:
    sequence = next_sequence(last, replace(READY, ack_seq=ack, done_seq=done))
    assert 1 <= sequence <= 65535
    assert sequence not in {ack, done}
    assert sequence == last or last in {ack, done}


@given(st.text())
def test_a_wish_has_the_same_number_after_a_restart(command_id: str) -> None:
    assert 1 <= sequence_of(command_id) <= 65535
    assert sequence_of(command_id) == crc32(command_id.encode()) % 65535 + 1


def test_what_is_not_idempotent_is_never_sent_twice() -> None:
    store = wished(StoreTray(device="l", command_id="c", bay=1), "vertical-lift")
    motion = handshake(store)
    assert motion.look(READY, 0.0) == SEND
    motion.lost()
    assert motion.look(READY, 0.2) == WAIT
    assert motion.look(READY, 1.0).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("picture", "step"),
    [
        (READY, Step(outcome=Outcome.UNKNOWN, detail="forgotten")),
        (ACCEPTED, Step(outcome=Outcome.ACCEPTED)),
        (DONE, Step(outcome=Outcome.DONE)),
        (shown(DONE, open_aisle=2), Step(outcome=Outcome.FAILED, detail="not_in_position")),
        (replace(DONE, done_code="watchdog"), Step(outcome=Outcome.FAILED, detail="watchdog")),
        (replace(DONE, done_seq=4), Step(outcome=Outcome.UNKNOWN, detail="forgotten")),
        (replace(DONE, ack_code="busy"), Step(outcome=Outcome.REFUSED, detail="busy")),
    ],
)
def test_after_a_restart_only_what_the_bank_says_of_the_number_counts(
    picture: Picture, step: Step
) -> None:
    recovery = Recovery(
        wish=WISH,
        session=0,
        sequence=SEQUENCE,
        ack_timeout_s=1.0,
        done_timeout_s=60.0,
        now_s=0.0,
        wanted=lambda: True,
    )
    assert recovery.look(picture, 0.0) == step


def test_a_motion_that_outlived_us_is_watched_to_its_end_and_nothing_is_sent() -> None:
    recovery = Recovery(
        wish=WISH,
        session=0,
        sequence=SEQUENCE,
        ack_timeout_s=1.0,
        done_timeout_s=60.0,
        now_s=0.0,
        wanted=lambda: True,
    )
    assert recovery.look(ACCEPTED, 0.0).outcome is Outcome.ACCEPTED
    assert recovery.look(ACCEPTED, 1.0) == WAIT
    assert recovery.look(DONE, 2.0).outcome is Outcome.DONE


BETWEEN = shown(replace(READY, presence=(), open_aisle=None), shelf=None)
AT_2, AT_9 = shown(BETWEEN, shelf=2), shown(BETWEEN, shelf=9)
TURNING = replace(BETWEEN, mode=RackMode.MOVING, moving=True)


def follower() -> StateFollower:
    wish = wished(GoToShelf(device="k", command_id="c", shelf=9), "rotary-carousel")
    return StateFollower(
        wish=wish, ack_timeout_s=2.0, done_timeout_s=60.0, now_s=0.0, wanted=lambda: True
    )


def written() -> StateFollower:
    motion = follower()
    assert motion.look(AT_2, 0.0) == SEND
    motion.lost()
    return motion


def test_a_weak_machine_that_stands_there_already_is_not_written_to() -> None:
    assert follower().look(AT_9, 0.0) == Step(outcome=Outcome.DONE)


def test_a_weak_machine_is_written_to_once_even_if_nobody_answered() -> None:
    motion = written()
    assert motion.look(AT_2, 1.0) == WAIT
    assert motion.look(AT_2, 2.0) == Step(outcome=Outcome.UNKNOWN, detail="not_seen_to_move")


def test_a_weak_machine_is_done_when_it_stands_where_it_should() -> None:
    motion = written()
    assert motion.look(TURNING, 0.1).outcome is Outcome.ACCEPTED
    assert motion.look(TURNING, 0.2) == WAIT
    assert motion.look(AT_9, 5.0) == Step(outcome=Outcome.DONE)


def test_a_weak_machine_that_stops_elsewhere_has_failed_after_a_while() -> None:
    motion = written()
    motion.look(TURNING, 0.1)
    assert motion.look(AT_2, 5.0) == WAIT
    assert motion.look(AT_2, 7.0) == Step(outcome=Outcome.FAILED, detail="not_in_position")


def test_a_weak_machine_that_breaks_down_has_failed_at_once() -> None:
    motion = written()
    motion.look(TURNING, 0.1)
    broken = replace(AT_2, mode=RackMode.EMERGENCY_STOP)
    assert motion.look(broken, 1.0) == Step(outcome=Outcome.FAILED, detail="emergency_stop")


@pytest.mark.parametrize(("tray", "bay"), [(0, 1), (61, 1), (5, 0), (5, 2)])
def test_numbers_the_machine_does_not_have_are_no_wish(tray: int, bay: int) -> None:
    command = FetchTray(device="l", command_id="c", tray=tray, bay=bay)
    assert wish_of(command, known("vertical-lift")) is None
    assert wish_of(command, known("mobile-shelving")) is None
