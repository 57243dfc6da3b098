"""A year through every metric; readings into history; a backlog into VictoriaMetrics."""

import tempfile
from datetime import UTC, datetime, timedelta
from math import sin
from pathlib import Path
from subprocess import DEVNULL, Popen
from time import perf_counter, process_time

from sqlalchemy import Engine

from controller.config import Trends
from controller.domain.decision import Decision
from controller.domain.preservation.record import Sample
from controller.domain.preservation.summary import summarise
from controller.publications import Publications
from controller.store import outbox
from controller.store.database import open_engine, upgrade
from controller.store.ledger import Ledger
from controller.trends import TrendsWriter
from drivers.observations import ClimateReading, Moment, Quality
from tests.benchmarks.figures import note, show
from tests.services import eventually, free_port, listens, require_program
from tests.shell.outlets import running, site

START = datetime(2026, 3, 2, tzinfo=UTC)
SENSORS, MINUTES = 500, 60
BACKLOG = 200_000


def metrics_of_a_year() -> None:
    """35,000 rows a quarter of an hour apart."""
    samples = [
        Sample(
            at_s=900.0 * n,
            temperature_c=18 + 4 * sin(n / 5000) + sin(n / 15),
            relative_humidity_percent=52 + 9 * sin(n / 4000) + 2 * sin(n / 11),
        )
        for n in range(35_000)
    ]
    began = perf_counter()
    summarise(samples)
    show("a year of one sensor through all metrics", perf_counter() - began, "s", 2, at_most=True)


def history_of_many(engine: Engine) -> None:
    """An hour of 500 sensors, a commit a second as the daemon makes them."""
    ledger = Ledger(engine, source="test/controller", compose=Publications(site()))
    began = process_time()
    for minute in range(MINUTES):
        for second in range(60):
            at = START + timedelta(minutes=minute, seconds=second)
            some = range(second, SENSORS, 60)
            ledger.add(Decision(readings=tuple(_reading(f"th-{n:03}", at) for n in some)))
            ledger.commit()
    spent = process_time() - began
    ledger.close()
    show(
        "500 sensors' history, share of a core", 100 * spent / (60 * MINUTES), "%", 3, at_most=True
    )


def drain(engine: Engine, folder: Path) -> None:
    """A backlog as an outage leaves it."""
    port = free_port()
    trends = Trends(url=f"http://127.0.0.1:{port}", org="o", bucket="b")
    lines = [
        f"climate,site=s,room=r,sensor=th-{n % SENSORS:03},quality=good temperature_c=20.5,"
        f"relative_humidity_percent=51.0 {1000 * (1_760_000_000 + n)}"
        for n in range(BACKLOG)
    ]
    with engine.begin() as connection:
        outbox.put(
            connection,
            [(None, outbox.OutgoingMessage("trends", "climate", x.encode())) for x in lines],
        )
    program = require_program("victoria-metrics")
    options = [f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={folder / 'vm'}",
               "-retentionPeriod=100y", "-memory.allowedPercent=5"]  # fmt: skip
    writer = TrendsWriter(engine=engine, trends=trends, token=None, poll_s=0.02)
    with Popen([program, *options], stdout=DEVNULL, stderr=DEVNULL) as vm:
        try:
            eventually(lambda: listens(port), bool)
            began, spent = perf_counter(), process_time()
            with running(writer.run):
                eventually(lambda: writer.counters()["written"], lambda n: n == BACKLOG, 30.0)
            took = perf_counter() - began
        finally:
            vm.terminate()
    show("backlog into VictoriaMetrics", BACKLOG / took, "points/s", 40_000, at_most=False)
    note("of that, our own CPU", process_time() - spent, "s")


def _reading(sensor: str, at: datetime) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=at, monotonic_s=0.0),
        sensor=sensor,
        temperature_c=20.5,
        relative_humidity_percent=51.0,
        quality=Quality.GOOD,
        fault="",
    )


def main() -> None:
    """Every figure once."""
    metrics_of_a_year()
    with tempfile.TemporaryDirectory() as name:
        engine = open_engine(f"sqlite:///{Path(name) / 'store.db'}")
        upgrade(engine)
        history_of_many(engine)
        drain(engine, Path(name))
        engine.dispose()


if __name__ == "__main__":
    main()
