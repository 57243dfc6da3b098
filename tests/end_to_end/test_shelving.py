"""A mobile bank, a lift and a crane on one gateway, and a bank that speaks frames over UDP."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from controller.domain.model_machines import MachineVerb
from controller.store.database import open_engine
from controller.store.requests import file_request
from drivers.profiles import Profile, find_profile, load_profile
from simulators.bench import Bench
from simulators.serving import Place, served
from simulators.udp_bank import UdpBankSimulator
from tests.services import eventually

SITE = """
[site]
id = "s"
name = "S"
[database]
url = "{database}"
[[rooms]]
id = "room-1"
name = "R"
[[racks]]
id = "rack-a"
name = "A"
room = "room-1"
columns = 8
link = {{ kind = "modbus", url = "{url}", unit = 1 }}
[[racks]]
id = "rack-u"
name = "U"
room = "room-1"
columns = 6
link = {{ kind = "bank-udp", host = "127.0.0.1", port = {udp}, allow_without_watchdog = true }}
[[machines]]
id = "lift-1"
name = "L"
room = "room-1"
kind = "lift"
trays = 20
link = {{ url = "{url}", unit = 2 }}
[[machines]]
id = "crane-1"
name = "C"
room = "room-1"
kind = "crane"
rows = 2
columns = 5
levels = 4
link = {{ url = "{url}", unit = 3 }}
"""


DEVICES = ("rack-a", "rack-u", "lift-1", "crane-1")


def profiles() -> list[Profile]:
    return [
        load_profile(find_profile("shelving/mobile-shelving.toml"), columns=8),
        load_profile(find_profile("shelving/vertical-lift.toml"), trays=20, bays=1),
        load_profile(find_profile("shelving/stacker-crane.toml"), rows=2, columns=5, levels=4),
    ]


class Hall:
    """The controller as a process of its own, and people who ask it for things."""

    def __init__(self, folder: Path, bench: Bench, udp: UdpBankSimulator) -> None:
        self.bench, self.udp = bench, udp
        self.site = folder / "site.toml"
        self.log = folder / "controller.log"
        url = f"sqlite:///{folder / 'store.db'}"
        line = next(iter(bench.subjects.values())).line.url
        self.site.write_text(SITE.format(database=url, url=line, udp=udp.port), encoding="utf-8")
        self.engine: Engine = open_engine(url)
        self.child: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        before = self.pictures() if self.starts else dict.fromkeys(DEVICES, 0)
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "controller", "run", str(self.site)]
            self.child = subprocess.Popen(command, stdout=log, stderr=log)
        self.starts += 1
        eventually(lambda: self.log.read_text().count("ready:"), lambda n: n == self.starts, 20.0)
        eventually(self.pictures, lambda now: all(now[d] > before[d] for d in DEVICES), 20.0)

    def pictures(self) -> dict[str, int]:
        """How often each device was told to stand differently; once after every start at least."""
        told = [e["rack"] for e in self.events("RackChanged")]
        told += [e["machine"] for e in self.events("MachineChanged")]
        return {device: told.count(device) for device in DEVICES}

    def die(self, with_signal: int = signal.SIGKILL) -> None:
        if self.child is not None:
            self.child.send_signal(with_signal)
            self.child.wait(10)
            self.child = None

    def ask(self, by: str, kind: str, **body: object) -> str:
        with self.engine.begin() as connection:
            return file_request(
                connection, kind, body, by=by, computer="test", now=datetime.now(UTC),
                lifetime=timedelta(seconds=60),
            )  # fmt: skip

    def answered(self, by: str, kind: str, **body: object) -> str:
        """The code of the answer."""
        request_id = self.ask(by, kind, **body)

        def code() -> str | None:
            query = text("SELECT code FROM requests WHERE id = :id")
            with self.engine.connect() as connection:
                found: str | None = connection.execute(query, {"id": request_id}).scalar()
                return found

        return str(eventually(code, bool, 20.0))

    def events(self, kind: str) -> list[dict[str, Any]]:
        query = text("SELECT body FROM journal WHERE kind = :kind ORDER BY seq")
        with self.engine.connect() as connection:
            rows = connection.execute(query, {"kind": kind}).scalars().all()
        return [json.loads(body) for body in rows]

    def wait_for(self, kind: str, **facts: object) -> dict[str, Any]:
        def fitting() -> list[dict[str, Any]]:
            return [e for e in self.events(kind) if all(e[k] == v for k, v in facts.items())]

        return eventually(fitting, bool, 30.0)[-1]

    def bank(self) -> dict[str, Any]:
        """What the mobile bank itself would say now."""
        said: dict[str, Any] = self.bench.picture()["mobile-shelving"]["values"]
        return said


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with ExitStack() as stack:
        bench = stack.enter_context(served(profiles(), Place(rtu_tcp=0)))
        udp = stack.enter_context(UdpBankSimulator(columns=6))
        stack.enter_context(passing(udp.advance))
        made = Hall(tmp_path, bench, udp)
        stack.callback(made.engine.dispose)
        stack.callback(made.die, signal.SIGTERM)
        made.start()
        yield made


@contextmanager
def passing(advance: Callable[[float], None]) -> Iterator[None]:
    """Time, for what is not on the bench."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.02):
            advance(0.02)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_all_kinds_of_machines_serve_people_side_by_side(hall: Hall) -> None:
    assert hall.answered("lin", "ReserveAisle", rack="rack-a", aisle=2) == "accepted"
    assert hall.answered("lin", "RequestAisle", rack="rack-u", aisle=2) == "accepted"
    bring = MachineVerb.BRING.value
    fetch = {"machine": "lift-1", "verb": bring, "target": "3", "opening": 1}
    carry = {"machine": "crane-1", "verb": bring, "target": "1/1/1", "opening": 1}
    assert hall.answered("lin", "MoveMachine", **fetch) == "accepted"
    assert hall.answered("lin", "MoveMachine", **carry) == "accepted"
    assert hall.answered("wang", "ReserveAisle", rack="rack-a", aisle=3) == "accepted"

    opened = hall.wait_for("AisleOpened", rack="rack-a")
    hall.wait_for("AisleOpened", rack="rack-u")
    assert opened["aisle"] == 2  # wang waits
    hall.wait_for("MachineDone", machine="lift-1")
    assert "3" in hall.wait_for("MachineChanged", machine="lift-1", presents="3")["presents"]
    assert hall.answered("lin", "StopMachine", machine="crane-1") == "accepted"


