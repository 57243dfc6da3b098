"""A temperature and humidity sensor that is not there, with the registers of any such profile."""

from drivers.profiles import Profile
from simulators.machines.air import Air
from simulators.profiled_device import ProfiledDevice


class SimulatedSensor(ProfiledDevice):
    """One unit for a line. What it says may be set from any thread, at any time."""

    def __init__(
        self,
        profile: Profile,
        *,
        temperature_c: float = 20.0,
        relative_humidity_percent: float = 50.0,
    ) -> None:
        """A sensor of that model in that air."""
        self.air = Air(
            temperature_c=temperature_c, relative_humidity_percent=relative_humidity_percent
        )
        super().__init__(profile, self.air, refuses_holes=True)

    def break_down(self, *, temperature: int | None = None, humidity: int | None = None) -> None:
        """From now on give these raw words, e.g. 0x8000 for a broken wire; ``None``: measure."""
        for point, word in (("temperature", temperature), ("humidity", humidity)):
            if word is None:
                self.unforce(point)
            else:
                self.force(point, word)
