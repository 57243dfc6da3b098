"""No point is lost while the controller is killed again and again and the server comes and goes.

``SMART_REPOSITORY_KILLS=20`` does it as often as the requirement says.
"""

import json
import os
import signal
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen

from sqlalchemy import Engine, func, select

from controller.config import Trends
from controller.store import outbox
from controller.store.database import open_engine, upgrade
from controller.store.schema import readings
from controller.trends import TrendsWriter
from tests.services import eventually, free_port, listens, require_program
from tests.shell.outlets import running

KILLS = int(os.environ.get("SMART_REPOSITORY_KILLS", "4"))


@contextmanager
def server(port: int, folder: Path) -> Iterator[None]:
    """VictoriaMetrics on the same data; it writes them down when it is asked to end."""
    program = require_program("victoria-metrics")
    options = [f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={folder}",
               "-retentionPeriod=100y", "-memory.allowedPercent=5",
               "-dedup.minScrapeInterval=1ms"]  # fmt: skip
    with Popen([program, *options], stdout=DEVNULL, stderr=DEVNULL) as vm:
        try:
            eventually(lambda: listens(port), bool)
            yield
        finally:
            vm.terminate()


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(readings)) or 0


def waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return outbox.depth(connection, "trends")


def stored(port: int) -> set[int]:
    """The times that the server has, in milliseconds."""
    root = f"http://127.0.0.1:{port}"
    with urllib.request.urlopen(f"{root}/internal/force_flush", timeout=20):
        pass
    query = "/api/v1/export?match[]=climate_temperature_c&end=2030-01-01T00:00:00Z"
    with urllib.request.urlopen(root + query, timeout=20) as answer:
        return {stamp for line in answer for stamp in json.loads(line)["timestamps"]}


def test_every_point_arrives_however_often_we_are_killed_and_the_server_is_away(
    tmp_path: Path,
) -> None:
    port = free_port()
    file = tmp_path / "store.db"
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    command = [sys.executable, "-m", "tests.end_to_end.points", str(file), str(port)]

    def measured_more(than: int) -> None:
        eventually(lambda: count(engine), lambda now: now >= than + 100)

    def work_until_killed() -> None:
        before = count(engine)
        with Popen(command) as child:
            measured_more(before)
            child.send_signal(signal.SIGKILL)

    for _ in range(KILLS):
        work_until_killed()  # with the server away
        with server(port, tmp_path / "vm"), Popen(command) as child:
            measured_more(count(engine))
            child.send_signal(signal.SIGKILL)
    with server(port, tmp_path / "vm"):
        trends = Trends(url=f"http://127.0.0.1:{port}", org="o", bucket="b")
        last = TrendsWriter(engine=engine, trends=trends, token=None, poll_s=0.02)
        with running(last.run):
            eventually(lambda: waiting(engine), lambda left: left == 0)
        assert last.counters()["dead_letters"] == 0
        with engine.connect() as connection:
            expected = {
                round(at.timestamp() * 1000) for at in connection.scalars(select(readings.c.at))
            }
        eventually(lambda: len(stored(port)), lambda found: found >= len(expected))
        assert stored(port) == expected
    engine.dispose()
