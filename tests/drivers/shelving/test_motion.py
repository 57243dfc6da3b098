"""One wish, at most one motion: whatever is lost, refused, interrupted or forgotten."""

import pytest

from drivers.observations import DeviceLost, Outcome, RackMode, RackStatus
from drivers.profiles import Profile
from tests.drivers.shelving.rig import Rig, driver_for, driving, running, stands
from tests.services import eventually

FRAMES = range(1, 9)
"""Looks, the block, the acknowledgement, beats: more frames than a command takes."""


def test_an_aisle_is_opened_and_confirmed_by_position(rig: Rig) -> None:
    rig.open(5)
    word = rig.last_word()
    assert (word.outcome, word.detail) == (Outcome.DONE, "")
    assert rig.outcomes() == [Outcome.ACCEPTED, Outcome.DONE]
    assert (rig.rack.open_aisle, rig.rack.motions) == (5, [5])


@pytest.mark.parametrize("fault", ["lose_request", "lose_reply", "garble_reply"])
@pytest.mark.parametrize("nth", FRAMES)
def test_the_bank_moves_exactly_once_whichever_frame_is_lost(
    rig: Rig, fault: str, nth: int
) -> None:
    getattr(rig.rack.faults, fault)(nth)
    rig.open(4)
    assert rig.last_word().outcome is Outcome.DONE
    assert rig.rack.motions == [4]
    assert not any(isinstance(o, DeviceLost) for o in rig.all_seen())


def test_a_block_whose_reply_was_lost_is_not_sent_again_once_it_was_seen(rig: Rig) -> None:
    rig.rack.faults.lose_function(16)
    rig.open(4)
    assert rig.last_word().outcome is Outcome.DONE
    assert rig.rack.faults.counted[16] == 1
    assert rig.rack.motions == [4]


def test_a_block_that_never_arrived_is_sent_again_with_the_same_number(rig: Rig) -> None:
    rig.rack.faults.lose_function(16, request=True)
    rig.open(4)
    assert rig.last_word().outcome is Outcome.DONE
    assert rig.rack.faults.counted[16] == 2
    assert rig.rack.motions == [4]


def test_a_block_that_was_delivered_late_moves_nothing_twice(rig: Rig) -> None:
    rig.rack.faults.hold_function = 16
    rig.open(4)
    assert rig.last_word().outcome is Outcome.DONE
    assert rig.rack.faults.counted[16] == 2
    assert rig.rack.motions == [4]


def test_one_motion_after_another(rig: Rig) -> None:
    for aisle in (3, 7, 1, 2):
        rig.open(aisle, f"to-{aisle}")
        assert rig.last_word(f"to-{aisle}").outcome is Outcome.DONE
    assert rig.rack.motions == [3, 7, 1, 2]


def test_a_second_motion_is_refused_while_one_is_under_way(slow: Rig) -> None:
    slow.open(4, "first")
    slow.accepted("first")
    slow.open(6, "second")
    word = slow.last_word("second")
    assert (word.outcome, word.detail) == (Outcome.REFUSED, "busy")
    assert slow.rack.motions == [4]


@pytest.mark.parametrize("aisle", [0, 8, -1])
def test_an_aisle_that_is_not_there_is_refused(rig: Rig, aisle: int) -> None:
    rig.open(aisle)
    assert rig.last_word().detail == "bad_argument"
    assert rig.rack.motions == []


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (lambda rack: rack.enter(2), "refused_occupied"),
        (lambda rack: rack.obstruct(2), "refused_occupied"),
        (lambda rack: rack.switch_to("local"), "refused_mode"),
        (lambda rack: rack.press_emergency_stop(), "refused_mode"),
        (lambda rack: rack.lose_power(), "refused_mode"),
        (lambda rack: rack.break_down(2), "refused_mode"),
    ],
)
def test_nothing_is_sent_to_a_bank_that_is_not_clear_and_ready(
    rig: Rig, trouble: object, reason: str
) -> None:
    assert callable(trouble)
    trouble(rig.rack)
    rig.open(4)
    word = rig.last_word()
    assert (word.outcome, word.detail) == (Outcome.REFUSED, reason)
    assert rig.rack.faults.counted[16] == 0


@pytest.mark.parametrize(
    ("trouble", "code", "mode"),
    [
        (lambda rack: rack.enter(2), "occupied", RackMode.PROTECTIVE_STOP),
        (lambda rack: rack.obstruct(2), "obstructed", RackMode.PROTECTIVE_STOP),
        (lambda rack: rack.press_emergency_stop(), "emergency_stop", RackMode.EMERGENCY_STOP),
        (lambda rack: rack.lose_power(), "power_lost", RackMode.POWER_LOST),
    ],
)
def test_a_motion_that_the_bank_breaks_off_has_failed(
    slow: Rig, trouble: object, code: str, mode: RackMode
) -> None:
    assert callable(trouble)
    slow.open(4)
    slow.accepted()
    trouble(slow.rack)
    word = slow.last_word()
    assert (word.outcome, word.detail) == (Outcome.FAILED, code)
    slow.next(RackStatus, lambda s: s.mode is mode)


