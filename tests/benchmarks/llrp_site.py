"""A whole site of LLRP readers through sockets: what it costs, and that nothing is lost."""

import queue
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from time import monotonic, process_time, thread_time
from typing import NamedTuple

from controller.domain.model import Side
from controller.domain.passage import DoorPassages
from drivers.llrp.driver import PortalReader
from drivers.llrp.profile import ReaderProfile
from drivers.observations import DeviceBack, Moment, Observation, TagRead, TagReport
from simulators.llrp_reader import SimulatedReader
from tests.benchmarks.llrp_field import field_of

START = datetime(2026, 1, 1, tzinfo=UTC)
SIDES = {1: Side.INSIDE, 2: Side.OUTSIDE}
TICK_S = 0.1
STARTS_WITHIN_S = 20.0
ARRIVES_WITHIN_S = 20.0


class Run(NamedTuple):
    """What a run cost, and what it brought."""

    percent: float
    """Of one core: everything this process did, which is drivers and tracker."""
    tracker_percent: float
    """The part of it that follows the tags, and takes reports out of the inbox."""
    reads_a_second: float
    """The pace at which they really arrived."""
    lost: int


class _Site:
    """The drivers of readers, and one thread that follows the tags at every door."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.stop = threading.Event()
        self.seen: dict[str, list[tuple[TagRead, ...]]] = defaultdict(list)
        self.arrived = 0
        self.follower_s = 0.0
        """CPU time, as of the last tick."""
        self.back = [threading.Semaphore(0) for _ in ports]
        self._inbox: queue.Queue[Observation | None] = queue.Queue()
        self._doors = {f"door-{n}": DoorPassages(SIDES) for n in range(len(ports))}
        self._drivers = [
            threading.Thread(target=_driver(name, port).run, args=(self._inbox.put, self.stop))
            for name, port in zip(self._doors, ports, strict=True)
        ]
        self._follower = threading.Thread(target=self._follow)

    def start(self) -> None:
        """Let everybody run, and wait until every reader reads."""
        for thread in (self._follower, *self._drivers):
            thread.start()
        for back in self.back:
            if not back.acquire(timeout=STARTS_WITHIN_S):
                raise RuntimeError("a reader did not come up")

    def end(self) -> None:
        """Stop everybody."""
        self.stop.set()
        for thread in self._drivers:
            thread.join()
        self._inbox.put(None)
        self._follower.join()

    def await_reads(self, expected: int) -> None:
        """Until so many have come, or for long enough."""
        end = monotonic() + ARRIVES_WITHIN_S
        while self.arrived < expected and monotonic() < end:
            self.stop.wait(0.05)

    def _follow(self) -> None:
        ticked = monotonic()
        while (said := self._inbox.get()) is not None:
            if isinstance(said, TagReport):
                self._doors[said.reader].observe(said)
                self.seen[said.reader].append(said.reads)
                self.arrived += len(said.reads)
            elif isinstance(said, DeviceBack):
                self.back[int(said.device.removeprefix("door-"))].release()
            now = monotonic()
            if now - ticked >= TICK_S:
                ticked, self.follower_s = now, thread_time()
                for door in self._doors.values():
                    door.tick(Moment(utc=START, monotonic_s=now))


def _driver(name: str, port: int) -> PortalReader:
    return PortalReader(
        name=name,
        host="127.0.0.1",
        port=port,
        profile=ReaderProfile(),
        keepalive_s=5.0,
        clock=lambda: Moment(utc=START, monotonic_s=monotonic()),
    )


@contextmanager
def _running(ports: Sequence[int]) -> Iterator[_Site]:
    site = _Site(ports)
    try:
        site.start()
        yield site
    finally:
        site.end()


def busy(count: int, *, reads_a_second: int, seconds: float) -> Run:
    """So many readers at that pace each, one read a message; they run in another process."""
    with field_of(count) as field, _running(field.ports) as site:
        began, spent = monotonic(), process_time()
        expected = field.begin(reads_a_second=reads_a_second, seconds=seconds)
        site.await_reads(expected)
        lasted, cost = monotonic() - began, process_time() - spent
    return Run(
        percent=100 * cost / lasted,
        tracker_percent=100 * site.follower_s / lasted,
        reads_a_second=expected / lasted,
        lost=expected - site.arrived,
    )


def reconnects(total: int, *, readers: int, seed: int = 1) -> tuple[int, int]:
    """Connections dropped at random while tags are seen: how many reads were lost, and reordered.

    A reader goes on reading while nobody is connected, and holds what it reads.
    """
    shown: dict[str, list[str]] = {}
    with ExitStack() as stack:
        simulated = [stack.enter_context(SimulatedReader()) for _ in range(readers)]
        site = stack.enter_context(_running([reader.port for reader in simulated]))
        pests = [
            threading.Thread(
                target=_pester, args=(site, number, reader, total // readers, seed, shown)
            )
            for number, reader in enumerate(simulated)
        ]
        for pest in pests:
            pest.start()
        for pest in pests:
            pest.join()
        site.await_reads(sum(map(len, shown.values())))
    lost = reordered = 0
    for door, epcs in shown.items():
        seen = [read.epc for reads in site.seen[door] for read in reads]
        lost += len(set(epcs) - set(seen))
        reordered += sum(a > b for a, b in pairwise(seen))
    return lost, reordered


def _pester(
    site: _Site,
    number: int,
    reader: SimulatedReader,
    times: int,
    seed: int,
    shown: dict[str, list[str]],
) -> None:
    chance = Random(seed + number)
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
