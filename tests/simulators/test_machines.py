"""The physics of every machine, commanded through its registers, and its safety chain."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.machines.axis import Axis
from simulators.machines.machine import Machine
from simulators.machines.pokes import NotAPoke
from simulators.profiled_device import ProfiledDevice
from simulators.simulated import device_of, machine_of
from tests.simulators.orders import FIRST_MOTION, MOVING, beat, order, profile


@pytest.fixture(params=MOVING)
def device(request: pytest.FixtureRequest) -> ProfiledDevice:
    return device_of(profile(request.param))


def made(name: str) -> tuple[ProfiledDevice, Machine]:
    """A device, and the machine in it."""
    kind = profile(name)
    machine = machine_of(kind, seed=1)
    assert isinstance(machine, Machine)
    return ProfiledDevice(kind, machine), machine


def begin(device: ProfiledDevice, sequence: int = 1) -> None:
    """Command its first motion."""
    order(device, *FIRST_MOTION[device.profile.id], sequence=sequence)


def is_moving(device: ProfiledDevice) -> bool:
    """Whether it says that something moves."""
    status = device.values()["status"]
    assert isinstance(status, frozenset)
    return "moving" in status


@given(
    target=st.floats(-500, 500),
    top=st.floats(1, 300),
    acceleration=st.floats(10, 3000),
    steps=st.lists(st.floats(0.001, 0.3), max_size=40),
)
def test_an_axis_never_exceeds_its_speed_or_acceleration_and_never_overshoots(
    target: float, top: float, acceleration: float, steps: list[float]
) -> None:
    axis = Axis(speed=top, acceleration=acceleration)
    speed_before = 0.0
    for step_s in steps:
        before = axis.position
        axis.advance(target, step_s)
        speed = abs(axis.position - before) / step_s
        assert speed <= top * (1 + 1e-9)
        assert speed <= speed_before + acceleration * (step_s + 0.31)
        assert 0 <= axis.position / target <= 1 if target else axis.position == 0
        speed_before = speed


def test_an_axis_takes_as_long_as_its_acceleration_lets_it() -> None:
    axis = Axis(speed=100.0, acceleration=50.0)  # 2 s to full speed, 100 mm; the same to brake
    seconds = 0.0
    while not axis.advance(400.0, 0.01):
        seconds += 0.01
    assert seconds == pytest.approx(6.0, abs=0.2)
    assert axis.travelled == pytest.approx(400.0)


def test_every_machine_does_what_its_profile_confirms(device: ProfiledDevice) -> None:
    verb, arguments = FIRST_MOTION[device.profile.id]
    order(device, verb, arguments)
    assert is_moving(device)
    beat(device, 60)
    assert not is_moving(device)
    command = device.profile.command
    assert command is not None
    for confirm in command.verbs[verb].confirm:
        shown: Any = device.values()[confirm.point.name]
        if confirm.index is not None:
            shown = shown[arguments[confirm.index] - 1]
        assert shown == arguments.get(str(confirm.value), confirm.value)


@pytest.mark.parametrize("trouble", ["press_emergency_stop", "lose_power", "overload",
                                     "release_brakes", "report_fire"])  # fmt: skip
def test_what_stops_it_stops_it_until_somebody_resets_it_there(
    device: ProfiledDevice, trouble: str
) -> None:
    undo = {
        "press_emergency_stop": "release_emergency_stop",
        "lose_power": "restore_power",
        "overload": "relieve",
        "release_brakes": "engage_brakes",
        "report_fire": "end_fire",
    }
    begin(device)
    beat(device, 0.5)
    device.perform(trouble, {})
    assert not is_moving(device)
    device.perform("reset_locally", {})
    begin(device, sequence=2)
    assert not is_moving(device)
    device.perform(undo[trouble], {})
    begin(device, sequence=3)
    beat(device, 1)
    assert not is_moving(device)
    device.perform("reset_locally", {})
    assert not is_moving(device)
    begin(device, sequence=4)
    assert is_moving(device)


@pytest.mark.parametrize("name", MOVING[:3])
def test_an_unbeaten_watchdog_stops_every_machine_that_has_one(name: str) -> None:
    device = device_of(profile(name))
    begin(device)
    for _ in range(19):
        device.advance(0.1)
    assert is_moving(device)
    device.advance(0.2)
    assert not is_moving(device)
    assert device.values()["done_code"] == "watchdog"
    beat(device, 5)
    assert not is_moving(device)
    assert device.watchdog_tripped


def test_a_machine_without_a_watchdog_goes_on_by_itself() -> None:
    device = device_of(profile("shelving/rotary-carousel.toml"))
    begin(device)
    for _ in range(200):
        device.advance(0.1)
    assert (is_moving(device), device.values()["shelf"]) == (False, 5)


def test_a_stop_is_a_stop_whatever_the_machine(device: ProfiledDevice) -> None:
    begin(device)
    beat(device, 0.5)
    command = device.profile.command
    assert command is not None
    device.write(command.stop.kind, command.stop.address, [command.stop_value])
    assert not is_moving(device)
    values = device.values()
    assert values.get("done_code", "stopped") == "stopped"


def test_a_bank_closes_and_lets_air_through_all_of_its_aisles() -> None:
    device = device_of(profile("shelving/mobile-shelving.toml"))
    order(device, "ventilate", {}, 1)
    beat(device, 20)
    assert device.values()["open_aisle"] == 0
    assert "ventilated" in str(device.values()["status"])
    order(device, "close_all", {}, 2)
    beat(device, 20)
    assert (device.values()["open_aisle"], device.values()["done_seq"]) == (0, 2)
    assert device.values()["column_state"] == ["left"] * 8


def test_light_is_given_to_people_in_aisles_and_moves_nothing() -> None:
    device, machine = made("shelving/mobile-shelving.toml")
    device.perform("enter_aisle", {"aisle": 1})
    order(device, "light_aisle", {"aisle": 1})
    assert (device.values()["lit_aisle"], device.values()["done_code"]) == (1, "ok")
    assert machine.motions == []


def test_hands_that_only_reach_in_stop_the_bank_as_well() -> None:
    device = device_of(profile("shelving/mobile-shelving.toml"))
    begin(device)
    device.perform("cross_light_curtain", {})
    assert (is_moving(device), device.values()["done_code"]) == (False, "occupied")
    assert device.values()["occupied_aisles"] == frozenset()


def test_a_bank_without_power_is_pushed_by_hand_and_knows_where_it_stands() -> None:
    device = device_of(profile("shelving/mobile-shelving.toml"))
    device.perform("lose_power", {})
    with pytest.raises(NotAPoke, match="release_brakes first"):
        device.perform("push_to", {"aisle": 6})
    device.perform("release_brakes", {})
    device.perform("push_to", {"aisle": 6})
    assert device.values()["open_aisle"] == 6


def test_a_lift_brings_a_tray_and_takes_it_back() -> None:
    device, machine = made("shelving/vertical-lift.toml")
    order(device, "fetch_tray", {"tray": 7, "bay": 1}, 1)
    assert device.values()["state"] == "fetching"
    beat(device, 60)
    assert (device.values()["state"], device.values()["tray_at_bay"]) == ("presenting", [7])
    order(device, "fetch_tray", {"tray": 7, "bay": 1}, 2)  # it is there: done, and nothing moved
    assert device.values()["done_seq"] == 2
    order(device, "store_tray", {"bay": 1}, 3)
    assert device.values()["state"] == "storing"
    beat(device, 60)
    assert (device.values()["state"], device.values()["tray_at_bay"]) == ("idle", [0])
    assert [verb for verb, _ in machine.motions] == ["fetch_tray", "store_tray"]


@pytest.mark.parametrize(
    ("verb", "arguments", "reason"),
    [
        ("fetch_tray", {"tray": 61, "bay": 1}, "tray_unknown"),
        ("fetch_tray", {"tray": 3, "bay": 2}, "bay_unknown"),
        ("fetch_tray", {"tray": 3, "bay": 1}, "bay_occupied"),
    ],
)
def test_a_lift_says_why_it_does_not(verb: str, arguments: dict[str, int], reason: str) -> None:
    device = device_of(profile("shelving/vertical-lift.toml"))
    order(device, "fetch_tray", {"tray": 7, "bay": 1}, 1)
    beat(device, 60)
    order(device, verb, arguments, 2)
    assert (device.values()["ack_seq"], device.values()["ack_code"]) == (2, reason)


@pytest.mark.parametrize(
    ("load", "code"), [({"weight_kg": 300}, "overweight"), ({"height_mm": 230}, "overheight")]
)
def test_a_tray_that_is_too_much_stays_in_its_bay(load: dict[str, float], code: str) -> None:
    device = device_of(profile("shelving/vertical-lift.toml"))
    order(device, "fetch_tray", {"tray": 7, "bay": 1}, 1)
    beat(device, 60)
    device.perform("load_tray", {"tray": 7, **load})
    order(device, "store_tray", {"bay": 1}, 2)
    beat(device, 60)
    assert (device.values()["done_code"], device.values()["tray_at_bay"]) == (code, [7])
    assert code in str(device.values()["status"])


def test_a_tray_aboard_since_a_stop_can_still_be_fetched_and_no_other() -> None:
    device = device_of(profile("shelving/vertical-lift.toml"))
    order(device, "fetch_tray", {"tray": 7, "bay": 1}, 1)
    while device.values()["tray_on_lift"] != 7:
        beat(device, 0.2)
    device.perform("reach_in", {"bay": 1})
    device.perform("withdraw", {"bay": 1})
    device.perform("reset_locally", {})
    order(device, "fetch_tray", {"tray": 8, "bay": 1}, 2)
    assert device.values()["ack_code"] == "tray_blocked"
    order(device, "fetch_tray", {"tray": 7, "bay": 1}, 3)
    beat(device, 60)
    assert (device.values()["tray_at_bay"], device.values()["tray_on_lift"]) == ([7], 0)


def move(source: tuple[int, int, int], target: tuple[int, int, int]) -> dict[str, int]:
    """The arguments of a crane's verb."""
    names = [f"{end}_{part}" for end in ("from", "to") for part in ("row", "column", "level")]
    return dict(zip(names, source + target, strict=True))


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ((1, 1, 2), (0, 0, 0), "cell_empty"),
        ((1, 1, 1), (1, 2, 1), "cell_occupied"),
        ((1, 1, 1), (1, 0, 1), "cell_unknown"),
        ((1, 1, 1), (1, 1, 1), "bad_argument"),
        ((9, 1, 1), (0, 0, 0), "cell_unknown"),
    ],
)
def test_a_crane_says_why_it_does_not(
    source: tuple[int, int, int], target: tuple[int, int, int], reason: str
) -> None:
    device, machine = made("shelving/stacker-crane.toml")
    order(device, "move_load", move(source, target))
    assert (device.values()["ack_code"], machine.motions) == (reason, [])


def test_a_load_on_the_forks_since_a_stop_is_only_put_down() -> None:
    device = device_of(profile("shelving/stacker-crane.toml"))
    order(device, "move_load", move((2, 3, 1), (1, 4, 5)), 1)
    while not device.values()["load_present"]:
        beat(device, 0.2)
    device.perform("open_gate", {})
    device.perform("close_gate", {})
    device.perform("reset_locally", {})
    order(device, "move_load", move((2, 3, 1), (1, 4, 5)), 2)
    beat(device, 60)
    values = device.values()
    assert [values[f"load_{part}"] for part in ("row", "column", "level")] == [1, 4, 5]
    assert (values["load_present"], values["done_code"]) == (0, "ok")


def test_a_carousel_goes_round_the_shorter_way() -> None:
    device = device_of(profile("shelving/rotary-carousel.toml"))
    order(device, "go_to_shelf", {"shelf": 15})
    seen = {1}
    while is_moving(device):
        device.advance(0.1)
        shelf = device.values()["shelf"]
        seen |= {shelf} if isinstance(shelf, int) else set()
    assert seen <= {1, 16, 15}
    assert device.values()["shelf"] == 15
