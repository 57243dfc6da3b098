"""The readers of a site in a process of their own: what they cost is not the controller's."""

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from time import monotonic

from drivers.llrp.wire import encode, message, parameter
from simulators.llrp_reader import SimulatedReader

TAGS = 50
"""So many tags lie in each doorway and are read in turn."""
STEP_S = 0.001
MARK = 0xA5A5_5A5A_C3C3_3C3C
ENDS_WITHIN_S = 5.0


class Field:
    """Readers that another process plays."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.ports: list[int] = pipe.recv()

    def begin(self, *, reads_a_second: int, seconds: float) -> int:
        """Let every reader read at that pace, one read a message, each read when it is due.

        Returns how many reads that will be.
        """
        self._pipe.send((reads_a_second, seconds))
        return round(reads_a_second * seconds) * len(self.ports)


@contextmanager
def field_of(count: int) -> Iterator[Field]:
    """So many readers, until the context ends."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    child = processes.Process(target=_play, args=(count, theirs))
    child.start()
    theirs.close()
    try:
        yield Field(ours)
    finally:
        ours.close()
        child.join(ENDS_WITHIN_S)
        child.kill()


def _play(count: int, pipe: Connection) -> None:
    with ExitStack() as stack:
        readers = [stack.enter_context(SimulatedReader()) for _ in range(count)]
        pipe.send([reader.port for reader in readers])
        frames = [[_around_time(door, tag) for tag in range(TAGS)] for door in range(count)]
        while True:
            try:
                reads_a_second, seconds = pipe.recv()
            except EOFError:
                return
            _read(readers, frames, reads_a_second, round(reads_a_second * seconds))


def _read(
    readers: list[SimulatedReader],
    frames: list[list[tuple[bytes, bytes]]],
    reads_a_second: int,
    total: int,
) -> None:
    pause, began, done = threading.Event(), monotonic(), 0
    while done < total:
        due = min(total, int((monotonic() - began) * reads_a_second))
        for reader, made in zip(readers, frames, strict=True):
            for number in range(done, due):
                before, after = made[number % TAGS]
                reader.say(before + (1_000_000 * number // reads_a_second).to_bytes(8) + after)
        done = due
        pause.wait(STEP_S)


def _around_time(door: int, tag: int) -> tuple[bytes, bytes]:
    """A report of one tag, before and after the time of the read."""
    report = parameter(
        "TagReportData",
        parameter("EPC_96", EPC=door.to_bytes(6) + tag.to_bytes(6)),
        parameter("AntennaID", AntennaID=1 + tag % 2),
        parameter("PeakRSSI", PeakRSSI=-50),
        parameter("LastSeenTimestampUTC", Microseconds=MARK),
        parameter("TagSeenCount", TagCount=1),
    )
    before, _, after = encode(message("RO_ACCESS_REPORT", 1, report)).partition(MARK.to_bytes(8))
    return before, after
