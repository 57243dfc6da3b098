"""Whereabouts by reference code over HTTP with a million holdings, an API key checked each time.

A hundred thousand boxes hold nine files each; every second box has passed a door, so half of the
files answer by their box's passage. Load comes from wrk; without it only one caller is measured.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

from sqlalchemy import text

from controller.store import schema
from controller.store.accounts import By, Role
from controller.store.database import open_engine, upgrade
from controller.store.keys import Keys
from tests.benchmarks.figures import note, percentile, show
from tests.services import eventually, free_port, listens

HOLDINGS = 1_000_000
CODES = 500
SECONDS = 8
LAYOUT = sha256(Path(schema.__file__).read_bytes()).hexdigest()[:12]
FOLDER = Path(tempfile.gettempdir()) / f"smart-repository-bench-api-{LAYOUT}"
"""Kept between runs: filling the store takes about half a minute."""

SITE = """
[site]
id = "bench"
name = "Bench"
[database]
url = "sqlite:///{database}"
[[rooms]]
id = "room-1"
name = "Room 1"
"""


@dataclass(frozen=True)
class Load:
    """What one run of wrk measured."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Of the server's processes, for one request."""


def main() -> None:
    """Measure and print."""
    site, key = prepare()
    with serving(site, workers=1) as (base, pid):
        show("one caller, p50", one_caller(base, key), "ms", 1, at_most=True)
        if shutil.which("wrk") is None:
            print("wrk is not installed: the figures under load are left out")
            return
        point = load(base, key, pid, POINT, connections=16)
        show("16 connections, 1 worker", point.per_second, "requests/s", 1500, at_most=False)
        show("16 connections, 1 worker, p99", point.p99_ms, "ms", 25, at_most=True)
        note("16 connections, 1 worker, server CPU", point.cpu_us, "us/request")
        bulk = load(base, key, pid, BULK, connections=4)
        show("500 codes a POST, 4 connections", bulk.per_second, "requests/s", 150, at_most=False)
        note("500 codes a POST, 4 connections, p99", bulk.p99_ms, "ms")
        note("500 codes a POST, server CPU", bulk.cpu_us, "us/request")
    with serving(site, workers=2) as (base, pid):
        both = load(base, key, pid, POINT, connections=16)
        show("16 connections, 2 workers", both.per_second, "requests/s", 3000, at_most=False)
        note("16 connections, 2 workers, p99", both.p99_ms, "ms")


# --- the store -------------------------------------------------------------------------------


def prepare() -> tuple[Path, str]:
    """The site file of a store with a million holdings, and a key; made once."""
    site, key = FOLDER / "site.toml", FOLDER / "key"
    if not key.exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir()
        fill(FOLDER / "bench.db")
        site.write_text(SITE.format(database=FOLDER / "bench.db"))
        key.write_text(make_key(FOLDER / "bench.db"))
    return site, key.read_text()


def make_key(database: Path) -> str:
    """A reader's key."""
    engine = open_engine(f"sqlite:///{database}")
    by = By(name="bench", computer="here", at=datetime.now(UTC))
    key = Keys(engine).add("bench", Role.READER, by)
    engine.dispose()
    return key


def fill(database: Path) -> None:
    """A million holdings by SQL: what an import and two years of passages would leave."""
    print(f"filling a store with {HOLDINGS:,} holdings …", file=sys.stderr)
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    with engine.begin() as connection:
        for statement in FILLING:
            connection.execute(text(statement))
    with engine.connect() as connection:
        connection.execute(text("PRAGMA optimize"))
    engine.dispose()


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {most})"
_BOX = "printf('b%035d', {i})"
_AT = "'2026-11-20 08:00:00.000000'"
FILLING = (  # ten rows a box: the box itself, then its nine files
    f"""INSERT INTO holdings (id, source, external_id, reference_code, title, kind, fonds, home,
            parent_id, barcode, retention, year, pages, digest, run_id)
        {_NUMBERS.format(most=HOLDINGS - 1)}
        SELECT CASE i % 10 WHEN 0 THEN {_BOX.format(i="i / 10")} ELSE printf('f%035d', i) END,
            'bench', printf('x%d', i), printf('J%03d-WS·2021-D30-%06d', i % 40, i),
            printf('土地征收补偿协议 %d', i), CASE i % 10 WHEN 0 THEN 'box' ELSE 'file' END,
            printf('J%03d', i % 40), printf('room-1/A/%02d/%02d', i % 33, i % 7),
            CASE i % 10 WHEN 0 THEN NULL ELSE {_BOX.format(i="i / 10")} END,
            printf('3%010d', i), '永久', 2021, 12, '', 'run' FROM n""",  # noqa: S608 -- our own constants
    f"""INSERT INTO journal (seq, id, source, at, kind, holding_id, body)
        {_NUMBERS.format(most=HOLDINGS // 20 - 1)}
        SELECT i + 1, printf('e%035d', i), 'bench/controller', {_AT}, 'PassageDetected',
            {_BOX.format(i="2 * i")}, '{{}}' FROM n""",  # noqa: S608 -- our own constants
    f"""INSERT INTO whereabouts (holding_id, place, since, door, direction, confidence, passage_id,
            seq)
        SELECT holding_id, 'room-1', {_AT}, 'door-north', 'in', 0.98, 'p' || substr(id, 2), seq
        FROM journal""",  # noqa: S608
    f"""INSERT INTO heartbeat (writer, started_at, beat_at, state, counters)
        VALUES ('bench/controller', {_AT}, {_AT}, 'running', '{{}}')""",  # noqa: S608
)


