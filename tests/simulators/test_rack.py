"""The simulated bank: its physics, its own safety chain, and a real Modbus client."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from functools import reduce
from operator import xor

import pytest

from drivers.profiles import find_profile, load_profile
from simulators.machines.carriages import SLOWEST
from simulators.mobile_rack import SimulatedRack
from simulators.modbus_pdu import Refused
from tests.services import require_program

PROFILE = load_profile(find_profile("shelving/mobile-shelving.toml"), columns=8)
SESSION = 7
OPEN = 1
ACK_SEQ, ACK_CODE, DONE_CODE, OPEN_AISLE, OCCUPIED_LOW = 22, 23, 25, 20, 29
ACCEPTED, BUSY, BAD_ARGUMENT, BAD_CHECK, NOT_LEASE_HOLDER, REFUSED_STOP = 1, 2, 7, 8, 9, 6
OK, STOPPED, OCCUPIED, WATCHDOG = 1, 2, 4, 7


@pytest.fixture
def rack() -> Iterator[SimulatedRack]:
    with SimulatedRack(profile=PROFILE, speed_mm_per_s=300.0) as rack:
        yield rack


def block(aisle: int, sequence: int, *, session: int = SESSION, code: int = OPEN) -> list[int]:
    """The command block, as written in one request to holding register 1."""
    check = reduce(xor, (session, code, aisle, 0, sequence), 0x5A5A)
    return [session, code, aisle, 0, check, sequence]


def said(rack: SimulatedRack, register: int) -> int:
    """What an input register holds."""
    return rack.read("input", register, 1)[0]


def beat(rack: SimulatedRack, seconds: float, step_s: float = 0.1) -> None:
    """Let time pass with somebody beating the watchdog."""
    for i in range(round(seconds / step_s)):
        rack.write("holding", 0, [i % 2 + 1])
        rack.advance(step_s)


def test_carriages_roll_at_their_speed_and_no_faster(rack: SimulatedRack) -> None:
    rack.write("holding", 1, block(4, 1))
    beat(rack, 2.8)
    assert (rack.moving, rack.open_aisle) == (True, None)
    assert 3 * SLOWEST * 840 - 100 < rack.travelled_mm < 3 * 840
    beat(rack, 0.6)
    assert (rack.moving, rack.open_aisle) == (False, 4)
    assert rack.travelled_mm == pytest.approx(3 * 900.0)
    assert said(rack, DONE_CODE) == OK


def test_nothing_moves_while_time_stands_still(rack: SimulatedRack) -> None:
    rack.write("holding", 1, block(4, 1))
    assert rack.read("input", 0, 88) == rack.read("input", 0, 88)
    assert rack.travelled_mm == 0


def test_the_same_sequence_number_moves_the_bank_once(rack: SimulatedRack) -> None:
    rack.write("holding", 1, block(4, 1))
    beat(rack, 4)
    rack.write("holding", 1, block(4, 1))
    assert not rack.moving
    assert rack.motions == [4]


def test_a_torn_block_is_refused(rack: SimulatedRack) -> None:
    torn = block(4, 1)
    torn[2] = 5
    rack.write("holding", 1, torn)
    assert (said(rack, ACK_CODE), rack.moving) == (BAD_CHECK, False)


@pytest.mark.parametrize(
    ("second", "reason"),
    [(block(5, 2), BUSY), (block(5, 2, session=8), NOT_LEASE_HOLDER)],
)
def test_while_it_moves_no_other_command_is_taken(
    rack: SimulatedRack, second: list[int], reason: int
) -> None:
    rack.write("holding", 1, block(4, 1))
    rack.write("holding", 1, second)
    assert said(rack, ACK_CODE) == reason
    assert rack.motions == [4]


@pytest.mark.parametrize("wrong", [block(8, 1), block(0, 1), block(4, 1, code=99)])
def test_a_wish_it_does_not_know_is_refused(rack: SimulatedRack, wrong: list[int]) -> None:
    rack.write("holding", 1, wrong)
    assert (said(rack, ACK_CODE), rack.moving) == (BAD_ARGUMENT, False)


def test_an_unbeaten_watchdog_stops_it_for_good(rack: SimulatedRack) -> None:
    rack.write("holding", 1, block(7, 1))
    rack.advance(1.9)
    assert rack.moving
    rack.advance(0.2)
    stood_at = rack.travelled_mm
    assert (rack.moving, rack.watchdog_tripped) == (False, True)
    assert said(rack, DONE_CODE) == WATCHDOG
    beat(rack, 5)
    assert rack.travelled_mm == stood_at


def test_beats_that_do_not_change_are_no_beats(rack: SimulatedRack) -> None:
    rack.write("holding", 1, block(7, 1))
    for _ in range(21):
        rack.write("holding", 0, [0])
        rack.advance(0.1)
    assert rack.watchdog_tripped


def test_a_person_stops_it_and_it_stays_stopped_until_reset_there(rack: SimulatedRack) -> None:
    rack.write("holding", 1, block(7, 1))
    rack.advance(0.5)
    rack.enter(2)
    assert (rack.moving, said(rack, DONE_CODE)) == (False, OCCUPIED)
    assert said(rack, OCCUPIED_LOW) == 0b10
    rack.reset_locally()
    rack.leave(2)
    rack.write("holding", 1, block(7, 2))
    assert said(rack, ACK_CODE) == REFUSED_STOP
    rack.reset_locally()
    rack.write("holding", 1, block(7, 3))
    assert rack.moving


def test_nothing_over_the_wire_releases_an_emergency_stop(rack: SimulatedRack) -> None:
    rack.press_emergency_stop()
    rack.reset_locally()
    for address in range(10):
        for value in (1, 1000, 0xFFFF):
            with suppress(Refused):
                rack.write("holding", address, [value])
    rack.release_emergency_stop()
    rack.write("holding", 1, block(4, 1))
    assert said(rack, ACK_CODE) == REFUSED_STOP
    assert rack.motions == []


def mbpoll(rack: SimulatedRack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A Modbus client that shares no code with ours, against the bank."""
    program = require_program("mbpoll")
    command = [program, "-m", "tcp", "-p", str(rack.port), "-a", "1", "-0", "-1", "-q"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=20
    )


