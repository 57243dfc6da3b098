"""What a bank of mobile shelving says in its registers, and how a wish is written: pure.

The profile says where everything lies; this says what it means. Whatever is missing,
contradictory or nonsense becomes unknown, never idle and never clear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor

from drivers.errors import Declined, Garbled
from drivers.observations import Presence, RackMode
from drivers.profiles import Command, Group, Profile, ProfileError, Watchdog
from drivers.registers import Measured, encode
from drivers.registers import decode as decode_point

CHECK = 0x5A5A
"""Seed of the command block's check word: catches torn and misaddressed writes."""
SEQUENCE_MAX = 65535
"""Sequence numbers run from 1; 0 is never one."""

STATUS_POINTS = (
    "heartbeat_out", "mode", "state", "status", "open_aisle", "ack_seq", "ack_code", "done_seq",
    "done_code", "fault_code", "occupied_aisles", "obstructed_aisles", "session_echo",
)  # fmt: skip

STOPPED_BY = {
    "power_lost": RackMode.POWER_LOST,
    "emergency_stop": RackMode.EMERGENCY_STOP,
    "fault": RackMode.FAULT,
    "protective_stop": RackMode.PROTECTIVE_STOP,
}
"""States in which nothing may move, whatever the mode switch says."""

AT_WORK = {"idle": RackMode.IDLE, "moving": RackMode.MOVING, "holding": RackMode.HOLDING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One status block, read in one request."""

    mode: RackMode
    moving: bool
    """Something moves, or it cannot be told that nothing does."""
    open_aisle: int | None
    presence: tuple[Presence, ...]
    fault_code: int
    heartbeat: int
    session: int
    ack_seq: int
    ack_code: str
    done_seq: int
    done_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the bank said when it was asked who it is."""

    version: str
    capabilities: frozenset[str]


class RackMap:
    """A shelving profile, bound to a bank of so many columns."""

    def __init__(self, profile: Profile, columns: int) -> None:
        """Bind ``profile``.

        Raises:
            ProfileError: it cannot describe a bank of shelving that is to be commanded.
        """
        self.aisles = columns - 1
        self._columns = columns
        self._profile = profile
        if profile.command is None or profile.watchdog is None:
            raise ProfileError(f"{profile.id}: a bank that moves needs [command] and [watchdog]")
        if profile.params.get("columns") != columns:
            raise ProfileError(f"{profile.id}: it was not loaded for {columns} columns")
        if "open_aisle" not in profile.command.verbs:
            raise ProfileError(f"{profile.id}: command.verb.open_aisle is missing")
        self.command: Command = profile.command
        self.watchdog: Watchdog = profile.watchdog
        self.identity = self._group("identity", ("columns", "map_version", "capabilities"))
        self.status = self._group("status", STATUS_POINTS)
        self._has_occupancy = False

    def identify(self, registers: Sequence[int]) -> Identity:
        """Whether this is the bank we were told of; afterwards its presence is believed.

        Raises:
            Declined: it is another device, another bank, or cannot be commanded safely.
            Garbled: it does not make sense.
        """
        said = _decoded(self.identity, registers)
        for point, expected in self._profile.identify:
            offset = point.address - self.identity.address
            if registers[offset] != expected:
                raise Declined(f"{point.name} is {registers[offset]}, expected {expected}")
        if said["columns"].value != self._columns:
            raise Declined(f"it has {said['columns'].value} columns, expected {self._columns}")
        capabilities, version = said["capabilities"].value, said["map_version"].value
        if not isinstance(capabilities, frozenset) or not isinstance(version, int):
            raise Garbled("its identity cannot be read")
        able = frozenset(str(name) for name in capabilities)
        missing = {"open", "watchdog", "sequence"} - able
        if missing:
            raise Declined(f"it lacks {', '.join(sorted(missing))}")
        self._has_occupancy = "occupancy" in able
        return Identity(version=f"{version >> 8}.{version & 0xFF}", capabilities=able)

    def picture(self, registers: Sequence[int]) -> Picture:
        """One coherent status block."""
        said = _decoded(self.status, registers)
        flags = _names(said["status"])
        mode = self._mode(said, flags)
        return Picture(
            mode=mode,
            moving=mode in (RackMode.MOVING, RackMode.UNKNOWN) or "moving" in flags,
            open_aisle=self._open_aisle(said),
            presence=self._presence(said, flags),
            fault_code=_number(said["fault_code"]),
            heartbeat=_number(said["heartbeat_out"]),
            session=_number(said["session_echo"]),
            ack_seq=_number(said["ack_seq"]),
            ack_code=str(said["ack_code"].value),
            done_seq=_number(said["done_seq"]),
            done_code=str(said["done_code"].value),
        )

    def block(self, *, session: int, sequence: int, aisle: int) -> tuple[int, ...]:
        """The command block that opens ``aisle``: six registers, the sequence number last."""
        code = self.command.verbs["open_aisle"].code
        words = [session, code, aisle, 0, checksum(session, code, aisle, 0, sequence), sequence]
        pairs = zip(self.command.block, words, strict=True)
        return tuple(register for point, word in pairs for register in encode(point, word))

    def _group(self, name: str, needed: Sequence[str]) -> Group:
        group = self._profile.groups.get(name)
        present = {point.name for point in group.points} if group else set()
        missing = [point for point in needed if point not in present]
        if group is None or missing:
            raise ProfileError(f"{self._profile.id}: group.{name} lacks {', '.join(missing)}")
        return group

    @staticmethod
    def _mode(said: Mapping[str, Measured], flags: frozenset[str]) -> RackMode:
        state, mode = said["state"].value, said["mode"].value
        if "power_ok" not in flags:
            return RackMode.POWER_LOST
        if "estop_active" in flags:
            return RackMode.EMERGENCY_STOP
        if state in STOPPED_BY:
            return STOPPED_BY[str(state)]
        if flags & {"reset_required", "fire"}:
            return RackMode.PROTECTIVE_STOP
        if "fault" in flags or "overload" in flags:
            return RackMode.FAULT
        if mode is None or state not in AT_WORK:
            return RackMode.UNKNOWN
        if mode != "remote" or "remote_enabled" not in flags or "locked" in flags:
            return RackMode.LOCAL
        return AT_WORK[str(state)]

    def _open_aisle(self, said: Mapping[str, Measured]) -> int | None:
        aisle = said["open_aisle"].value
        return aisle if isinstance(aisle, int) and 1 <= aisle <= self.aisles else None

    def _presence(
        self, said: Mapping[str, Measured], flags: frozenset[str]
    ) -> tuple[Presence, ...]:
        occupied = _members(said["occupied_aisles"])
        obstructed = _members(said["obstructed_aisles"])
        contradiction = ("occupied" in flags and not occupied) or (
            "obstructed" in flags and not obstructed
        )
        nothing_known = not self._has_occupancy or contradiction
        clear = Presence.UNKNOWN if nothing_known else Presence.CLEAR
        return tuple(
            Presence.OBSTRUCTED
            if aisle in obstructed
            else Presence.OCCUPIED
            if aisle in occupied
            else clear
            for aisle in range(1, self.aisles + 1)
        )


def checksum(*words: int) -> int:
    """The check word over session, code, both arguments and sequence."""
    return reduce(xor, words, CHECK)


def _decoded(group: Group, registers: Sequence[int]) -> dict[str, Measured]:
    base = group.address
    return {
        point.name: decode_point(point, registers[point.address - base : point.end - base])
        for point in group.points
    }


def _number(measured: Measured) -> int:
    return measured.value if isinstance(measured.value, int) else 0


def _names(measured: Measured) -> frozenset[str]:
    value = measured.value
    return frozenset(map(str, value)) if isinstance(value, frozenset) else frozenset()


def _members(measured: Measured) -> frozenset[int]:
    value = measured.value
    return frozenset(map(int, value)) if isinstance(value, frozenset) else frozenset()
