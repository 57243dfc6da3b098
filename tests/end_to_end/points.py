"""A process that measures and drains until it is killed: ``python -m … STORE PORT``."""

import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from controller.clock import system_clock
from controller.config import Trends
from controller.domain.decision import Decision
from controller.publications import Publications
from controller.store.database import open_engine
from controller.store.ledger import Ledger
from controller.store.schema import readings
from controller.trends import TrendsWriter
from drivers.observations import ClimateReading, Moment, Quality
from tests.shell.outlets import BEGAN, site

A_BATCH = 50


def main(store: Path, port: int) -> None:
    """Write readings, each a second after the last in the store, for ever."""
    server = Trends(url=f"http://127.0.0.1:{port}", org="o", bucket="b")
    engine = open_engine(f"sqlite:///{store}")
    stop = threading.Event()
    writer = TrendsWriter(engine=engine, trends=server, token=None, poll_s=0.01)
    threading.Thread(target=writer.run, args=(stop,), daemon=True).start()
    of = site(trends=server.model_dump())
    ledger = Ledger(engine, source="test/controller", compose=Publications(of))
    with engine.connect() as connection:
        newest = connection.scalar(select(func.max(readings.c.at))) or BEGAN
    while not stop.wait(0.005):
        times = [newest + n * timedelta(seconds=1) for n in range(1, A_BATCH + 1)]
        ledger.add(Decision(readings=tuple(_reading(at) for at in times)))
        ledger.commit()
        newest = times[-1]


def _reading(at: datetime) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=at, monotonic_s=system_clock().monotonic_s),
        sensor="th-01",
        temperature_c=20.5,
        relative_humidity_percent=51.0,
        quality=Quality.GOOD,
        fault="",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
