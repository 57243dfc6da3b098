"""What can go wrong with a simulated device, by the names of ``scenario.FAULTS``.

``drop``: the connection, or one reply, is lost. ``delay``: everything comes late. ``garble``: one
frame is nonsense. ``silence``: it is there and says nothing. ``vanish``: it is gone.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from simulators.line_faults import LineFaults
from simulators.llrp_reader import SimulatedReader

Fault = Callable[[str, float], None]
"""Makes one device misbehave: the fault's name, and for how many seconds where it lasts."""

LATE_S = 0.15


class OnALine(Protocol):
    """A Modbus device or line."""

    @property
    def faults(self) -> LineFaults:
        """What happens to frames on their way."""
        ...

    def vanish(self) -> None:
        """Be gone."""
        ...

    def come_back(self) -> None:
        """Be there again, at the same address."""
        ...


def reader_fault(reader: SimulatedReader) -> Fault:
    """The faults of a portal reader."""
    begins: Mapping[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "drop": (reader.drop, _nothing),
        "delay": (lambda: reader.delay(LATE_S), lambda: reader.delay(0.0)),
        "garble": (reader.garble, _nothing),
        "silence": (reader.silence, reader.speak),
        "vanish": (reader.vanish, reader.come_back),
    }
    return _lasting(begins)


def line_fault(device: OnALine) -> Fault:
    """The faults of a bank on Modbus TCP, or of a serial line."""
    faults = device.faults
    begins: Mapping[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "drop": (faults.lose_reply, _nothing),
        "delay": (
            lambda: setattr(faults, "delay_s", LATE_S),
            lambda: setattr(faults, "delay_s", 0),
        ),
        "garble": (faults.garble_reply, _nothing),
        "silence": (
            lambda: setattr(faults, "silent", True),
            lambda: setattr(faults, "silent", False),
        ),
        "vanish": (device.vanish, device.come_back),
    }
    return _lasting(begins)


def _lasting(
    begins: Mapping[str, tuple[Callable[[], None], Callable[[], None]]],
) -> Fault:
    def misbehave(fault: str, for_s: float) -> None:
        begin, end = begins[fault]
        begin()
        if end is not _nothing:
            timer = threading.Timer(for_s, end)
            timer.daemon = True
            timer.start()

    return misbehave


def _nothing() -> None:
    """It lasted only for a moment."""
