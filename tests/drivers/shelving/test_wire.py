"""What status blocks mean: whatever is missing or contradictory is unknown, never clear."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Declined
from drivers.observations import Presence, RackMode
from drivers.profiles import find_profile, load_profile
from drivers.shelving.wire import MachineMap, Picture, checksum

COLUMNS = 8
PROFILE = load_profile(find_profile("shelving/mobile-shelving.toml"), columns=COLUMNS)
IDENTITY = [0x5253, 0x0100, 1, COLUMNS, 1, 0b1101000001]
OPEN_AND_REMOTE, OCCUPIED, OBSTRUCTED, ESTOP, RESET, LOCKED, FIRE = 0b11, 5, 6, 8, 9, 3, 11


def bank(*, occupancy: bool = True) -> MachineMap:
    """A map that has been introduced to its bank."""
    rack = MachineMap(PROFILE)
    rack.identify([*IDENTITY[:5], IDENTITY[5] if occupancy else IDENTITY[5] & ~(1 << 6)])
    return rack


def block(**words: int) -> list[int]:
    """A status block, 21 registers from 16: remote, holding aisle 2, all clear."""
    registers = [0] * 21
    said = {"mode": 2, "state": 3, "status": OPEN_AND_REMOTE, "open_aisle": 2, **words}
    for name, word in said.items():
        point = PROFILE.points[name]
        low = point.address - 16 + point.width - 1
        registers[low] = word & 0xFFFF
    return registers


def seen(**words: int) -> Picture:
    return bank().picture(block(**words))


def test_a_quiet_bank_is_holding_and_clear() -> None:
    picture = seen()
    assert (picture.mode, picture.open_aisle, picture.moving) == (RackMode.HOLDING, 2, False)
    assert picture.presence == (Presence.CLEAR,) * 7


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        ({"state": 1}, RackMode.IDLE),
        ({"state": 2}, RackMode.MOVING),
        ({"state": 0}, RackMode.UNKNOWN),
        ({"state": 77}, RackMode.UNKNOWN),
        ({"mode": 77}, RackMode.UNKNOWN),
        ({"mode": 1}, RackMode.LOCAL),
        ({"mode": 3}, RackMode.LOCAL),
        ({"status": 0b01}, RackMode.LOCAL),
        ({"status": OPEN_AND_REMOTE | 1 << LOCKED}, RackMode.LOCAL),
        ({"status": 0b10}, RackMode.POWER_LOST),
        ({"status": OPEN_AND_REMOTE | 1 << ESTOP}, RackMode.EMERGENCY_STOP),
        ({"status": OPEN_AND_REMOTE | 1 << RESET}, RackMode.PROTECTIVE_STOP),
        ({"status": OPEN_AND_REMOTE | 1 << FIRE}, RackMode.PROTECTIVE_STOP),
        ({"status": OPEN_AND_REMOTE | 1 << 15}, RackMode.FAULT),
        ({"state": 5, "mode": 1}, RackMode.EMERGENCY_STOP),
    ],
)
def test_a_bank_is_ready_only_if_everything_says_so(words: dict[str, int], mode: RackMode) -> None:
    assert seen(**words).mode is mode


@given(mode=st.integers(0, 5), state=st.integers(0, 9), status=st.integers(0, 0xFFFF))
def test_whatever_the_registers_say_ready_means_remote_powered_and_without_any_stop(
    mode: int, state: int, status: int
) -> None:
    picture = seen(mode=mode, state=state, status=status)
    if picture.mode in (RackMode.IDLE, RackMode.HOLDING):
        blocking = sum(1 << bit for bit in (LOCKED, 7, ESTOP, RESET, FIRE, 15))
        assert (mode, status & OPEN_AND_REMOTE, status & blocking) == (2, OPEN_AND_REMOTE, 0)
        assert state in (1, 3)


def test_aisles_are_numbered_from_one_and_obstructed_outranks_occupied() -> None:
    picture = seen(occupied_aisles=0b0110, obstructed_aisles=0b0100)
    assert picture.presence[:4] == (
        Presence.CLEAR,
        Presence.OCCUPIED,
        Presence.OBSTRUCTED,
        Presence.CLEAR,
    )


@pytest.mark.parametrize("bit", [OCCUPIED, OBSTRUCTED])
def test_somebody_somewhere_unknown_makes_every_aisle_unknown(bit: int) -> None:
    assert set(seen(status=OPEN_AND_REMOTE | 1 << bit).presence) == {Presence.UNKNOWN}


def test_a_bank_without_presence_sensors_is_never_clear() -> None:
    picture = bank(occupancy=False).picture(block())
    assert set(picture.presence) == {Presence.UNKNOWN}


@pytest.mark.parametrize("word", [0, 0xFFFF, 8, 200])
def test_no_aisle_is_open_unless_it_exists(word: int) -> None:
    assert seen(open_aisle=word).open_aisle is None


@pytest.mark.parametrize(
    ("at", "word", "reason"),
    [
        (0, 0x5254, "map_magic"),
        (2, 2, "device_class"),
        (3, 9, "9 columns, expected 8"),
        (5, 0b1001000001, "lacks watchdog"),
        (5, 0b0101000001, "lacks sequence"),
    ],
)
def test_any_other_identity_is_declined(at: int, word: int, reason: str) -> None:
    identity = list(IDENTITY)
    identity[at] = word
    with pytest.raises(Declined, match=reason):
        MachineMap(PROFILE).identify(identity)


def written(verb: str, arguments: dict[str, int]) -> tuple[int, ...]:
    """What goes into the block for a verb."""
    known = bank().command.verbs[verb]
    return bank().block(known, arguments, session=7, sequence=1).values


def test_the_command_block_is_the_one_that_mbpoll_was_tried_with() -> None:
    assert written("open_aisle", {"aisle": 4}) == (7, 1, 4, 0, 23129, 1)
    assert checksum(7, 1, 4, 0, 1) == 23129
