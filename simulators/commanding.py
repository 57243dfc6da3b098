"""How a simulated machine is commanded through its registers, and how that is seen there."""

from collections.abc import Mapping
from functools import reduce
from operator import xor
from typing import Protocol

from drivers.profiles import Command, Profile, Verb
from simulators.machines.machine import Machine, Values
from simulators.modbus_pdu import BUSY, ILLEGAL_VALUE, Refused
from simulators.register_memory import RegisterMemory

CHECK_SEED = 0x5A5A


class Commanding(Protocol):
    """One way to be commanded."""

    def take(self, written: frozenset[str]) -> bool:
        """Look at what was written; whether the machine set out. Raises ``Refused``."""
        ...

    def values(self) -> Values:
        """What the device says about its last command."""
        ...


class ByStatus:
    """A command is whatever its verb writes; only what the machine does shows what became of it."""

    def __init__(self, command: Command, machine: Machine, memory: RegisterMemory) -> None:
        self._command = command
        self._machine = machine
        self._memory = memory

    def take(self, written: frozenset[str]) -> bool:
        """Carry out the verb that was written in full.

        Raises:
            Refused: there is no such shelf or aisle, or the machine is busy.
        """
        for verb in self._command.verbs.values():
            if written >= {point.name for point, _ in verb.write} and self._is_meant(verb):
                return self._begin(verb)
        return False

    def values(self) -> Values:
        """Nothing but its state."""
        return {}

    def _is_meant(self, verb: Verb) -> bool:
        return all(
            self._memory.number(point) == value
            for point, value in verb.write
            if isinstance(value, int)
        )

    def _begin(self, verb: Verb) -> bool:
        arguments = {
            str(value): self._memory.number(point)
            for point, value in verb.write
            if isinstance(value, str)
        }
        refusal = refusal_of(self._machine, verb, arguments)
        if refusal in _EXCEPTIONS:
            raise Refused(_EXCEPTIONS[refusal])
        if refusal:
            return False  # its safety chain holds it; such a device says so in its state only
        self._machine.begin(verb.name, arguments)
        return True


_EXCEPTIONS: Mapping[str, int] = {"busy": BUSY, "bad_argument": ILLEGAL_VALUE}


class BySequence:
    """Numbered commands with a check, acknowledged and reported done; one session at a time."""

    def __init__(self, command: Command, machine: Machine, memory: RegisterMemory) -> None:
        self._command = command
        self._machine = machine
        self._memory = memory
        self._session = 0
        self._last = 0
        self._under_way = 0
        self._ack = (0, "none")
        self._done = (0, "none")

    def take(self, written: frozenset[str]) -> bool:
        """Carry out the block if its sequence number was written and is a new one."""
        if self._command.block[-1].name not in written:
            return False
        self._settle()
        session, code, *arguments, check, sequence = map(self._memory.number, self._command.block)
        if sequence == 0 or (sequence == self._last and session == self._session):
            return False  # a repeat: acknowledgement and result stand as they are
        verb = self._verb(code)
        named = dict(zip((a.name for a in verb.args), arguments, strict=False)) if verb else {}
        refusal = self._refusal(session, verb, named)
        if reduce(xor, (session, code, *arguments, sequence), CHECK_SEED) != check:
            refusal = "bad_check"
        self._ack = (sequence, refusal or "accepted")
        if refusal or verb is None:
            return False
        self._session, self._last, self._under_way = session, sequence, sequence
        self._machine.begin(verb.name, named)
        return True

    def values(self) -> Values:
        """Who commands, what was taken, and what became of it."""
        self._settle()
        return {
            "session_echo": self._session,
            "ack_seq": self._ack[0],
            "ack_code": self._ack[1],
            "done_seq": self._done[0],
            "done_code": self._done[1],
        }

    def _verb(self, code: int) -> Verb | None:
        return next((v for v in self._command.verbs.values() if v.code == code), None)

    def _refusal(self, session: int, verb: Verb | None, arguments: Mapping[str, int]) -> str:
        if self._machine.moving and session != self._session:
            return "not_lease_holder"
        if verb is None:
            return "busy" if self._machine.moving else "bad_argument"
        return refusal_of(self._machine, verb, arguments)

    def _settle(self) -> None:
        if self._under_way and self._machine.result:
            self._done = (self._under_way, self._machine.result)
            self._under_way = 0


def refusal_of(machine: Machine, verb: Verb, arguments: Mapping[str, int]) -> str:
    """Why nothing will be done; empty when it will."""
    refusal = machine.refusal(verb.name, arguments, moves=verb.moves)
    outside = any(not a.least <= arguments[a.name] <= a.most for a in verb.args)
    return refusal or ("bad_argument" if outside else "")


def commanding(profile: Profile, machine: Machine, memory: RegisterMemory) -> Commanding | None:
    """How a device of that profile is commanded, if it is."""
    if profile.command is None:
        return None
    if profile.command.handshake == "sequence":
        return BySequence(profile.command, machine, memory)
    return ByStatus(profile.command, machine, memory)
