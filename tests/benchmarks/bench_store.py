"""Sustained events committed by the ledger, with ``synchronous=FULL``; figure and goal in a row.

With ``--slow-disk`` every fsync takes 5 ms more: a library that is compiled on the spot and
preloaded into a second run of this script. Slow flash is what an edge box really has.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from controller.domain.decision import Decision
from controller.domain.events import AlarmRaised, AlarmReturnedToNormal, Event, PassageDetected
from controller.domain.model import AlarmKind, Direction, Priority
from controller.store.database import open_engine, upgrade
from controller.store.ids import new_id
from controller.store.ledger import Ledger, OutgoingMessage, Recorded
from controller.store.rebuild import rebuild
from drivers.observations import ClimateReading

BATCH = 256
EVENTS = 30_000
GOAL, GOAL_SLOW_DISK = 3_000, 1_000
HOLDINGS = 5_000
START = datetime(2026, 3, 2, tzinfo=UTC)

SLOW_SYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int fsync(int f){static int(*r)(int);if(!r)r=dlsym(RTLD_NEXT,"fsync");usleep(5000);return r(f);}
int fdatasync(int f)
{static int(*r)(int);if(!r)r=dlsym(RTLD_NEXT,"fdatasync");usleep(5000);return r(f);}
"""


class Copies:
    """One message for each event, as large as a real one."""

    def events(self, recorded: Recorded) -> Iterator[OutgoingMessage]:
        """Half a kilobyte, about what an event is as a CloudEvent."""
        yield OutgoingMessage("mqtt", "repo/v1/site-1/events/passage", b"x" * 500)

    def readings(self, reading: ClimateReading) -> Iterator[OutgoingMessage]:
        """None."""
        return iter(())


def decisions(count: int) -> Iterator[Decision]:
    """Passages of changing holdings; every tenth one raises an alarm, the next lets it go."""
    for number in range(count):
        yield Decision(events=(_event(number, START + timedelta(milliseconds=number)),))


def _event(number: int, at: datetime) -> Event:
    holding = f"holding-{number * 7919 % HOLDINGS}"
    if number % 10 == 8:
        return AlarmRaised(
            at=at, alarm_id=f"unauthorised_exit:door-{number % 4}", source=f"door-{number % 4}",
            kind=AlarmKind.UNAUTHORISED_EXIT, subject="J001-2026", holding_id=holding,
            priority=Priority.HIGH, detail={"direction": "out"},
        )  # fmt: skip
    if number % 10 == 9:
        alarm = f"unauthorised_exit:door-{(number - 1) % 4}"
        return AlarmReturnedToNormal(at=at, alarm_id=alarm, reason="back inside")
    return PassageDetected(
        at=at, passage_id=new_id(), door=f"door-{number % 4}", epc=f"E280{number:020X}",
        holding_id=holding, direction=Direction.OUT if number % 2 else Direction.IN,
        place="outside" if number % 2 else "room-1", confidence=0.97,
        evidence={"inside": "12", "outside": "9", "span_s": "1.8"},
    )  # fmt: skip


def sustained(url: str) -> tuple[float, float, bool]:
    """Events a second, our CPU time in µs an event, and whether a rebuild gives the same tables.

    The CPU time hardly depends on what else the machine does; the rate does.
    """
    engine = open_engine(url)
    upgrade(engine)
    ledger = Ledger(engine, source="site-1/bench", compose=Copies())
    began, busy = perf_counter(), process_time()
    for number, decision in enumerate(decisions(EVENTS), 1):
        ledger.add(decision)
        if number % BATCH == 0:
            ledger.commit()
    ledger.commit()
    rate = EVENTS / (perf_counter() - began)
    cpu_us = (process_time() - busy) / EVENTS * 1e6
    ledger.close()
    equal = rebuild(engine) == []
    engine.dispose()
    return rate, cpu_us, equal


def run(label: str, goal: int) -> bool:
    """Measure once in a folder of its own and print figure and goal."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        rate, cpu_us, equal = sustained(f"sqlite:///{folder}/bench.db")
    figures = f"{rate:>9,.0f} events/s   goal >= {goal:>6,}   CPU {cpu_us:>4.0f} µs/event"
    print(f"{label:<44} {figures}   rebuild equal: {equal}", flush=True)
    return equal and rate >= goal


def run_with_slow_disk() -> bool:
    """The same in a child whose every fsync takes 5 ms more."""
    compiler = shutil.which("cc")
    if compiler is None:
        print("store, 5 ms added to every fsync: no C compiler, not measured")
        return True
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "slowsync.so"
        source = library.with_suffix(".c")
        source.write_text(SLOW_SYNC)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        environment = os.environ | {"LD_PRELOAD": str(library)}
        child = [sys.executable, "-m", "tests.benchmarks.bench_store", "--slowed"]
        return subprocess.run(child, check=False, env=environment).returncode == 0


def main() -> int:
    """0 when every goal is met."""
    if "--slowed" in sys.argv:
        met = run("store, FULL, 5 ms added to every fsync", GOAL_SLOW_DISK)
    else:
        met = run(f"store, FULL, batches of {BATCH}", GOAL) and run_with_slow_disk()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
