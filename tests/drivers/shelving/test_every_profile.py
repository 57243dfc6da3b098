"""Every machine on every transport: one wish, at most one motion, whichever frame goes wrong."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic

import pytest

from controller.clock import system_clock
from drivers.commands import (
    Cell,
    FetchTray,
    GoToShelf,
    MotionCommand,
    MoveLoad,
    OpenAisle,
    StoreTray,
)
from drivers.modbus.buses import Buses
from drivers.observations import DeviceBack, Outcome
from drivers.shelving.driver import Machine
from simulators.bench import Bench, Subject
from simulators.machines.machine import Machine as Simulated
from simulators.machines.shelving import Shelving
from simulators.profiled_device import ProfiledDevice
from simulators.serving import Place
from simulators.simulated import machine_of
from tests.drivers.shelving.test_machines import TIMES_FASTER, Stand, quick
from tests.services import eventually

FAULTS = ("lose_request", "lose_reply", "halve_reply", "mismatch_reply", "answer_busy")
IDEMPOTENT = ("mobile-shelving",)
"""What may be written again if it was lost, and so comes true whatever single frame is."""


def _stored_or_fetched(device: ProfiledDevice, name: str, turn: int) -> MotionCommand:
    if device.values()["tray_at_bay"] == [0]:
        return FetchTray(device="d", command_id=name, tray=turn, bay=1)
    return StoreTray(device="d", command_id=name, bay=1)


def _moved(device: ProfiledDevice, name: str, turn: int) -> MotionCommand:
    device.perform("empty_cell", {"row": 0, "column": 0, "level": 0})
    source = Cell(row=1, column=turn, level=1)
    return MoveLoad(device="d", command_id=name, source=source, target=None)


WISHES: Mapping[str, Callable[[ProfiledDevice, str, int], MotionCommand]] = {
    "mobile-shelving": lambda _, name, turn: OpenAisle(device="d", command_id=name, aisle=turn),
    "vertical-lift": _stored_or_fetched,
    "stacker-crane": _moved,
    "rotary-carousel": lambda _, name, turn: GoToShelf(device="d", command_id=name, shelf=turn),
}
"""For each machine a wish that is a motion, whatever became of those before; turns begin at 2."""


@contextmanager
def driven(name: str, place: Place) -> Iterator[tuple[Bench, Simulated, Stand]]:
    """One machine whose time runs faster, its line, and the driver that is connected to it."""
    profile = quick(name)
    machine = machine_of(profile, seed=1)
    assert isinstance(machine, Simulated)
    if isinstance(machine, Shelving):
        machine = Shelving(8, speed_mm_per_s=600.0)
    device = ProfiledDevice(profile, machine)
    with ExitStack() as stack:
        line = place.open({1: device})
        stack.callback(line.close)
        driver = Machine(
            name="m",
            bus=Buses().at(line.url, profile.link),
            profile=profile,
            clock=system_clock,
            allow_without_watchdog=True,
        )
        stand = Stand(device=device, driver=driver, seen=[])
        ended = threading.Event()
        for work in (
            threading.Thread(target=_let_time_run, args=(device, ended)),
            threading.Thread(target=driver.run, args=(stand.seen.append, ended)),
        ):
            work.start()
            stack.callback(work.join)
        stack.callback(ended.set)
        eventually(lambda: [o for o in stand.seen if isinstance(o, DeviceBack)], bool)
        yield Bench({"d": Subject(device=device, unit=1, line=line)}), machine, stand


@pytest.mark.parametrize("name", WISHES)
@pytest.mark.parametrize("transport", ["tcp", "rtu+tcp", "pty"])
def test_one_wish_is_at_most_one_motion_whichever_frame_goes_wrong(
    tmp_path: Path, transport: str, name: str
) -> None:
    place = {
        "tcp": Place(tcp=0),
        "rtu+tcp": Place(rtu_tcp=0),
        "pty": Place(pty=tmp_path / "line", baud=115200),
    }[transport]
    with driven(name, place) as (bench, machine, stand):
        for turn, fault in enumerate([*FAULTS, ""], start=2):
            wish = WISHES[name](stand.device, f"wish {turn}", turn)
            before = len(machine.motions)
            if fault:
                bench.poke({"do": fault, "nth": 1 + turn % 2})
            outcome = stand.wish(wish).outcome
            eventually(lambda: machine.moving, lambda moving: not moving)
            moved = len(machine.motions) - before
            assert moved == 1 if outcome is Outcome.DONE else moved <= 1, (fault, outcome)
            assert outcome is Outcome.DONE or (fault and name not in IDEMPOTENT), (fault, outcome)


def _let_time_run(device: ProfiledDevice, ended: threading.Event) -> None:
    last = monotonic()
    while not ended.wait(0.005):
        now = monotonic()
        device.advance((now - last) * TIMES_FASTER)
        last = now
