"""A hundred thousand holdings from a CSV, on SQLite as on a site, while another writer listens.

The applying transaction keeps every other writer waiting; what a door would feel of it is how
long a commit of its own takes meanwhile.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, thread_time

from sqlalchemy import Connection, Engine

from controller.catalogue.importing import import_file
from controller.catalogue.runs import Importer
from controller.clock import system_clock
from controller.domain.decision import Decision
from controller.domain.events import DeviceRecovered
from controller.store.database import open_engine, upgrade
from controller.store.journal import Recorded
from controller.store.ledger import Ledger, Unpublished
from tests.benchmarks.figures import note, percentile, show

ROWS = 100_000
CHANGED = 1_000


class Timed(Ledger):
    """A ledger that knows how long its last commit held the writers' lock."""

    held_s = 0.0

    def commit(self, also: Callable[[Connection], None] | None = None) -> list[Recorded]:
        """As the ledger's own; the time from the lock to the end of the transaction is kept."""
        begun = perf_counter()

        def work(connection: Connection) -> None:
            nonlocal begun
            begun = perf_counter()
            if also is not None:
                also(connection)

        recorded = super().commit(also=work)
        self.held_s = perf_counter() - begun
        return recorded


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "catalogue.csv"
        engine = open_engine(f"sqlite:///{folder}/store.db")
        upgrade(engine)
        ledger = Timed(engine, source="bench/import", compose=Unpublished())
        importer = Importer(
            engine=engine,
            ledger=ledger,
            source="bench",
            by="bench",
            computer="here",
            clock=system_clock,
        )
        write_catalogue(file, changed=0)
        with another_writer(engine) as waits:
            measure("first import", importer, ledger, file, goal=5000)
        note("slowest commit of another writer meanwhile", 1000 * max(waits), "ms")
        note("its p99", 1000 * percentile(waits, 99), "ms")
        measure("same file again", importer, ledger, file, goal=5000)
        write_catalogue(file, changed=CHANGED)
        measure(f"{CHANGED} rows changed", importer, ledger, file, goal=5000)
        engine.dispose()


def measure(what: str, importer: Importer, ledger: Timed, file: Path, goal: float) -> None:
    """One import and what it cost."""
    begun, busy = perf_counter(), thread_time()
    report = import_file(importer, file)
    busy = thread_time() - busy
    assert not report.faults, report.faults[:3]
    show(
        f"import, {what}", report.rows / (perf_counter() - begun), "holdings/s", goal, at_most=False
    )
    note("  per second of processor time", report.rows / busy, "holdings/s")
    note(f"writers' lock held, {what}", 1000 * ledger.held_s, "ms")
    if differing := report.created + report.changed:
        note("  for each 10,000 rows that differ", 1e7 * ledger.held_s / differing, "ms")


def write_catalogue(file: Path, *, changed: int) -> None:
    """A catalogue of ten files to a box; ``changed`` titles differ from last time."""
    with file.open("w", encoding="utf-8") as stream:
        stream.write("档号,题名,全宗号,年度,保管期限,盒号,页数,存放位置,条码\n")
        for number in range(ROWS):
            title = "关于补缴养老保险费的批复" + ("(更正)" if number < changed else "")
            stream.write(
                f"J001-WS·2021-D30-{number:06d},{title}{number},J001,2021,D30,"
                f"{number // 10},{number % 30},一号库房{number // 1000}列,320{number:010d}\n"
            )


@contextmanager
def another_writer(engine: Engine) -> Iterator[list[float]]:
    """Seconds that each small commit of a controller beside the import took."""
    waits: list[float] = []
    stop = threading.Event()

    def write() -> None:
        ledger = Ledger(engine, source="bench/controller", compose=Unpublished())
        while not stop.wait(0.02):
            event = DeviceRecovered(at=system_clock().utc, device="door", detail="")
            ledger.add(Decision(events=(event,)))
            begun = perf_counter()
            ledger.commit()
            waits.append(perf_counter() - begun)
        ledger.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield waits
    finally:
        stop.set()
        thread.join()


if __name__ == "__main__":
    main()
