"""A whole site of LLRP readers through sockets: what it costs, and that nothing is lost."""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from random import Random
from time import monotonic, thread_time
from typing import NamedTuple

from controller.domain.model import Side
from controller.domain.passage import DoorPassages
from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import ReaderProfile
from drivers.llrp.wire import encode, message, parameter
from drivers.observations import DeviceBack, Moment, Observation, TagReport
from simulators.llrp_reader import SimulatedReader

START = datetime(2026, 1, 1, tzinfo=UTC)
SIDES = {1: Side.INSIDE, 2: Side.OUTSIDE}
TAGS = 50
"""So many tags lie in each doorway and are read in turn."""
STEP_S = 0.01
MARK = 0xA5A5_5A5A_C3C3_3C3C
STARTS_WITHIN_S = 20.0
ARRIVES_WITHIN_S = 20.0


class Run(NamedTuple):
    """What a run cost, and what it brought."""

    cpu_us_a_read: float
    """Of all drivers and the tracker together."""
    reads_a_second: float
    """The pace at which they really arrived."""
    lost: int


class _Site:
    """Readers, their drivers, and one thread that follows the tags at every door."""

    def __init__(self, count: int) -> None:
        self.readers = [SimulatedReader() for _ in range(count)]
        self.stop = threading.Event()
        self.inbox: queue.Queue[Observation | None] = queue.Queue()
        self.cpu_s: list[float] = []
        self.seen: dict[str, list[str]] = defaultdict(list)
        self.back = [threading.Semaphore(0) for _ in range(count)]
        self._doors = {f"door-{n}": DoorPassages(SIDES) for n in range(count)}

    @property
    def arrived(self) -> int:
        return sum(map(len, self.seen.values()))

    def threads(self) -> Iterator[threading.Thread]:
        yield threading.Thread(target=self._measured, args=(self._follow,))
        for name, reader in zip(self._doors, self.readers, strict=True):
            driver = PortalReader(
                name=name,
                host="127.0.0.1",
                port=reader.port,
                profile=ReaderProfile(),
                keepalive_s=5.0,
                clock=lambda: Moment(utc=START, monotonic_s=monotonic()),
            )
            yield threading.Thread(target=self._measured, args=(partial(self._drive, driver),))

    def _drive(self, driver: PortalReader) -> None:
        driver.run(self.inbox.put, self.stop)

    def _measured(self, work: Callable[[], None]) -> None:
        work()
        self.cpu_s.append(thread_time())

    def _follow(self) -> None:
        ticked = monotonic()
        while (said := self.inbox.get()) is not None:
            if isinstance(said, TagReport):
                door = self._doors[said.reader]
                door.observe(said)
                self.seen[said.reader] += [read.epc for read in said.reads]
            elif isinstance(said, DeviceBack):
                self.back[int(said.device.removeprefix("door-"))].release()
            now = monotonic()
            if now - ticked >= 0.1:
                ticked = now
                for door in self._doors.values():
                    door.tick(Moment(utc=START, monotonic_s=now))


@contextmanager
def _running(count: int) -> Iterator[_Site]:
    site = _Site(count)
    for reader in site.readers:
        reader.start()
    follower, *drivers = site.threads()
    for thread in (follower, *drivers):
        thread.start()
    for back in site.back:
        if not back.acquire(timeout=STARTS_WITHIN_S):
            raise RuntimeError("a reader did not come up")
    try:
        yield site
    finally:
        site.stop.set()
        for thread in drivers:
            thread.join()
        site.inbox.put(None)
        follower.join()
        for reader in site.readers:
            reader.close()


def busy(count: int, *, reads_a_second: int, seconds: float) -> Run:
    """So many readers at that pace each, one read a message."""
    each = round(reads_a_second * STEP_S)
    steps = round(seconds / STEP_S)
    with _running(count) as site:
        frames = [[_around_time(door, tag) for tag in range(TAGS)] for door in range(count)]
        began = monotonic()
        for step in range(steps):
            for reader, made in zip(site.readers, frames, strict=True):
                for number in range(step * each, (step + 1) * each):
                    before, after = made[number % TAGS]
                    reader.say(before + (1_000_000 * number // reads_a_second).to_bytes(8) + after)
            site.stop.wait(max(0.0, began + (step + 1) * STEP_S - monotonic()))
        expected = count * steps * each
        _await(site, expected)
        lasted = monotonic() - began
    return Run(1e6 * sum(site.cpu_s) / expected, expected / lasted, expected - site.arrived)


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


def reconnects(total: int, *, readers: int, seed: int = 1) -> tuple[int, int]:
    """Connections dropped at random while tags are seen: how many reads were lost, and reordered.

    A reader goes on reading while nobody is connected, and holds what it reads.
    """
    shown: dict[str, list[str]] = {}
    with _running(readers) as site:
        pests = [
            threading.Thread(target=_pester, args=(site, number, total // readers, seed, shown))
            for number in range(readers)
        ]
        for pest in pests:
            pest.start()
        for pest in pests:
            pest.join()
        _await(site, sum(map(len, shown.values())))
    lost = reordered = 0
    for door, epcs in shown.items():
        lost += len(set(epcs) - set(site.seen[door]))
        reordered += sum(a > b for a, b in zip(site.seen[door], site.seen[door][1:], strict=False))
    return lost, reordered


def _pester(site: _Site, number: int, times: int, seed: int, shown: dict[str, list[str]]) -> None:
    chance, reader = Random(seed + number), site.readers[number]
    epcs: list[str] = []

    def show(count: int) -> None:
        fresh = [f"{len(epcs) + n:024X}" for n in range(count)]
        epcs.extend(fresh)
        reader.show((1, epc, -50.0) for epc in fresh)

    for _ in range(times):
        show(chance.randrange(1, 20))
        site.stop.wait(chance.random() * 0.02)
        show(chance.randrange(20))
        reader.drop()
        show(chance.randrange(20))
        if not site.back[number].acquire(timeout=STARTS_WITHIN_S):
            raise RuntimeError("a reader did not come back")
    shown[f"door-{number}"] = epcs


def _await(site: _Site, expected: int) -> None:
    end = monotonic() + ARRIVES_WITHIN_S
    while site.arrived < expected and monotonic() < end:
        site.stop.wait(0.05)
