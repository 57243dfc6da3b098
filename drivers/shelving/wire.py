"""What a storage machine says in its registers, and how a wish is written: pure.

Shelving, lifts, cranes and carousels alike: the profile says where everything lies, this says
what it means. Whatever is missing, contradictory or nonsense becomes unknown, never idle and
never clear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

from drivers.errors import Declined, Garbled
from drivers.observations import Presence, RackMode
from drivers.profiles import Command, Confirm, Group, Profile, ProfileError, Verb
from drivers.registers import Kind, Measured, decode, encode

CHECK = 0x5A5A
"""Seed of the command block's check word: catches torn and misaddressed writes."""
SEQUENCE_MAX = 65535
"""Sequence numbers run from 1; 0 is never one."""
FRAME_WORDS = 4
"""Of the block beside the arguments: session, code, check, sequence."""

STOPPED_BY = {
    "power_lost": RackMode.POWER_LOST,
    "emergency_stop": RackMode.EMERGENCY_STOP,
    "fault": RackMode.FAULT,
    "protective_stop": RackMode.PROTECTIVE_STOP,
}
"""States in which nothing may move, whatever the mode switch says."""

AT_WORK = {
    "idle": RackMode.IDLE,
    "moving": RackMode.MOVING,
    "fetching": RackMode.MOVING,
    "storing": RackMode.MOVING,
    "holding": RackMode.HOLDING,
    "presenting": RackMode.HOLDING,
}
PROTECTED_BY = frozenset({"reset_required", "fire", "light_curtain"})
BROKEN_BY = frozenset(
    {"fault", "overload", "drive_fault", "position_error", "overweight", "overheight"}
)
NEEDED = frozenset({"open", "watchdog", "sequence"})
"""What a bank that says what it can do must be able to."""

Arguments = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One status block, read in one request."""

    mode: RackMode
    moving: bool
    """Something moves, or it cannot be told that nothing does."""
    open_aisle: int | None
    presence: tuple[Presence, ...]
    """One per aisle; empty where people cannot walk in."""
    fault_code: int
    heartbeat: int
    session: int
    ack_seq: int
    ack_code: str
    done_seq: int
    done_code: str
    lit_aisle: int | None = None
    values: Mapping[str, tuple[Measured, ...]] = field(default_factory=dict)
    """Everything the block says, by point."""

    def shows(self, verb: Verb, arguments: Arguments) -> bool:
        """Whether this is how it looks once ``verb`` is done."""
        return all(self._holds(confirm, arguments) for confirm in verb.confirm)

    def _holds(self, confirm: Confirm, arguments: Arguments) -> bool:
        index = 0 if confirm.index is None else arguments[confirm.index] - 1
        measured = self.values.get(confirm.point.name, ())
        value = measured[index].value if index < len(measured) else None
        if confirm.relation == "==":
            wanted = arguments.get(str(confirm.value), confirm.value)
            return value is not None and value == wanted
        names = value if isinstance(value, frozenset) else None
        return names is not None and (confirm.value in names) == (confirm.relation == "has")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What is written in one request."""

    kind: Kind
    address: int
    values: tuple[int, ...]


