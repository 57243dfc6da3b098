"""What the two daemons cost while nothing happens: memory, and seconds from start to ready."""

import signal
import tempfile
import threading
from pathlib import Path
from time import monotonic

from tests.benchmarks.figures import note, show
from tests.end_to_end.running import Running, running_site

STARTS = 5
SETTLE_S = 10.0


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder), start=()) as site:
        site.start("controller")  # makes the tables, which later starts find
        site.stop("controller")
        for package in ("controller", "api"):
            took = [start_and_stop(site, package) for _ in range(STARTS)]
            middle = sorted(took)[STARTS // 2]
            show(f"{package}: start to ready, median of {STARTS}", middle, "s", 3, at_most=True)
        site.start("controller")
        site.start("api")
        site.get("/v1/racks")
        threading.Event().wait(SETTLE_S)
        memory = {name: resident_mib(child.pid) for name, child in site.children.items()}
        for name, mib in memory.items():
            note(f"{name}: resident memory, idle", mib, "MiB")
        show("both daemons together, idle", sum(memory.values()), "MiB", 180, at_most=True)
        for name, child in site.children.items():
            note(f"{name}: share of one core, idle", cpu_percent(child.pid), "%")


def start_and_stop(site: Running, package: str) -> float:
    """Seconds until the daemon is ready."""
    (site.folder / f"{package}.log").unlink(missing_ok=True)
    begun = monotonic()
    site.start(package)
    took = monotonic() - begun
    site.stop(package, signal.SIGTERM)
    return took


def resident_mib(pid: int) -> float:
    """Resident set size; pages both share count twice."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    resident = next(line for line in lines if line.startswith("VmRSS:"))
    return int(resident.split()[1]) / 1024


def cpu_percent(pid: int, over_s: float = 5.0) -> float:
    """Processor time used while idle, as a share of one core."""
    before = cpu_ticks(pid)
    threading.Event().wait(over_s)
    return (cpu_ticks(pid) - before) / over_s  # 100 ticks a second: already per cent


def cpu_ticks(pid: int) -> int:
    """User and system time so far, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    main()
