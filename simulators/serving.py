"""Profiles served as devices on one line, their time running, until the context ends."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from drivers.profiles import Profile, find_profile, load_profile
from simulators.bench import Bench, Subject
from simulators.modbus_pdu import Unit
from simulators.modbus_server import ModbusServer
from simulators.serial_line import SerialLine
from simulators.simulated import device_of


class Place(NamedTuple):
    """Where devices are served; exactly one of ``tcp``, ``rtu_tcp`` and ``pty`` is given."""

    tcp: int | None = None
    rtu_tcp: int | None = None
    pty: Path | None = None
    baud: int = 9600

    def open(self, units: Mapping[int, Unit]) -> ModbusServer | SerialLine:
        """Put the units there; raises ``ValueError`` if that is nowhere or several places."""
        if sum(where is not None for where in (self.tcp, self.rtu_tcp, self.pty)) != 1:
            raise ValueError("serve on exactly one of --tcp, --rtu-tcp and --pty")
        if self.pty is not None:
            return SerialLine(units, link=self.pty, baud=self.baud, paced=True)
        if self.rtu_tcp is not None:
            return ModbusServer(units, port=self.rtu_tcp, rtu=True)
        return ModbusServer(units, port=self.tcp or 0)


@contextmanager
def served(
    profiles: Sequence[Profile], place: Place, *, first_unit: int = 1, seed: int = 1
) -> Iterator[Bench]:
    """Serve each profile as a unit of its own, numbered from ``first_unit``, on one line.

    Raises:
        ValueError: there are more units than numbers, or the place is none.
        OSError: the port or the link is taken.
    """
    if first_unit + len(profiles) > 248:
        raise ValueError("units are numbered 1 to 247 (Modbus over serial line 2.2)")
    devices = {
        unit: device_of(profile, seed=seed + unit)
        for unit, profile in enumerate(profiles, start=first_unit)
    }
    with ExitStack() as stack:
        line = place.open(devices)
        stack.callback(line.close)
        names = [profile.id for profile in profiles]
        bench = Bench({
            _name(names, unit - first_unit): Subject(device=device, unit=unit, line=line)
            for unit, device in devices.items()
        })  # fmt: skip
        stack.enter_context(_passing_time(bench.run))
        yield bench


def shipped_or_own(path: Path, params: Mapping[str, int]) -> Profile:
    """The profile at ``path``, or the shipped one of that name; raises ``ProfileError``."""
    return load_profile(path if path.is_file() else find_profile(str(path)), **params)


@contextmanager
def _passing_time(run: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,), name="time")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _name(names: Sequence[str], index: int) -> str:
    """The profile's id, numbered where several devices have the same."""
    name = names[index]
    return name if names.count(name) == 1 else f"{name}-{names[: index + 1].count(name)}"
