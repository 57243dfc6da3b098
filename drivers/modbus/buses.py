"""All lines of one process: whoever names the same line shares its one owner."""

from drivers.modbus.bus import Bus
from drivers.modbus.line import Line, SerialLine, parse_line
from drivers.profiles import Link


class Buses:
    """Hands out the bus of a line; racks, sensors and others on one line get the same."""

    def __init__(self) -> None:
        self._buses: dict[str, Bus] = {}

    def at(self, where: str | Line, link: Link) -> Bus:
        """The bus at a line or its URL, patient enough for a device that answers as ``link`` says.

        Raises:
            ValueError: it names no line, or one that is used with other settings.
        """
        line = parse_line(where) if isinstance(where, str) else where
        bus = self._buses.setdefault(_place(line), Bus(line, timeout_s=link.response_timeout_s))
        if bus.line != line:
            raise ValueError(f"{where}: the same line is used as {bus.line!r} elsewhere")
        bus.heed(timeout_s=link.response_timeout_s, connect_delay_s=link.connect_delay_s)
        return bus


def _place(line: Line) -> str:
    return line.device if isinstance(line, SerialLine) else f"{line.host}:{line.port}"
