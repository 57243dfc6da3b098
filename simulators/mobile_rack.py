"""A bank of mobile shelving that is not there: carriages, people, and its own safety chain.

The safety chain is local: software can ask, never override. Time passes only in ``advance``;
a bank whose time stands still has a heartbeat that stands still.
"""

import threading
from functools import reduce
from operator import xor
from types import TracebackType
from typing import Self

from drivers.profiles import Profile
from drivers.registers import place
from simulators.carriages import Carriages
from simulators.line_faults import LineFaults
from simulators.modbus_server import ModbusServer, RefusedWrite

MAGIC, VERSION, SHELVING = 0x5253, 0x0100, 1
CAPABILITIES = ("open", "positions", "occupancy", "watchdog", "sequence")
HEARTBEATS_PER_S = 4
NONE = 0xFFFF


class SimulatedRack:
    """Serves one bank over Modbus TCP from construction until closed."""

    def __init__(
        self, *, profile: Profile, unit: int = 1, port: int = 0, speed_mm_per_s: float = 300.0
    ) -> None:
        """Listen on ``port`` of this machine, or on a free one; see the attribute ``port``."""
        if profile.command is None:
            raise ValueError(f"{profile.id} describes nothing that moves")
        self._profile = profile
        self._command = profile.command
        self._columns = profile.params["columns"]
        self._carriages = Carriages(self._columns, speed_mm_per_s=speed_mm_per_s)
        self._lock = threading.RLock()
        self._occupied: set[int] = set()
        self._obstructed: set[int] = set()
        self._mode = "remote"
        self._powered = True
        self._emergency_stop = False
        self._reset_required = False
        self._stopped_by = ""
        self._fault_code = 0
        self._heartbeat_s = 0.0
        self._watchdog_age_s = 0.0
        self._watchdog_tripped = False
        self._session = 0
        self._last_sequence = 0
        self._ack = (0, "none")
        self._done = (0, "none")
        self._motion: tuple[int, int] | None = None
        self.motions: list[int] = []
        """The aisles the bank set out to open, ever; what moved once stands here once."""
        self._holdings = self._blank("holding")
        self._poke(self._holdings, "watchdog_timeout_ms", 2000)
        self._server = ModbusServer({unit: self}, port=port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    @property
    def faults(self) -> LineFaults:
        """What happens to frames on their way."""
        return self._server.faults

    @property
    def moving(self) -> bool:
        """Whether carriages roll."""
        return self._motion is not None

    @property
    def open_aisle(self) -> int | None:
        """The walkable aisle; ``None`` when carriages stand between."""
        with self._lock:
            return self._carriages.open_aisle

    @property
    def travelled_mm(self) -> float:
        """How far all carriages together have moved, ever."""
        with self._lock:
            return self._carriages.travelled_mm

    @property
    def watchdog_tripped(self) -> bool:
        """Whether the last motion ended because nobody beat the watchdog."""
        return self._watchdog_tripped

    def close(self) -> None:
        """Stop serving for good."""
        self._server.close()

    def vanish(self) -> None:
        """Fall off the network; the carriages know nothing of it."""
        self._server.vanish()

    def come_back(self) -> None:
        """Listen again on the same port."""
        self._server.come_back()

    def enter(self, aisle: int) -> None:
        """Somebody steps into ``aisle``; whatever moves stops."""
        with self._lock:
            self._occupied.add(aisle)
            self._protect("occupied")

    def leave(self, aisle: int) -> None:
        """They leave it. What stopped for them stays stopped until someone resets it there."""
        with self._lock:
            self._occupied.discard(aisle)

    def obstruct(self, aisle: int) -> None:
        """Something lies on the rails of ``aisle``."""
        with self._lock:
            self._obstructed.add(aisle)
            self._protect("obstructed")

    def clear(self, aisle: int) -> None:
        """It is taken away."""
        with self._lock:
            self._obstructed.discard(aisle)

    def press_emergency_stop(self) -> None:
        """The red button: latched, and to be reset at the machine."""
        with self._lock:
            self._emergency_stop = True
            self._halt("emergency_stop", "emergency_stop")

    def release_emergency_stop(self) -> None:
        """The button is turned out again; that alone lets nothing move."""
        with self._lock:
            self._emergency_stop = False

    def reset_locally(self) -> None:
        """A person at the machine has looked and lets it move again."""
        with self._lock:
            clear = not (self._occupied or self._obstructed)
            if self._powered and not self._emergency_stop and clear:
                self._reset_required = False
                self._stopped_by = ""

    def switch_to(self, mode: str) -> None:
        """The key switch: ``local``, ``remote`` or ``maintenance``."""
        with self._lock:
            self._mode = mode
            if mode != "remote":
                self._finish("stopped")

    def lose_power(self) -> None:
        """The drives are dead; the controls live on their battery."""
        with self._lock:
            self._powered = False
            self._halt("power_lost", "power_lost")

    def restore_power(self) -> None:
        """Mains are back. Nothing moves before someone resets it there."""
        with self._lock:
            self._powered = True

    def break_down(self, fault_code: int) -> None:
        """The controls report a fault; 0 repairs it."""
        with self._lock:
            self._fault_code = fault_code
            if fault_code:
                self._finish("timeout")

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass."""
        with self._lock:
            self._heartbeat_s += dt_s
            self._watchdog_age_s += dt_s
            if self._motion is None:
                return
            timeout_s = self._peek("watchdog_timeout_ms") / 1000
            if self._watchdog_age_s > timeout_s:
                self._watchdog_tripped = True
                self._finish("watchdog")
            elif self._carriages.advance(self._motion[1], dt_s):
                self._finish("ok")

    def inputs(self) -> list[int]:
        """All input registers, as they are now."""
        with self._lock:
            registers = self._blank("input")
            words = {**self._identity(), **self._status()}
            for name, word in words.items():
                self._poke(registers, name, word)
            states = {
                text: code for code, text in self._profile.points["column_state"].enum.items()
            }
            for i, state in enumerate(self._carriages.states):
                self._poke(registers, "column_state", states[state], i)
            for i, position in enumerate(self._carriages.positions_mm):
                self._poke(registers, "column_position", position, i)
            return registers

    def holdings(self) -> list[int]:
        """All holding registers, as last written."""
        with self._lock:
            return list(self._holdings)

    def write(self, address: int, values: list[int]) -> None:
        """React to a write, as the bank's own controls would."""
        written = range(address, address + len(values))
        names = {
            point.name
            for point in self._profile.points.values()
            if point.kind == "holding" and point.address in written
        }
        with self._lock:
            before = list(self._holdings)
            self._holdings[address : address + len(values)] = values
            if (
                "watchdog_timeout_ms" in names
                and not 500 <= self._peek("watchdog_timeout_ms") <= 10000
            ):
                self._holdings = before
                raise RefusedWrite
            if "watchdog_in" in names and self._holdings[0:1] != before[0:1]:
                self._watchdog_age_s = 0.0
            if "stop_request" in names and self._peek("stop_request"):
                self._finish("stopped")
            if "cmd_seq" in names:
                self._take_command()

    def _take_command(self) -> None:
        session, code, aisle, argument, check, sequence = (
            self._holdings[point.address] for point in self._command.block
        )
        if sequence == 0 or (sequence == self._last_sequence and session == self._session):
            return  # a repeat: acknowledgement and result stand as they are
        refusal = self._refusal(session, code, aisle)
        if reduce(xor, (session, code, aisle, argument, sequence), 0x5A5A) != check:
            refusal = "bad_check"
        self._ack = (sequence, refusal or "accepted")
        if refusal:
            return
        self._session, self._last_sequence = session, sequence
        self._watchdog_tripped, self._watchdog_age_s = False, 0.0
        self._motion = (sequence, aisle)
        self.motions.append(aisle)

    def _refusal(self, session: int, code: int, aisle: int) -> str:
        """Why nothing will move; empty when it will."""
        rules = (
            (self._motion is not None and session != self._session, "not_lease_holder"),
            (self._motion is not None, "busy"),
            (self._mode != "remote", "refused_mode"),
            (self._stands_still(), "refused_stop"),
            (code != self._command.verbs["open_aisle"].code, "bad_argument"),
            (not 1 <= aisle < self._columns, "bad_argument"),
            (bool(self._occupied or self._obstructed), "refused_occupied"),
        )
        return next((reason for applies, reason in rules if applies), "")

    def _stands_still(self) -> bool:
        return bool(self._stopped_by or self._fault_code or not self._powered)

    def _protect(self, code: str) -> None:
        if self._motion is not None:
            self._halt("protective_stop", code)

    def _halt(self, state: str, code: str) -> None:
        self._stopped_by = state
        self._reset_required = True
        self._finish(code)

    def _finish(self, code: str) -> None:
        if self._motion is not None:
            self._done = (self._motion[0], code)
            self._motion = None

    def _state(self) -> str:
        if not self._powered:
            return "power_lost"
        if self._stopped_by or self._fault_code:
            return self._stopped_by or "fault"
        if self._motion is not None:
            return "moving"
        return "idle" if self._carriages.open_aisle is None else "holding"

    def _identity(self) -> dict[str, int]:
        return {
            "map_magic": MAGIC,
            "map_version": VERSION,
            "device_class": SHELVING,
            "columns": self._columns,
            "fixed_column": 1,
            "capabilities": self._flags("capabilities", dict.fromkeys(CAPABILITIES, True)),
        }

    def _status(self) -> dict[str, int]:
        motion = self._motion
        open_aisle = None if motion else self._carriages.open_aisle
        flags = {
            "power_ok": self._powered,
            "remote_enabled": self._mode == "remote",
            "moving": motion is not None,
            "occupied": bool(self._occupied),
            "obstructed": bool(self._obstructed),
            "estop_active": self._emergency_stop,
            "reset_required": self._reset_required,
            "watchdog_tripped": self._watchdog_tripped,
            "fault": bool(self._fault_code),
        }
        return {
            "heartbeat_out": int(self._heartbeat_s * HEARTBEATS_PER_S) & 0xFFFF,
            "mode": self._code("mode", self._mode),
            "state": self._code("state", self._state()),
            "status": self._flags("status", flags),
            "open_aisle": NONE if open_aisle is None else open_aisle,
            "target_aisle": motion[1] if motion else 0,
            "ack_seq": self._ack[0],
            "ack_code": self._code("ack_code", self._ack[1]),
            "done_seq": self._done[0],
            "done_code": self._code("done_code", self._done[1]),
            "fault_code": self._fault_code,
            "occupied_aisles": sum(1 << (aisle - 1) for aisle in self._occupied),
            "obstructed_aisles": sum(1 << (aisle - 1) for aisle in self._obstructed),
            "session_echo": self._session,
        }

    def _code(self, point: str, text: str) -> int:
        return next(c for c, t in self._profile.points[point].enum.items() if t == text)

    def _flags(self, point: str, flags: dict[str, bool]) -> int:
        bits = self._profile.points[point].bits
        return sum(1 << bits[name] for name, on in flags.items() if on)

    def _blank(self, kind: str) -> list[int]:
        ends = [point.end for point in self._profile.points.values() if point.kind == kind]
        return [0] * max(ends)

    def _poke(self, registers: list[int], name: str, word: int, index: int = 0) -> None:
        point = self._profile.points[name]
        at = point.address + index * point.width
        registers[at : at + point.width] = place(point, word)

    def _peek(self, name: str) -> int:
        return self._holdings[self._profile.points[name].address]
