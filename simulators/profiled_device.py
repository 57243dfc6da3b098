"""Any device a profile describes: its registers on the outside, a simulated machine within.

One piece of code serves every profile; what differs between makes is data, and what differs
between machines is physics. Time passes only in ``advance``: a device whose time stands still has
a heartbeat that stands still.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from drivers.profiles import Profile, Watchdog
from drivers.registers import Point, place
from simulators.commanding import Commanding, commanding
from simulators.machines.air import Air
from simulators.machines.machine import Machine, Value
from simulators.machines.pokes import Poke, perform, poke, pokes_of
from simulators.modbus_pdu import Table
from simulators.register_image import words
from simulators.register_memory import RegisterMemory

HEARTBEATS_PER_S = 4
MAP_VERSION = 0x0100
ABILITIES: Mapping[str, str] = {
    "open": "open_aisle", "close_all": "close_all", "ventilate": "ventilate",
    "light": "light_aisle", "positions": "column_position", "occupancy": "occupied_aisles",
    "climate": "temperature", "sequence": "cmd_seq", "watchdog": "watchdog_in",
}  # fmt: skip
"""What each bit of the capabilities promises: a verb or a point of that name."""


class ProfiledDevice:
    """One unit on a line. Whatever is asked of it may come from any thread."""

    def __init__(
        self, profile: Profile, machine: Machine | Air, *, refuses_holes: bool | None = None
    ) -> None:
        """Put ``machine`` behind the registers of ``profile``.

        Raises:
            ValueError: the profile has verbs that this machine does not know.
        """
        self.profile = profile
        self.silent = False
        self.watchdog_tripped = False
        """Whether the last motion ended because nobody beat the watchdog."""
        self._machine = machine
        self._heartbeat_s = 0.0
        self._unbeaten_s = 0.0
        self._forced: dict[str, int] = {}
        if refuses_holes is None:
            refuses_holes = profile.link.max_gap == 0
        self._memory = RegisterMemory(profile, refuses_holes=refuses_holes)
        self._commanding = self._commanded(profile, machine)
        self._lock = threading.RLock()
        if profile.watchdog is not None and profile.watchdog.timeout_point is not None:
            self._memory.put(profile.watchdog.timeout_point, profile.watchdog.timeout_s * 1000)

    # -- on the wire

    def read(self, table: Table, address: int, count: int) -> list[int]:
        """So many registers or bits from ``address``; raises ``Refused``."""
        with self._lock:
            self._memory.check_read(table, address, count)
            values = self.values()
            image = [0] * count
            for point in self.profile.points.values():
                if point.kind == table and point.address < address + count and address < point.end:
                    for i, word in enumerate(self._words(point, values), point.address - address):
                        if 0 <= i < count:
                            image[i] |= word
            return image

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """React to a write, as the device's own controls would; raises ``Refused``."""
        with self._lock:
            before = self._beat()
            written = self._memory.write(table, address, values)
            if self._beat() != before:
                self._unbeaten_s = 0.0
            machine, command = self._machine, self.profile.command
            if isinstance(machine, Air) or command is None or self._commanding is None:
                return
            if command.stop.name in written and self._memory.number(command.stop):
                machine.halt("stopped")
            if self._commanding.take(written):
                self.watchdog_tripped, self._unbeaten_s = False, 0.0

    # -- in the room

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass."""
        with self._lock:
            self._heartbeat_s += dt_s
            self._unbeaten_s += dt_s
            watchdog, machine = self.profile.watchdog, self._machine
            overdue = watchdog is not None and self._unbeaten_s > self._patience_s(watchdog)
            if isinstance(machine, Machine) and machine.moving and overdue:
                self.watchdog_tripped = True
                machine.halt("watchdog")
            machine.advance(dt_s)

    def pokes(self) -> dict[str, Poke]:
        """Everything a tester may do to it."""
        return pokes_of(self._machine, self)

    def perform(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Do one of them; raises ``NotAPoke``."""
        with self._lock:
            perform(self.pokes(), name, arguments)

    def values(self) -> dict[str, Value | Sequence[Value]]:
        """Everything it would say, by the names of its points."""
        with self._lock:
            values = {**self._identity(), **self._machine.values()}
            values["heartbeat_out"] = int(self._heartbeat_s * HEARTBEATS_PER_S) & 0xFFFF
            flags = values.get("status")
            if self.watchdog_tripped and isinstance(flags, frozenset):
                values["status"] = frozenset({*map(str, flags), "watchdog_tripped"})
            return {**values, **(self._commanding.values() if self._commanding else {})}

    @poke
    def silence(self) -> None:
        """It hears nothing and answers nothing; its neighbours on the line do."""
        self.silent = True

    @poke
    def speak(self) -> None:
        """It answers again."""
        self.silent = False

    @poke
    def force(self, point: str, word: int) -> None:
        """From now on a point holds this raw word, as when a wire is broken (0x8000)."""
        known = self.profile.points.get(point)
        if known is None:
            raise ValueError(f"there is no point {point!r}")
        try:
            place(known, word)
        except OverflowError as error:
            raise ValueError(f"word: {word} does not fit a {known.dtype}") from error
        self._forced[point] = word

    @poke
    def unforce(self, point: str) -> None:
        """It holds what it should again."""
        self._forced.pop(point, None)

    def _words(self, point: Point, values: Mapping[str, Value | Sequence[Value]]) -> Sequence[int]:
        if point.name in self._forced:
            return place(point, self._forced[point.name]) * point.count
        return self._memory.words(point) if point.writable else words(point, values)

    def _beat(self) -> int:
        watchdog = self.profile.watchdog
        return self._memory.number(watchdog.point) if watchdog else 0

    def _patience_s(self, watchdog: Watchdog) -> float:
        if watchdog.timeout_point is None:
            return watchdog.timeout_s
        return self._memory.number(watchdog.timeout_point) / 1000

    def _commanded(self, profile: Profile, machine: Machine | Air) -> Commanding | None:
        verbs = set(profile.command.verbs) if profile.command else set()
        known = machine.verbs if isinstance(machine, Machine) else frozenset()
        if verbs - known:
            raise ValueError(f"{profile.id}: no simulated {profile.device_class} knows how to "
                             f"{', '.join(sorted(verbs - known))}")  # fmt: skip
        return commanding(profile, machine, self._memory) if isinstance(machine, Machine) else None

    def _identity(self) -> dict[str, Value | Sequence[Value]]:
        has = {*self.profile.points, *(self.profile.command.verbs if self.profile.command else ())}
        return {
            "map_version": MAP_VERSION,
            "device_class": self.profile.device_class,
            "capabilities": frozenset(name for name, needs in ABILITIES.items() if needs in has),
            **{point.name: expected for point, expected in self.profile.identify},
        }