def test_an_emergency_stop_at_the_bank_cancels_whoever_waits(hall: Hall) -> None:
    hall.answered("lin", "ReserveAisle", rack="rack-a", aisle=7)
    hall.answered("wang", "ReserveAisle", rack="rack-a", aisle=1)
    hall.wait_for("RackChanged", rack="rack-a", mode="moving")

    hall.bench.poke({"device": "mobile-shelving", "do": "press_emergency_stop"})

    cancelled = hall.wait_for("QueueCancelled", rack="rack-a")
    assert "wang" in cancelled["waiting"]
    numbered = hall.bank()["ack_seq"]
    hall.bench.poke({"device": "mobile-shelving", "do": "release_emergency_stop"})
    hall.bench.poke({"device": "mobile-shelving", "do": "reset_locally"})
    hall.wait_for("RackChanged", rack="rack-a", mode="idle")
    assert hall.bank()["ack_seq"] == numbered  # nobody's aisle is opened by itself


def test_a_killed_controller_stops_the_shelf_and_the_next_one_resends_nothing(hall: Hall) -> None:
    hall.answered("lin", "ReserveAisle", rack="rack-a", aisle=7)
    hall.answered("wang", "ReserveAisle", rack="rack-a", aisle=1)
    hall.wait_for("RackChanged", rack="rack-a", mode="moving")

    hall.die()
    eventually(lambda: "moving" in hall.bank()["status"], lambda moving: not moving, 10.0)
    numbered, stands = hall.bank()["ack_seq"], hall.bank()["column_position"]
    hall.start()

    hall.wait_for("AisleFailed", rack="rack-a", outcome="failed", detail="watchdog")
    assert hall.bank()["ack_seq"] == numbered  # nothing was sent again
    assert hall.bank()["column_position"] == stands  # and nothing resumed
    assert [r["by"] for r in hall.events("AisleReserved")] == ["lin", "wang"]
