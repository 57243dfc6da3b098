"""What every driver must do, done to the shelving driver: report, garble, vanish, return."""

from dataclasses import replace

import pytest

from drivers.commands import SwitchOutputs
from drivers.observations import (
    DeviceBack,
    DeviceLost,
    Outcome,
    Presence,
    RackMode,
    RackStatus,
)
from drivers.profiles import Profile, ProfileError
from simulators.mobile_rack import SimulatedRack
from tests.drivers.shelving.rig import COLUMNS, RACK, Rig, driver_for, driving, running
from tests.services import eventually


def test_it_says_what_answers_and_what_it_sees(rig: Rig) -> None:
    back = next(o for o in rig.seen if isinstance(o, DeviceBack))
    assert (back.device, back.detail) == (RACK, "mobile shelving, map 1.0")
    status = rig.next(RackStatus)
    assert (status.mode, status.open_aisle) == (RackMode.HOLDING, 1)
    assert status.presence == (Presence.CLEAR,) * (COLUMNS - 1)


def test_people_and_things_in_aisles_are_reported(rig: Rig) -> None:
    rig.rack.enter(3)
    rig.rack.obstruct(7)
    status = rig.next(RackStatus, lambda s: s.presence[6] is Presence.OBSTRUCTED)
    assert [i for i, p in enumerate(status.presence, 1) if p is Presence.OCCUPIED] == [3]
    rig.rack.leave(3)
    rig.rack.clear(7)
    rig.next(RackStatus, lambda s: set(s.presence) == {Presence.CLEAR})


def test_every_mode_of_the_bank_is_told_apart(rig: Rig) -> None:
    rig.rack.switch_to("local")
    rig.next(RackStatus, lambda s: s.mode is RackMode.LOCAL)
    rig.rack.break_down(3)
    assert rig.next(RackStatus, lambda s: s.mode is RackMode.FAULT).fault_code == 3
    rig.rack.press_emergency_stop()
    rig.next(RackStatus, lambda s: s.mode is RackMode.EMERGENCY_STOP)
    rig.rack.lose_power()
    rig.next(RackStatus, lambda s: s.mode is RackMode.POWER_LOST)


@pytest.mark.parametrize("fault", ["lose_request", "lose_reply", "garble_reply"])
def test_one_lost_frame_is_not_a_lost_device(rig: Rig, fault: str) -> None:
    for nth in (1, 3, 5):
        getattr(rig.rack.faults, fault)(nth)
    served = rig.rack.faults.requests
    eventually(lambda: rig.rack.faults.requests, lambda n: n > served + 8)
    assert not any(isinstance(o, DeviceLost) for o in rig.all_seen())


def test_silence_is_said_once_and_its_end_once(rig: Rig) -> None:
    rig.rack.faults.silent = True
    assert "no answer" in rig.next(DeviceLost).reason
    asked = rig.rack.faults.requests
    eventually(lambda: rig.rack.faults.requests, lambda n: n > asked + 2)
    rig.rack.faults.silent = False
    rig.next(DeviceBack)
    rig.next(RackStatus)
    kinds = [type(o).__name__ for o in rig.all_seen() if isinstance(o, DeviceBack | DeviceLost)]
    assert kinds == ["DeviceBack", "DeviceLost", "DeviceBack"]
    assert rig.driver.counters()["reconnects"] == 1


def test_a_bank_that_vanishes_is_lost_and_found_again(rig: Rig) -> None:
    rig.rack.vanish()
    rig.next(DeviceLost)
    rig.rack.come_back()
    rig.next(DeviceBack)
    rig.next(RackStatus)


def test_replies_that_come_too_late_lose_the_device_and_never_mislead(rig: Rig) -> None:
    rig.rack.enter(2)
    rig.next(RackStatus, lambda s: s.presence[1] is Presence.OCCUPIED)
    rig.rack.faults.delay_s = 0.15
    rig.next(DeviceLost)
    rig.rack.faults.delay_s = 0.0
    rig.next(DeviceBack)
    status = rig.next(RackStatus)
    assert status.presence[1] is Presence.OCCUPIED


def test_a_bank_that_is_not_there_at_first_is_lost_and_then_back(profile: Profile) -> None:
    with SimulatedRack(profile=profile) as rack:
        rack.vanish()
        rig = Rig(rack=rack, driver=driver_for(rack, profile))
        with driving(rig):
            rig.next(DeviceLost)
            rack.come_back()
            rig.next(DeviceBack)


def test_a_frozen_heartbeat_is_as_good_as_silence(rig: Rig) -> None:
    rig.time_runs.clear()
    assert "heartbeat" in rig.next(DeviceLost).reason
    served = rig.rack.faults.requests
    eventually(lambda: rig.rack.faults.requests, lambda n: n > served + 20)
    assert sum(isinstance(o, DeviceBack) for o in rig.all_seen()) == 1
    rig.time_runs.set()
    rig.next(DeviceBack)


def test_another_bank_than_was_configured_is_refused(profile: Profile) -> None:
    configured = replace(profile, params={"columns": 12})
    with SimulatedRack(profile=profile) as rack:
        rig = Rig(rack=rack, driver=driver_for(rack, configured))
        with driving(rig):
            assert "8 columns, expected 12" in rig.next(DeviceLost).reason
        assert not any(isinstance(o, DeviceBack | RackStatus) for o in rig.all_seen())


def test_another_device_at_the_address_is_refused(profile: Profile) -> None:
    point, _ = profile.identify[0]
    expecting = replace(profile, identify=((point, 0x4242),))
    with SimulatedRack(profile=profile) as rack:
        rig = Rig(rack=rack, driver=driver_for(rack, expecting))
        with driving(rig):
            assert "map_magic" in rig.next(DeviceLost).reason
        assert rack.faults.counted.keys() == {4}  # nothing was ever written to it


def test_a_profile_that_commands_nothing_drives_nothing(profile: Profile) -> None:
    with SimulatedRack(profile=profile) as rack, pytest.raises(ProfileError, match="command"):
        driver_for(rack, replace(profile, command=None))


def test_it_ends_within_a_second_even_while_nobody_answers(profile: Profile) -> None:
    with running(profile) as rig:
        rig.rack.faults.silent = True
        rig.next(DeviceLost)  # ``driving`` asserts that the thread ends


def test_lamps_are_not_for_racks(rig: Rig) -> None:
    with pytest.raises(TypeError, match="SwitchOutputs"):
        rig.driver.submit(SwitchOutputs(device=RACK, on=(1,), off=(), for_s=None))


def test_an_unreachable_bank_refuses_motion_at_once(rig: Rig) -> None:
    rig.rack.vanish()
    rig.next(DeviceLost)
    rig.open(4)
    word = rig.last_word()
    assert (word.outcome, word.detail) == (Outcome.FAILED, "unreachable")
