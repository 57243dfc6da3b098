"""A million holdings compared: after a thousand changes, after none, and all of them.

``SMART_REPOSITORY_BENCH_HOLDINGS`` sets another size; with ``POSTGRES_BENCH=1`` on PostgreSQL, too.
"""

import os
import random
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter

from sqlalchemy import Engine, create_engine, make_url, select, text

from controller.clock import system_clock
from controller.domain.decision import Decision
from controller.domain.events import DeviceRecovered
from controller.domain.events_presence import TagArrived
from controller.domain.plans import RackPlan
from controller.domain.plans_presence import ListenerKind
from controller.domain.reconciling.layout import Layout
from controller.domain.reconciling.verdicts import Rules
from controller.reconciling.comparing import Comparison, Tally
from controller.store.database import open_engine, upgrade
from controller.store.ledger import Ledger, Unpublished
from controller.store.schema import holdings
from tests.benchmarks.figures import note, show
from tests.postgres import postgres

HOLDINGS = int(os.environ.get("SMART_REPOSITORY_BENCH_HOLDINGS", "1000000"))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LAYOUT = Layout(racks=[RackPlan(id="rack-a", aisles=8, name="A", room="room-1")])
RULES = Rules(settle=timedelta(0))

_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) ",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, {count})) ",
}
_ID = {
    "sqlite": "lower(hex(randomblob(16)))",
    "postgresql": "replace(gen_random_uuid()::text, '-', '')",
}
_FILL = (
    (
        "INSERT INTO holdings (id, source, external_id, reference_code, title, kind, fonds, home,"
        " retention, digest, run_id) {numbers} SELECT {id}, 'archive', i, 'A001-WS·2020-Y-' || i,"
        " 'File', 'file', 'A001', 'rack-a/3/L/' || (1 + i % 9) || '/2', 'Y', '', 'run' FROM n"
    ),
    (
        "INSERT INTO tag_bindings (seq, epc, holding_id, bound_at, bound_by)"
        " SELECT external_id + 10, 'E280' || external_id, id, {long_ago}, 'li' FROM holdings"
    ),
    (
        "INSERT INTO sightings (holding_id, room, spot, source, told_by, person, epc, since,"
        " heard_at,"
        " heard_seq, seq) SELECT id, 'room-1', 'rack-a/' || (1 + external_id % 9) || '/2', 'shelf',"
        " 'shelf-a', '', 'E280' || external_id, {long_ago}, {long_ago}, 1, 1 FROM holdings"
    ),
    "DELETE FROM changed_buckets",
)


def fill(engine: Engine, count: int) -> list[str]:
    """So many holdings, tagged and heard at home, and all compared; some ids of them."""
    backend = engine.dialect.name
    ledger = Ledger(engine, source="bench/controller", compose=Unpublished())
    ledger.add(Decision(events=(DeviceRecovered(at=LONG_AGO, device="shelf-a", detail=""),)))
    ledger.commit()
    ledger.close()
    numbers = _NUMBERS[backend].format(count=count)
    at = "'2026-01-01 00:00:00.000000'" if backend == "sqlite" else "timestamptz '2026-01-01'"
    for statement in _FILL:
        text_id = "CAST(external_id AS INTEGER)" if backend == "sqlite" else "external_id::int"
        filled = statement.format(numbers=numbers, id=_ID[backend], long_ago=at)
        if backend == "postgresql":
            filled = filled.replace("SELECT external_id + 10", f"SELECT {text_id} + 10")
            filled = filled.replace("external_id % 9", f"{text_id} % 9").replace(
                ", i, 'A", ", i::text, 'A"
            )
        with engine.begin() as connection:
            connection.execute(text(filled))
    with engine.begin() as connection:
        if backend == "postgresql":  # its autovacuum would; nobody does so on SQLite
            connection.execute(text("ANALYZE"))
        return list(connection.scalars(select(holdings.c.id).limit(200_000)))


def spoil(engine: Engine, ids: list[str], count: int) -> None:
    """Half of the changes by the catalogue, half by a shelf's antenna."""
    chosen = random.Random(count).sample(ids, count)
    ledger = Ledger(engine, source="bench/controller", compose=Unpublished())
    for holding_id in chosen[count // 2 :]:
        arrived = TagArrived(
            at=system_clock().utc,
            reader="shelf-a",
            listener=ListenerKind.SHELF,
            room="room-1",
            spot="rack-a/11/2",
            epc="E1",
            holding_id=holding_id,
        )
        ledger.add(Decision(events=(arrived,)))
    ledger.commit()
    ledger.close()
    with engine.begin() as connection:
        for holding_id in chosen[: count // 2]:
            connection.execute(
                text("UPDATE holdings SET home = 'rack-a/3/L/12/2' WHERE id = :id"),
                {"id": holding_id},
            )


def compare(engine: Engine, *, full: bool = False) -> tuple[Tally, float]:
    """One counted comparison, and how long it took."""
    began = perf_counter()
    one = Comparison(
        engine=engine,
        layout=LAYOUT,
        rules=RULES,
        source="bench/reconcile",
        compose=Unpublished(),
        clock=system_clock,
    )
    if full:
        one.of_everything()
    else:
        one.of_changes()
    tally = one.finish(full=full)
    one.close()
    return tally, perf_counter() - began


def measure(engine: Engine, name: str) -> None:
    """Fill, spoil, compare."""
    upgrade(engine)
    ids = fill(engine, HOLDINGS)
    goal = 3.0 if HOLDINGS <= 1_000_000 else 30.0
    compare(engine)
    for count in (0, 100, 1000, 10_000):
        spoil(engine, ids, count)
        tally, took = compare(engine)
        what = f"{name}: {HOLDINGS:,} holdings, {count:,} changes"
        if count == 1000:
            show(what, took, "s", goal, at_most=True)
        else:
            note(what, took, "s")
        note("  judged", tally.judged, "holdings")
        note("  found", sum(tally.found.values()), "differences")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    show(f"{name}: peak memory until here", peak, "MiB", 300, at_most=True)
    tally, took = compare(engine, full=True)
    note(f"{name}: everything, {tally.judged:,} holdings", took, "s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    show(f"{name}: peak memory", peak, "MiB", 300, at_most=True)


@contextmanager
def _postgresql() -> Iterator[Engine]:
    with postgres() as url:
        server = create_engine(make_url(url), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text("CREATE DATABASE bench"))
        server.dispose()
        engine = open_engine(make_url(url).set(database="bench").render_as_string(False))
        yield engine
        engine.dispose()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/store.db")
        measure(engine, "SQLite")
        engine.dispose()
    if os.environ.get("POSTGRES_BENCH") == "1":
        with _postgresql() as engine:
            measure(engine, "PostgreSQL")


if __name__ == "__main__":
    main()