class MachineMap:
    """A profile of something that moves, with its parameters filled in."""

    def __init__(self, profile: Profile) -> None:
        """Bind ``profile``.

        Raises:
            ProfileError: it describes nothing that can be commanded.
        """
        if profile.command is None:
            raise ProfileError(f"{profile.id}: what is to be commanded needs [command]")
        self.profile = profile
        self.command: Command = profile.command
        self.status: Group = profile.groups["status"]
        self.identity: Group | None = profile.groups.get("identity")
        self.numbered = self.command.handshake == "sequence"
        shelving = profile.device_class == "mobile_shelving"
        self.aisles = profile.params.get("columns", 1) - 1 if shelving else 0
        self._has_occupancy = False

    def identify(self, registers: Sequence[int]) -> str:
        """Say who answers, if it is the one we were told of; its presence is believed then.

        Raises:
            Declined: it is another device, another size, or cannot be commanded safely.
            Garbled: it does not make sense.
        """
        said = {} if self.identity is None else _decoded(self.identity, registers)
        for point, expected in self.profile.identify:
            found = self._raw(point.name, registers)
            if found != expected:
                raise Declined(f"{point.name} is {found}, expected {expected}")
        for name, configured in self.profile.params.items():
            if name in said and said[name][0].value != configured:
                raise Declined(f"it has {said[name][0].value} {name}, expected {configured}")
        if "capabilities" in said:
            self._check_abilities(said["capabilities"][0])
        title = self.profile.device_class.replace("_", " ")
        version = said.get("map_version", (Measured(None, ""),))[0].value
        return f"{title}, map {version >> 8}.{version & 255}" if type(version) is int else title

    def picture(self, registers: Sequence[int]) -> Picture:
        """One coherent status block."""
        values = _decoded(self.status, registers)
        said = {name: measured[0] for name, measured in values.items()}
        flags = _names(said.get("status"))
        mode = self._mode(said, flags)
        lit = said.get("lit_aisle", _ABSENT).value
        return Picture(
            mode=mode,
            moving=mode in (RackMode.MOVING, RackMode.UNKNOWN) or "moving" in flags,
            open_aisle=self._open_aisle(said),
            presence=self._presence(said, flags),
            fault_code=_number(said.get("fault_code")),
            heartbeat=_number(said.get("heartbeat_out")),
            session=_number(said.get("session_echo")),
            ack_seq=_number(said.get("ack_seq")),
            ack_code=str(said.get("ack_code", _ABSENT).value),
            done_seq=_number(said.get("done_seq")),
            done_code=str(said.get("done_code", _ABSENT).value),
            lit_aisle=lit if isinstance(lit, int) else None,
            values=values,
        )

    def block(self, verb: Verb, arguments: Arguments, *, session: int, sequence: int) -> Block:
        """What is written to wish ``verb``: with sequence numbers the block, its number last."""
        if not self.numbered:
            pairs = [
                (point, arguments[value] if isinstance(value, str) else value)
                for point, value in verb.write
            ]
        else:
            given = [arguments[argument.name] for argument in verb.args]
            room = len(self.command.block) - FRAME_WORDS
            words = [session, verb.code, *given, *[0] * (room - len(given))]
            words += [checksum(*words, sequence), sequence]
            pairs = list(zip(self.command.block, words, strict=True))
        values = tuple(register for point, word in pairs for register in encode(point, word))
        return Block(kind=pairs[0][0].kind, address=pairs[0][0].address, values=values)

    def _raw(self, name: str, registers: Sequence[int]) -> int | None:
        point = self.profile.points[name]
        if self.identity is None or point not in self.identity.points:
            return None
        return registers[point.address - self.identity.address]

    def _check_abilities(self, measured: Measured) -> None:
        if not isinstance(measured.value, frozenset):
            raise Garbled("its identity cannot be read")
        able = frozenset(map(str, measured.value))
        if missing := NEEDED - able:
            raise Declined(f"it lacks {', '.join(sorted(missing))}")
        self._has_occupancy = "occupancy" in able

    @staticmethod
    def _mode(said: Mapping[str, Measured], flags: frozenset[str]) -> RackMode:
        """A device without ``state`` or ``mode`` is believed what its flags say."""
        moves = "moving" if "moving" in flags else "idle"
        state = said.get("state", Measured(moves, "")).value
        mode = said.get("mode", Measured("remote", "")).value
        if "power_ok" not in flags:
            return RackMode.POWER_LOST
        if "estop_active" in flags:
            return RackMode.EMERGENCY_STOP
        if state in STOPPED_BY:
            return STOPPED_BY[str(state)]
        if flags & PROTECTED_BY:
            return RackMode.PROTECTIVE_STOP
        if flags & BROKEN_BY:
            return RackMode.FAULT
        if mode is None or state not in AT_WORK:
            return RackMode.UNKNOWN
        if mode != "remote" or "remote_enabled" not in flags or "locked" in flags:
            return RackMode.LOCAL
        return AT_WORK[str(state)]

    def _open_aisle(self, said: Mapping[str, Measured]) -> int | None:
        aisle = said.get("open_aisle", _ABSENT).value
        return aisle if isinstance(aisle, int) and 1 <= aisle <= self.aisles else None

    def _presence(
        self, said: Mapping[str, Measured], flags: frozenset[str]
    ) -> tuple[Presence, ...]:
        occupied = _members(said.get("occupied_aisles"))
        obstructed = _members(said.get("obstructed_aisles"))
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


_ABSENT = Measured(None, "absent")


def checksum(*words: int) -> int:
    """The check word over session, code, all arguments and sequence."""
    return reduce(xor, words, CHECK)


def _decoded(group: Group, registers: Sequence[int]) -> dict[str, tuple[Measured, ...]]:
    base = group.address
    return {
        point.name: tuple(
            decode(point, registers[point.address - base : point.end - base], index)
            for index in range(point.count)
        )
        for point in group.points
    }


def _number(measured: Measured | None) -> int:
    return measured.value if measured is not None and isinstance(measured.value, int) else 0


def _names(measured: Measured | None) -> frozenset[str]:
    value = None if measured is None else measured.value
    return frozenset(map(str, value)) if isinstance(value, frozenset) else frozenset()


def _members(measured: Measured | None) -> frozenset[int]:
    value = None if measured is None else measured.value
    return frozenset(map(int, value)) if isinstance(value, frozenset) else frozenset()