def test_after_an_emergency_stop_nothing_moves_before_somebody_resets_it_there(slow: Rig) -> None:
    slow.open(4)
    slow.accepted()
    slow.rack.press_emergency_stop()
    slow.last_word()
    slow.rack.release_emergency_stop()
    slow.open(4, "again")
    assert slow.last_word("again").outcome is Outcome.REFUSED
    slow.rack.reset_locally()
    slow.next(RackStatus, lambda s: s.mode is RackMode.IDLE)
    slow.open(4, "after reset")
    slow.accepted("after reset")


def test_a_bank_that_falls_silent_in_motion_leaves_an_unknown_outcome(slow: Rig) -> None:
    slow.open(4)
    slow.accepted()
    slow.rack.faults.silent = True
    word = slow.last_word()
    assert (word.outcome, word.detail) == (Outcome.UNKNOWN, "unreachable")
    stands(slow.rack)
    assert slow.rack.watchdog_tripped
    assert slow.rack.motions == [4]


def test_when_the_driver_dies_the_bank_stops_and_does_not_resume(profile: Profile) -> None:
    with running(profile, speed_mm_per_s=100.0) as rig:
        rig.open(7)
        rig.accepted()
        rig.rack.vanish()  # as the bank sees it, SIGKILL is a peer that is gone
        stands(rig.rack)
        assert rig.rack.watchdog_tripped
        travelled = rig.rack.travelled_mm
        rig.rack.come_back()
        rig.next(RackStatus, lambda s: s.mode is RackMode.IDLE and s.open_aisle is None)
        assert rig.rack.travelled_mm == travelled
        assert rig.rack.motions == [7]


def test_a_driver_that_is_started_again_sends_nothing(profile: Profile) -> None:
    with running(profile, speed_mm_per_s=300.0) as rig:
        rig.open(7)
        rig.accepted()
        rig.rack.vanish()
        stands(rig.rack)
        rig.rack.come_back()
        blocks = rig.rack.faults.counted[16]
        rig.driver = driver_for(rig.rack, profile)
        with driving(rig):
            rig.next(RackStatus)
            rig.next(RackStatus)
        assert rig.rack.faults.counted[16] == blocks
        assert rig.rack.motions == [7]


def test_a_new_driver_takes_no_old_acknowledgement_for_its_own(profile: Profile) -> None:
    with running(profile) as rig:
        rig.open(3, "old")
        rig.last_word("old")
        rig.driver = driver_for(rig.rack, profile)  # its numbers start again, too
        with driving(rig):
            rig.open(6, "new")
            assert rig.last_word("new").outcome is Outcome.DONE
        assert rig.rack.motions == [3, 6]


def test_a_stop_halts_the_bank_and_both_commands_say_so(slow: Rig) -> None:
    slow.open(4)
    slow.accepted()
    slow.stop()
    assert slow.last_word("stop").outcome is Outcome.DONE
    assert not slow.rack.moving
    eventually(slow.outcomes, lambda outcomes: outcomes[-1] is Outcome.STOPPED)


def test_a_stop_overtakes_a_motion_that_was_not_sent_yet(rig: Rig) -> None:
    rig.open(4)
    rig.stop()
    assert rig.last_word("stop").outcome is Outcome.DONE
    eventually(rig.outcomes, lambda seen: seen[-1:] == [Outcome.STOPPED])
    stands(rig.rack)
    assert rig.rack.open_aisle == 1


@pytest.mark.parametrize("request_lost", [True, False])
def test_a_stop_whose_frame_is_lost_is_written_again(slow: Rig, request_lost: bool) -> None:
    slow.open(4)
    slow.accepted()
    slow.rack.faults.lose_function(6, register=8, request=request_lost)
    slow.stop()
    assert slow.last_word("stop").outcome is Outcome.DONE
    assert not slow.rack.moving
    assert not slow.rack.watchdog_tripped


def test_a_stop_that_cannot_be_written_ends_the_beats_and_so_the_motion(slow: Rig) -> None:
    slow.open(4)
    slow.accepted()
    slow.rack.faults.lose_function(6, register=8, request=True, times=1000)
    slow.stop()
    word = slow.last_word("stop")
    assert (word.outcome, word.detail) == (Outcome.UNKNOWN, "not_confirmed")
    assert slow.rack.watchdog_tripped


def test_a_stop_of_an_unreachable_bank_ends_unknown(rig: Rig) -> None:
    rig.rack.vanish()
    rig.next(DeviceLost)
    rig.stop()
    word = rig.last_word("stop")
    assert (word.outcome, word.detail) == (Outcome.UNKNOWN, "unreachable")


def test_a_stop_given_while_the_network_flickers_reaches_the_bank(slow: Rig) -> None:
    slow.open(4)
    slow.accepted()
    slow.rack.vanish()
    slow.stop()
    slow.rack.come_back()
    assert slow.last_word("stop").outcome is Outcome.DONE
    assert not slow.rack.moving
