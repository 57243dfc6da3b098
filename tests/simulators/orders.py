"""Every shipped profile with a device behind it, commanded by registers as a client would."""

from collections.abc import Mapping
from functools import reduce
from operator import xor

from drivers.profiles import Profile, find_profile, load_profile
from drivers.registers import encode
from simulators.modbus_pdu import Table
from simulators.profiled_device import ProfiledDevice

PROFILES = (
    "shelving/mobile-shelving.toml",
    "shelving/vertical-lift.toml",
    "shelving/stacker-crane.toml",
    "shelving/rotary-carousel.toml",
    "climate/xy-md02.toml",
    "climate/renke-rs-ws.toml",
)
MOVING = PROFILES[:4]
"""Those that can be commanded."""

FIRST_MOTION: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "mobile-shelving": ("open_aisle", {"aisle": 4}),
    "vertical-lift": ("fetch_tray", {"tray": 7, "bay": 1}),
    "stacker-crane": (
        "move_load",
        {"from_row": 1, "from_column": 5, "from_level": 1,
         "to_row": 0, "to_column": 0, "to_level": 0},
    ),
    "rotary-carousel": ("go_to_shelf", {"shelf": 5}),
}  # fmt: skip
"""A motion that a device of that profile can begin with."""


def profile(name: str) -> Profile:
    """A shipped one."""
    return load_profile(find_profile(name))


def order(
    device: ProfiledDevice, verb: str, arguments: Mapping[str, int], sequence: int = 1
) -> None:
    """Write a verb in one request, numbered if the device wants that."""
    table, address, words = written(device.profile, verb, arguments, sequence)
    device.write(table, address, words)


def written(
    profile: Profile, verb: str, arguments: Mapping[str, int], sequence: int = 1, session: int = 7
) -> tuple[Table, int, list[int]]:
    """Where a verb is written, and what."""
    command = profile.command
    assert command is not None
    said = command.verbs[verb]
    if command.handshake == "status":
        pairs = [(p, arguments[v] if isinstance(v, str) else v) for p, v in said.write]
    else:
        values = [arguments.get(a.name, 0) for a in said.args]
        values += [0] * (len(command.block) - 4 - len(values))
        check = reduce(xor, [session, said.code, *values, sequence], 0x5A5A)
        words = [session, said.code, *values, check, sequence]
        pairs = list(zip(command.block, words, strict=True))
    registers = [register for point, value in pairs for register in encode(point, value)]
    return pairs[0][0].kind, pairs[0][0].address, registers


def beat(device: ProfiledDevice, seconds: float, step_s: float = 0.1) -> None:
    """Let time pass with somebody beating the watchdog, if there is one."""
    watchdog = device.profile.watchdog
    for i in range(round(seconds / step_s)):
        if watchdog is not None:
            device.write(watchdog.point.kind, watchdog.point.address, [i % 2 + 1])
        device.advance(step_s)
