"""From a person's wish in the store to the bank's hand, or to the refusal that can be read.

The real intake, deciding thread and store (``synchronous=FULL``); only the bank is a hand that
notes when it was told. Wishes are filed as the API files them, one after the other, half of them
while somebody stands in an aisle.
"""

import tempfile
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from time import monotonic

from sqlalchemy import Engine

from controller.clock import system_clock
from controller.daemon import Daemon
from controller.domain.plans import RackPlan
from controller.domain.stackroom import Stackroom
from controller.intake import Intake
from controller.store.ballast import Ballast
from controller.store.database import open_engine, upgrade
from controller.store.ids import new_id
from controller.store.ledger import Ledger, Unpublished
from controller.store.requests import answer_of, file_request
from drivers.commands import Command, OpenAisle
from drivers.observations import CommandOutcome, DeviceBack, Outcome, Presence, RackMode, RackStatus
from drivers.ports import Emit
from tests.benchmarks.figures import note, percentile, show

WISHES = 400
AISLES = 7
GOAL_MS = 100.0


class Hand:
    """A bank that reports five times a second and does at once what it is told."""

    name = "rack-a"

    def __init__(self) -> None:
        self.occupied = False
        self.told: dict[str, float] = {}
        self._emit: Emit | None = None

    def counters(self) -> Mapping[str, int]:
        return {}

    def run(self, emit: Emit, stop: threading.Event) -> None:
        self._emit = emit
        emit(DeviceBack(at=system_clock(), device=self.name, detail=""))
        self.look()
        while not stop.wait(0.2):
            self.look()

    def look(self) -> None:
        assert self._emit is not None
        first = Presence.OCCUPIED if self.occupied else Presence.CLEAR
        self._emit(
            RackStatus(
                at=system_clock(),
                rack=self.name,
                mode=RackMode.IDLE,
                open_aisle=None,
                presence=(first, *[Presence.CLEAR] * (AISLES - 1)),
                fault_code=0,
            )
        )

    def submit(self, command: Command) -> None:
        if isinstance(command, OpenAisle) and self._emit is not None:
            self.told[command.command_id] = monotonic()
            self._emit(
                CommandOutcome(
                    at=system_clock(),
                    device=self.name,
                    command_id=command.command_id,
                    outcome=Outcome.DONE,
                    detail="",
                )
            )


def measure(engine: Engine, hand: Hand) -> tuple[list[float], list[float]]:
    """Milliseconds from filing to the bank's hand, and to the refusal."""
    started, refused = [], []
    pause = threading.Event()
    for number in range(WISHES):
        if number == WISHES // 2:
            hand.occupied = True
            hand.look()
        body = {"rack": "rack-a", "aisle": number % AISLES + 1}
        began = monotonic()
        with engine.begin() as connection:
            request_id = file_request(
                connection, "RequestAisle", body, by="bench", computer="bench",
                now=system_clock().utc, lifetime=timedelta(seconds=5),
            )  # fmt: skip
        while True:
            with engine.connect() as connection:
                filed = answer_of(connection, request_id)
            if filed is not None and filed.answered_at is not None:
                break
            pause.wait(0.001)
        if filed.state == "accepted":
            while filed.detail["command_id"] not in hand.told:
                pause.wait(0.001)
            started.append((hand.told[filed.detail["command_id"]] - began) * 1000)
        else:
            refused.append((monotonic() - began) * 1000)
        pause.wait(0.01)
    return started, refused


def main() -> None:
    """Print both figures."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'store.db'}")
        upgrade(engine)
        hand, stop = Hand(), threading.Event()
        ledger = Ledger(engine, source="bench/controller", compose=Unpublished())
        daemon = Daemon(
            stackroom=Stackroom(
                doors=(),
                racks=(RackPlan(id="rack-a", aisles=AISLES),),
                sensors=(),
                registry=ledger.registry,
                new_id=new_id,
            ),
            ledger=ledger,
            devices=[hand],
            actuators={hand.name: hand},
            halt=lambda: None,
            ballast=Ballast(engine, size_bytes=4096),
            clock=system_clock,
            clock_stepped=lambda: None,
        )
        intake = Intake(engine, system_clock, daemon.post)
        thread = threading.Thread(target=daemon.run, args=(stop, {"intake": intake.run}))
        thread.start()
        try:
            started, refused = measure(engine, hand)
        finally:
            stop.set()
            thread.join()
            ledger.close()
            engine.dispose()
    note("start of an aisle, filed to told, p50", percentile(started, 50), "ms")
    show("start of an aisle, filed to told, p99", percentile(started, 99), "ms", GOAL_MS,
         at_most=True)  # fmt: skip
    show("refusal of an aisle, filed to readable, p99", percentile(refused, 99), "ms", GOAL_MS,
         at_most=True)  # fmt: skip


if __name__ == "__main__":
    main()
