"""From the deciding read to the alarm row, and to a listening screen, while 800 reads/s arrive.

The controller and the API run as on a site. Two hundred parked tags fill the air with about 800
reads/s; one unlent holding after the other is carried out. An alarm counts from when the reader
sent the last read of that tag before it was decided, so that bytes which gathered at the socket
are waited for, too; from its own time if no such read was sent just before it: then the time that
passed decided it. A watcher polls the store every millisecond for its row.
"""

import json
import tempfile
import threading
import urllib.request
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic, time
from typing import Any, NamedTuple

from sqlalchemy import text

from simulators.demo_site import ANTENNAS, DOOR, HOLDINGS, write_catalogue, write_tags
from simulators.llrp_reader import SimulatedReader
from simulators.walks import Motion, Walk
from simulators.world import World
from tests.benchmarks.figures import note, percentile, show
from tests.end_to_end.running import Running, running_site

READS_PER_S = 800
PARKED = 200
STEP_S = 0.005
JUST_BEFORE_S = 0.1
EXITS = 60


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder), start=()) as site:
        where = ("--site", str(site.site))
        site.command("controller", "import", str(write_catalogue(site.folder)), *where,
                     "--source", "bench")  # fmt: skip
        site.command("controller", "bind", str(write_tags(site.folder)), *where)
        site.start("controller")
        site.start("api")
        door = Door(site.devices.reader)
        with parked_tags(door), watching(site) as seen, listening(site) as heard:
            begun = monotonic()
            carry_out(door, seen)
            rate = door.shown / (monotonic() - begun)
    rows = [1000 * door.late(*alarm) for alarm in seen]
    screens = [1000 * door.late(*alarm) for alarm in heard]
    gathered = [1000 * (alarm.at_s - door.decided_s(alarm.epc, alarm.at_s)) for alarm in seen]
    note("reads per second at the door", rate, "reads/s")
    note("alarms", len(rows), "")
    note("of the following, until the read was taken in, p50", percentile(gathered, 50), "ms")
    show("deciding read to alarm row committed, p50", percentile(rows, 50), "ms", 20, at_most=True)
    show("deciding read to alarm row committed, p99", percentile(rows, 99), "ms", 100, at_most=True)
    show("deciding read to event on the page, p99", percentile(screens, 99), "ms", 150,
         at_most=True)  # fmt: skip


class Alarm(NamedTuple):
    """One that came to light."""

    epc: str
    at_s: float
    """Its own time, in seconds since the epoch as all times here."""
    seen_s: float


class Door:
    """The reader at the door; knows when it sent what."""

    def __init__(self, reader: SimulatedReader) -> None:
        self._reader = reader
        self._sent: dict[str, list[float]] = defaultdict(list)
        self.shown = 0

    def show(self, reads: Iterable[tuple[int, str, float]]) -> None:
        """Let these (antenna, EPC, dBm) be seen now."""
        for read in reads:
            self._sent[read[1]].append(time())
            self._reader.show([read])
            self.shown += 1

    def decided_s(self, epc: str, at_s: float) -> float:
        """When what decided at ``at_s`` about a tag happened."""
        sent = self._sent[epc]
        before = bisect_right(sent, at_s)
        newest = sent[before - 1] if before else 0.0
        return newest if at_s - newest <= JUST_BEFORE_S else at_s

    def late(self, epc: str, at_s: float, seen_s: float) -> float:
        """Seconds from what decided an alarm until it was seen."""
        return seen_s - self.decided_s(epc, at_s)


def carry_out(door: Door, seen: list[Alarm]) -> None:
    """Carry holdings out one after the other, and back in between, until enough alarms stand."""
    world = World(seed=3, readers={DOOR: (door, ANTENNAS)}, racks={}, sensors={})
    stop, pause = threading.Event(), threading.Event()

    def pass_time() -> None:
        while not stop.wait(STEP_S):
            world.advance(STEP_S)

    with running_thread(pass_time, stop):
        for number in range(EXITS):
            tagged = HOLDINGS[number % len(HOLDINGS)]
            motion = Motion.OUT if (number // len(HOLDINGS)) % 2 == 0 else Motion.IN
            world.walk(DOOR, Walk([tagged.epc], motion, speed_m_per_s=1.4))
            pause.wait(1.0)
        pause.wait(8.0)
    if not seen:
        raise SystemExit("no alarm was seen: nothing was measured")


@contextmanager
def parked_tags(door: Door) -> Iterator[None]:
    """Tags lying about near the door, read all the time."""
    chance = Random(3)
    tags = [f"E2801170AAAA{number:012X}" for number in range(PARKED)]
    stop = threading.Event()

    def show_them() -> None:
        while not stop.wait(STEP_S):
            door.show(
                (1, chance.choice(tags), -62.0 + chance.gauss(0, 1.5))
                for _ in range(int(READS_PER_S * STEP_S))
            )

    with running_thread(show_them, stop):
        yield


@contextmanager
def watching(site: Running) -> Iterator[list[Alarm]]:
    """The alarms, as their rows can be read."""
    seen: list[Alarm] = []
    stop = threading.Event()
    engine = site.engine()
    query = text("SELECT seq, body FROM journal WHERE kind = 'AlarmRaised' AND seq > :last")

    def watch() -> None:
        last = 0
        with engine.connect() as connection:
            while not stop.wait(0.001):
                for row in connection.execute(query, {"last": last}).all():
                    now = time()
                    last = row.seq
                    body = json.loads(row.body)
                    if body["kind"] == "unauthorised_exit":
                        seen.append(Alarm(body["detail"]["epc"], seconds(body["at"]), now))
                connection.rollback()

    with running_thread(watch, stop):
        yield seen
    engine.dispose()


@contextmanager
def listening(site: Running) -> Iterator[list[Alarm]]:
    """The alarms, as their events arrive at a listening screen."""
    heard: list[Alarm] = []
    stop = threading.Event()
    request = urllib.request.Request(
        f"{site.base}/v1/events?kind=AlarmRaised",
        headers={"Authorization": f"Bearer {site.key('reader')}"},
    )

    def listen() -> None:
        with urllib.request.urlopen(request, timeout=60) as stream:
            while not stop.is_set():
                line = stream.readline().decode()
                if line.startswith("data:"):
                    now = time()
                    event: Any = json.loads(line[5:])
                    said = event["data"]
                    if said["kind"] == "unauthorised_exit":
                        heard.append(Alarm(said["detail"]["epc"], seconds(event["at"]), now))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield heard
    stop.set()


@contextmanager
def running_thread(work: Any, stop: threading.Event) -> Iterator[None]:
    """Run ``work`` beside the context."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def seconds(written: str) -> float:
    """A written UTC time as seconds since the epoch."""
    return datetime.fromisoformat(written).astimezone(UTC).timestamp()


if __name__ == "__main__":
    main()
