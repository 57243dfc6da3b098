"""What 500 sensors at one minute cost: rules, delays, history, in the controller's real path."""

import resource
import tempfile
from pathlib import Path
from time import process_time
from typing import Any

from controller.domain.decision import Tick
from controller.domain.plans import LimitPlan, SensorPlan
from controller.domain.plans_climate import ClimateRules
from controller.domain.stackroom import Stackroom
from controller.store.database import open_engine, upgrade
from controller.store.ids import new_id
from controller.store.ledger import Ledger, Unpublished
from drivers.observations import ClimateReading, Quality
from tests.benchmarks.figures import show
from tests.domain.rooms import MemoryRegistry, moment

SENSORS = 500
MINUTES = 2


def plan(number: int) -> SensorPlan:
    """One of 500, ten to a room, with both limits on both sides and every rule."""
    delayed: dict[str, Any] = {"deadband": 2.0, "on_delay_s": 1800.0, "off_delay_s": 1800.0}
    limits = (
        LimitPlan(quantity="temperature_c", side="high", limit=24.0, **delayed),
        LimitPlan(quantity="temperature_c", side="low", limit=14.0, **delayed),
        LimitPlan(quantity="relative_humidity_percent", side="high", limit=60.0, **delayed),
        LimitPlan(quantity="relative_humidity_percent", side="low", limit=45.0, **delayed),
    )
    return SensorPlan(
        id=f"th-{number:03d}",
        room=f"room-{number // 10}",
        stale_after_s=180.0,
        limits=limits,
        rules=ClimateRules(),
    )


def main() -> None:
    """Two minutes of readings and ticks; CPU seconds against seconds of air."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'store.db'}")
        upgrade(engine)
        ledger = Ledger(engine, source="bench/controller", compose=Unpublished())
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stackroom = Stackroom(
            doors=[],
            racks=[],
            sensors=[plan(n) for n in range(SENSORS)],
            registry=MemoryRegistry(),
            new_id=new_id,
        )
        began = process_time()
        for tenth in range(MINUTES * 600):
            seconds = tenth / 10
            ledger.add(stackroom.handle(Tick(at=moment(seconds))))
            for number in range(tenth % 600, SENSORS, 600):
                ledger.add(stackroom.handle(_reading(number, seconds)))
            ledger.commit()
        spent = process_time() - began
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
        ledger.close()
        engine.dispose()
    share = 100 * spent / (MINUTES * 60)
    show("500 sensors at one minute, of one core", share, "%", 3, at_most=True)
    show("500 sensors, memory more", grown, "MiB", 60, at_most=True)


def _reading(number: int, seconds: float) -> ClimateReading:
    wobble = 0.1 * ((number + int(seconds / 60)) % 7)
    return ClimateReading(
        at=moment(seconds),
        sensor=f"th-{number:03d}",
        temperature_c=20.0 + wobble,
        relative_humidity_percent=52.0 + wobble,
        quality=Quality.GOOD,
        fault="",
    )


if __name__ == "__main__":
    main()
