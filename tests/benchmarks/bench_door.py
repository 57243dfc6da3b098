"""From the deciding read to the alarm row, and to a listening screen, while 800 reads/s arrive.

The controller and the API run as on a site. Two hundred parked tags fill the air with about 800
reads/s; one unlent holding after the other is carried out. An alarm's own time is the arrival of
the read (or the moment) that decided it; a watcher polls the store every millisecond for its row.
Bytes may have gathered at the socket before that: the longest such wait is added to every figure.
"""

import json
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic, time
from typing import Any

from sqlalchemy import text

from drivers.llrp.driver import GATHERS_FOR_S
from simulators.demo_site import DOOR, HOLDINGS, write_catalogue, write_tags
from simulators.walks import Motion, Walk
from tests.benchmarks.figures import note, percentile, show
from tests.end_to_end.running import Running, running_site

READS_PER_S = 800
PARKED = 200
STEP_S = 0.05
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
        with parked_tags(site) as shown, watching(site) as seen, listening(site) as heard:
            begun = monotonic()
            carry_out(site, seen)
            rate = shown[0] / (monotonic() - begun)
    rows = [1000 * (late + GATHERS_FOR_S) for late in seen.values()]
    screens = [1000 * (late + GATHERS_FOR_S) for late in heard.values()]
    note("reads per second at the door", rate, "reads/s")
    note("alarms", len(rows), "")
    show("deciding read to alarm row committed, p50", percentile(rows, 50), "ms", 20, at_most=True)
    show("deciding read to alarm row committed, p99", percentile(rows, 99), "ms", 100, at_most=True)
    show("deciding read to event on the page, p99", percentile(screens, 99), "ms", 150,
         at_most=True)  # fmt: skip


def carry_out(site: Running, seen: dict[str, float]) -> None:
    """Carry holdings out one after the other, and back in between, until enough alarms stand."""
    pause = threading.Event()
    for number in range(EXITS):
        tagged = HOLDINGS[number % len(HOLDINGS)]
        motion = Motion.OUT if (number // len(HOLDINGS)) % 2 == 0 else Motion.IN
        site.devices.world.walk(DOOR, Walk([tagged.epc], motion, speed_m_per_s=1.4))
        pause.wait(1.0)
    pause.wait(8.0)
    if not seen:
        raise SystemExit("no alarm was seen: nothing was measured")


@contextmanager
def parked_tags(site: Running) -> Iterator[list[int]]:
    """Tags lying about near the door, read all the time."""
    chance = Random(3)
    tags = [f"E2801170AAAA{number:012X}" for number in range(PARKED)]
    shown = [0]
    stop = threading.Event()

    def show_them() -> None:
        while not stop.wait(STEP_S):
            reads = [
                (1, chance.choice(tags), -62.0 + chance.gauss(0, 1.5))
                for _ in range(int(READS_PER_S * STEP_S))
            ]
            site.devices.reader.show(reads)
            shown[0] += len(reads)

    with running_thread(show_them, stop):
        yield shown


@contextmanager
def watching(site: Running) -> Iterator[dict[str, float]]:
    """Seconds from each alarm's own time until its row can be read, by alarm id and time."""
    seen: dict[str, float] = {}
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
                        seen[str(row.seq)] = now - seconds(body["at"])
                connection.rollback()

    with running_thread(watch, stop):
        yield seen
    engine.dispose()


@contextmanager
def listening(site: Running) -> Iterator[dict[str, float]]:
    """Seconds from each alarm's own time until its event arrives at a listening screen."""
    heard: dict[str, float] = {}
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
                    if event["data"]["kind"] == "unauthorised_exit":
                        heard[str(event["seq"])] = now - seconds(event["at"])

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
