"""A bank of mobile shelving on a TCP port of its own, as tests and the demo want it at hand."""

from types import TracebackType
from typing import Self

from drivers.profiles import Profile
from simulators.line_faults import LineFaults
from simulators.machines.shelving import Shelving
from simulators.modbus_server import ModbusServer
from simulators.profiled_device import ProfiledDevice


class SimulatedRack(ProfiledDevice):
    """Serves one bank over Modbus TCP from construction until closed."""

    def __init__(
        self, *, profile: Profile, unit: int = 1, port: int = 0, speed_mm_per_s: float = 300.0
    ) -> None:
        """Listen on ``port`` of this machine, or on a free one; see the attribute ``port``."""
        if profile.command is None:
            raise ValueError(f"{profile.id} describes nothing that moves")
        self.machine = Shelving(profile.params["columns"], speed_mm_per_s=speed_mm_per_s)
        super().__init__(profile, self.machine)
        self.server = ModbusServer({unit: self}, port=port)

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
        return self.server.port

    @property
    def faults(self) -> LineFaults:
        """What happens to frames on their way."""
        return self.server.faults

    @property
    def moving(self) -> bool:
        """Whether carriages roll."""
        return self.machine.moving

    @property
    def open_aisle(self) -> int | None:
        """The walkable aisle, 0 while it is closed; ``None`` when carriages stand between."""
        with self._lock:
            return self.machine.carriages.open_aisle

    @property
    def travelled_mm(self) -> float:
        """How far all carriages together have moved, ever."""
        with self._lock:
            return self.machine.carriages.travelled_mm

    @property
    def motions(self) -> list[int]:
        """The aisles it set out to open, ever; what moved once stands here once."""
        return [args[0] for verb, args in self.machine.motions if verb == "open_aisle"]

    def close(self) -> None:
        """Stop serving for good."""
        self.server.close()

    def vanish(self) -> None:
        """Fall off the network; the carriages know nothing of it."""
        self.server.vanish()

    def come_back(self) -> None:
        """Listen again on the same port."""
        self.server.come_back()

    def enter(self, aisle: int) -> None:
        """Somebody steps into ``aisle``."""
        self.perform("enter_aisle", {"aisle": aisle})

    def leave(self, aisle: int) -> None:
        """They leave it."""
        self.perform("leave_aisle", {"aisle": aisle})

    def obstruct(self, aisle: int) -> None:
        """Something lies on the rails of ``aisle``."""
        self.perform("obstruct_aisle", {"aisle": aisle})

    def clear(self, aisle: int) -> None:
        """It is taken away."""
        self.perform("clear_aisle", {"aisle": aisle})

    def press_emergency_stop(self) -> None:
        """The red button."""
        self.perform("press_emergency_stop", {})

    def release_emergency_stop(self) -> None:
        """The button is turned out again."""
        self.perform("release_emergency_stop", {})

    def reset_locally(self) -> None:
        """A person at the machine lets it move again."""
        self.perform("reset_locally", {})

    def switch_to(self, mode: str) -> None:
        """The key switch."""
        self.perform("switch_to", {"mode": mode})

    def lose_power(self) -> None:
        """The drives are dead."""
        self.perform("lose_power", {})

    def restore_power(self) -> None:
        """Mains are back."""
        self.perform("restore_power", {})

    def break_down(self, fault_code: int) -> None:
        """The controls report a fault; 0 repairs it."""
        self.perform("break_down", {"fault_code": fault_code})