def registers(output: str) -> dict[int, int]:
    """What mbpoll printed: ``[16]: <tab> 3``."""
    lines = (line.split() for line in output.splitlines() if line.startswith("["))
    return {int(address.strip("[]:")): int(value) for address, value, *_ in lines}


def test_mbpoll_reads_who_the_bank_is(rack: SimulatedRack) -> None:
    said = mbpoll(rack, "-r", "0", "-c", "5", "-t", "3", "127.0.0.1")
    assert registers(said.stdout) == {0: 0x5253, 1: 0x0100, 2: 1, 3: 8, 4: 1}


def test_mbpoll_opens_an_aisle_once_and_stops_it(rack: SimulatedRack) -> None:
    command = ["-r", "1", "-t", "4", "127.0.0.1", "--", *map(str, block(4, 1))]
    assert mbpoll(rack, *command).returncode == 0
    assert rack.moving
    mbpoll(rack, *command)
    assert rack.motions == [4]
    assert mbpoll(rack, "-r", "8", "-t", "4", "127.0.0.1", "--", "1").returncode == 0
    assert (rack.moving, said(rack, DONE_CODE)) == (False, STOPPED)


def test_mbpoll_is_told_of_addresses_and_values_that_are_not_allowed(rack: SimulatedRack) -> None:
    assert mbpoll(rack, "-r", "500", "-t", "3", "127.0.0.1").returncode != 0
    assert mbpoll(rack, "-r", "9", "-t", "4", "127.0.0.1", "--", "100").returncode != 0