def some_code(chance: random.Random) -> str:
    """The reference code of any holding."""
    i = chance.randrange(HOLDINGS)
    return f"J{i % 40:03d}-WS·2021-D30-{i:06d}"


# --- the server ------------------------------------------------------------------------------


@contextmanager
def serving(site: Path, *, workers: int) -> Iterator[tuple[str, int]]:
    """The API as a site runs it; its base URL and process id."""
    port = free_port()
    command = [sys.executable, "-m", "api", "run", str(site)]
    command += ["--port", str(port), "--workers", str(workers)]
    with subprocess.Popen(command) as server:
        try:
            base = f"http://127.0.0.1:{port}"
            eventually(lambda: listens(port), bool, 60)
            eventually(lambda: healthy(port), bool, 60)
            yield base, server.pid
        finally:
            server.terminate()
            server.wait(20)


def healthy(port: int) -> bool:
    """Whether a request is answered at all."""
    caller = HTTPConnection("127.0.0.1", port, timeout=60)
    caller.request("GET", "/health")
    return caller.getresponse().status < 600


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children so far."""
    ticks = sum(int(n) for n in Path(f"/proc/{pid}/stat").read_text().rsplit(")")[1].split()[11:13])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return ticks / os.sysconf("SC_CLK_TCK") + sum(cpu_seconds(int(child)) for child in children)


# --- the load --------------------------------------------------------------------------------


def one_caller(base: str, key: str) -> float:
    """Median time of a request on one connection, milliseconds."""
    chance, times = random.Random(1), []
    caller = HTTPConnection(base.removeprefix("http://"))
    for _ in range(2000):
        path = "/v1/whereabouts?" + urlencode({"code": some_code(chance)})
        began = perf_counter()
        caller.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        answer = caller.getresponse()
        answer.read()
        times.append(1000 * (perf_counter() - began))
        assert answer.status == 200
    caller.close()
    return percentile(times, 50)


POINT = f"""
math.randomseed(os.time())
request = function()
  local i = math.random(0, {HOLDINGS - 1})
  local code = string.format("J%03d-WS%%C2%%B72021-D30-%06d", i % 40, i)
  return wrk.format("GET", "/v1/whereabouts?code=" .. code)
end
"""
BULK = """
wrk.headers["Content-Type"] = "application/json"
local bodies = {}
for line in io.lines("BODIES") do bodies[#bodies + 1] = line end
local at = 0
request = function()
  at = at % #bodies + 1
  return wrk.format("POST", "/v1/whereabouts", nil, bodies[at])
end
"""


def load(base: str, key: str, pid: int, script: str, *, connections: int) -> Load:
    """One run of wrk with that script; every answer has to be a good one."""
    chance = random.Random(2)
    with tempfile.TemporaryDirectory() as folder:
        bodies, lua = Path(folder) / "bodies", Path(folder) / "load.lua"
        lines = [
            json.dumps({"codes": [some_code(chance) for _ in range(CODES)]}) for _ in range(50)
        ]
        bodies.write_text("\n".join(lines))
        lua.write_text(script.replace("BODIES", str(bodies)))
        wrk = ["wrk", "-t1", f"-c{connections}", "--latency", "-s", str(lua)]
        wrk += ["-H", f"Authorization: Bearer {key}"]
        subprocess.run([*wrk, "-d2s", base], check=True, capture_output=True)  # warm
        before = cpu_seconds(pid)
        ran = subprocess.run(
            [*wrk, f"-d{SECONDS}s", base], check=True, capture_output=True, text=True
        )
        used = cpu_seconds(pid) - before
    return read_wrk(ran.stdout, used)


def read_wrk(said: str, used_s: float) -> Load:
    """What wrk printed, as numbers."""
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    count = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert count is not None
    assert rate is not None
    return Load(
        per_second=float(rate[1]),
        p50_ms=_milliseconds(said, 50),
        p99_ms=_milliseconds(said, 99),
        cpu_us=1e6 * used_s / int(count[1]),
    )


def _milliseconds(said: str, percent: int) -> float:
    found = re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s)", said)
    assert found is not None
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


if __name__ == "__main__":
    main()
