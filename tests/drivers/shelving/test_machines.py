"""Lifts, cranes and carousels by the same protocol, alone and behind one gateway."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from time import monotonic

import pytest

from controller.clock import system_clock
from drivers.commands import (
    Cell,
    CloseRack,
    FetchTray,
    GoToShelf,
    LightAisle,
    MotionCommand,
    MoveLoad,
    OpenAisle,
    RecoverMotion,
    StopRack,
    StoreTray,
    VentilateRack,
)
from drivers.modbus.buses import Buses
from drivers.observations import (
    CommandOutcome,
    DeviceBack,
    MachineStatus,
    Observation,
    Outcome,
    RackStatus,
)
from drivers.profiles import Profile, find_profile, load_profile
from drivers.shelving.driver import Machine
from simulators.modbus_server import ModbusServer
from simulators.profiled_device import ProfiledDevice
from simulators.simulated import device_of
from tests.services import eventually

TIMES_FASTER = 10.0
MACHINES: dict[str, list[MotionCommand]] = {
    "mobile-shelving": [
        OpenAisle(device="d", command_id="open", aisle=3),
        LightAisle(device="d", command_id="light", aisle=3),
        VentilateRack(device="d", command_id="ventilate"),
        CloseRack(device="d", command_id="close"),
    ],
    "vertical-lift": [
        FetchTray(device="d", command_id="fetch", tray=7, bay=1),
        StoreTray(device="d", command_id="store", bay=1),
    ],
    "rotary-carousel": [GoToShelf(device="d", command_id="go", shelf=4)],
}


def quick(name: str) -> Profile:
    """A shipped profile, for a world in which time runs faster."""
    profile = load_profile(find_profile(f"shelving/{name}.toml"))
    watchdog, command, status = profile.watchdog, profile.command, profile.groups["status"]
    assert command is not None
    if watchdog is not None:
        watchdog = replace(watchdog, period_s=0.1, timeout_s=10.0)
    often = replace(status, period_s=0.05, active_period_s=0.03)
    return replace(
        profile,
        watchdog=watchdog,
        command=replace(command, ack_timeout_s=2.0),
        groups={**profile.groups, "status": often},
    )


@dataclass(slots=True, kw_only=True)
class Stand:
    """One machine and its driver."""

    device: ProfiledDevice
    driver: Machine
    seen: list[Observation]

    def wish(self, command: MotionCommand) -> CommandOutcome:
        """Wish it, and wait for its final word."""
        self.driver.submit(command)
        return self.last_word(command.command_id)

    def last_word(self, command_id: str) -> CommandOutcome:
        """What became of a wish in the end."""
        return eventually(lambda: self._final(command_id), lambda found: len(found) == 1)[0]

    def _final(self, command_id: str) -> list[CommandOutcome]:
        return [
            o
            for o in list(self.seen)
            if isinstance(o, CommandOutcome)
            and o.command_id == command_id
            and o.outcome is not Outcome.ACCEPTED
        ]


@contextmanager
def driven(
    profiles: dict[int, Profile], *, rtu: bool = False, weak_may_move: bool = True
) -> Iterator[dict[int, Stand]]:
    """Machines behind one gateway, in a world that moves, and a driver for each on one bus."""
    devices = {unit: device_of(profile) for unit, profile in profiles.items()}
    with ExitStack() as stack:
        server = stack.enter_context(ModbusServer(devices, rtu=rtu))
        ended = threading.Event()
        world = threading.Thread(target=_let_time_run, args=(list(devices.values()), ended))
        world.start()
        stack.callback(world.join)
        stack.callback(ended.set)
        buses, stands = Buses(), {}
        for unit, profile in profiles.items():
            url = f"{'rtu+' * rtu}tcp://127.0.0.1:{server.port}"
            driver = Machine(
                name=f"m{unit}",
                bus=buses.at(url, profile.link),
                unit=unit,
                profile=profile,
                clock=system_clock,
                allow_without_watchdog=weak_may_move,
            )
            stands[unit] = Stand(device=devices[unit], driver=driver, seen=[])
            running = threading.Thread(target=driver.run, args=(stands[unit].seen.append, ended))
            running.start()
            stack.callback(running.join)
            stack.callback(ended.set)
        for stand in stands.values():
            eventually(lambda s=stand: [o for o in s.seen if isinstance(o, DeviceBack)], bool)  # type: ignore[misc]
        yield stands


def _let_time_run(devices: list[ProfiledDevice], ended: threading.Event) -> None:
    last = monotonic()
    while not ended.wait(0.005):
        now = monotonic()
        for device in devices:
            device.advance((now - last) * TIMES_FASTER)
        last = now


@pytest.mark.parametrize("name", MACHINES)
def test_every_machine_does_what_it_is_wished_and_proves_it(name: str) -> None:
    with driven({1: quick(name)}) as stands:
        for command in MACHINES[name]:
            word = stands[1].wish(command)
            assert (word.outcome, word.detail) == (Outcome.DONE, "")


def test_a_crane_carries_a_load_from_cell_to_cell() -> None:
    with driven({1: quick("stacker-crane")}) as stands:
        source, target = Cell(row=1, column=2, level=1), Cell(row=2, column=3, level=2)
        command = MoveLoad(device="d", command_id="carry", source=source, target=target)
        assert stands[1].wish(command).outcome is Outcome.DONE
        status = [o for o in stands[1].seen if isinstance(o, MachineStatus)][-1]
        places = [status.values[f"load_{axis}"] for axis in ("row", "column", "level")]
        assert places == [(2,), (3,), (2,)]
        again = stands[1].wish(replace(command, command_id="again"))
        assert (again.outcome, again.detail) == (Outcome.REFUSED, "cell_empty")


def test_machines_of_every_kind_share_a_gateway_and_its_one_connection() -> None:
    profiles = {unit: quick(name) for unit, name in enumerate(MACHINES, start=1)}
    with driven(profiles, rtu=True) as stands:
        for unit, commands in enumerate(MACHINES.values(), start=1):
            stands[unit].driver.submit(commands[0])
        for unit, commands in enumerate(MACHINES.values(), start=1):
            assert stands[unit].last_word(commands[0].command_id).outcome is Outcome.DONE
        for stand in stands.values():
            assert stand.driver.counters()["frames"] > 0
            assert stand.driver.counters()["blocks_sent"] == 1


def test_a_silent_machine_does_not_stop_its_neighbours() -> None:
    with driven({1: quick("mobile-shelving"), 2: quick("vertical-lift")}) as stands:
        stands[2].device.silence()
        assert stands[1].wish(MACHINES["mobile-shelving"][0]).outcome is Outcome.DONE
        assert sum(isinstance(o, DeviceBack) for o in stands[1].seen) == 1


def test_a_machine_without_watchdog_moves_only_where_the_site_allows_it() -> None:
    with driven({1: quick("rotary-carousel")}, weak_may_move=False) as stands:
        word = stands[1].wish(GoToShelf(device="d", command_id="go", shelf=4))
        assert (word.outcome, word.detail) == (Outcome.REFUSED, "no_watchdog")


def test_a_weak_machine_is_stopped_by_its_coil() -> None:
    with driven({1: quick("rotary-carousel")}) as stands:
        stands[1].driver.submit(GoToShelf(device="d", command_id="go", shelf=9))
        eventually(lambda: list(stands[1].seen), _accepted)
        stands[1].driver.submit(StopRack(device="d", command_id="stop"))
        assert stands[1].last_word("stop").outcome is Outcome.DONE
        assert stands[1].last_word("go").outcome in (Outcome.STOPPED, Outcome.FAILED)


def _accepted(seen: list[Observation]) -> bool:
    return any(isinstance(o, CommandOutcome) and o.outcome is Outcome.ACCEPTED for o in seen)


@pytest.mark.parametrize("known", [True, False])
def test_a_restarted_driver_learns_what_became_of_a_wish_and_writes_no_block(known: bool) -> None:
    profile = quick("mobile-shelving")
    wish = OpenAisle(device="d", command_id="before", aisle=5)
    device = device_of(profile)
    stop, ended = threading.Event(), threading.Event()
    with ModbusServer({1: device}) as server, ExitStack() as stack:
        world = threading.Thread(target=_let_time_run, args=([device], ended))
        world.start()
        stack.callback(world.join)
        stack.callback(ended.set)

        def start(until: threading.Event) -> Stand:
            bus = Buses().at(f"tcp://127.0.0.1:{server.port}", profile.link)
            driver = Machine(name="d", bus=bus, profile=profile, clock=system_clock)
            stand = Stand(device=device, driver=driver, seen=[])
            thread = threading.Thread(target=driver.run, args=(stand.seen.append, until))
            thread.start()
            stack.callback(thread.join)
            stack.callback(until.set)
            eventually(lambda: [o for o in stand.seen if isinstance(o, RackStatus)], bool)
            return stand

        before = start(stop)
        assert before.wish(wish).outcome is Outcome.DONE
        stop.set()
        after = start(threading.Event())
        asked = wish if known else replace(wish, command_id="another")
        after.driver.submit(RecoverMotion(device="d", wish=asked))
        word = after.last_word(asked.command_id)
        expected = (Outcome.DONE, "") if known else (Outcome.UNKNOWN, "forgotten")
        assert (word.outcome, word.detail) == expected
        assert "blocks_sent" not in after.driver.counters()
