"""A writer that is killed at any moment loses nothing it had acknowledged and leaves no half."""

import subprocess
import sys
from random import Random

from sqlalchemy import Engine, text

from controller.store.rebuild import rebuild
from controller.store.schema import journal, outbox
from tests.store.plain import rows_of

KILLS = 4

WRITER = """
import sys
from controller.domain.decision import Decision
from controller.store.database import open_engine
from controller.store.ledger import Ledger
from tests.store.events import passage
from tests.store.plain import Published

number = int(sys.argv[2])
ledger = Ledger(open_engine(sys.argv[1]), source="site-1/controller", compose=Published())
while True:
    for _ in range(1 + number % 40):
        number += 1
        ledger.add(Decision(events=(passage(number, holding_id=f"h{number % 50}"),)))
    ledger.commit()
    print(number, flush=True)
"""


def test_nothing_acknowledged_is_lost_and_nothing_is_left_half_done(
    store_url: str, store_engine: Engine
) -> None:
    random = Random(7)  # where in its work the writer is hit
    acknowledged: list[int] = []
    for attempt in range(KILLS):
        acknowledged += _write_until_killed(store_url, attempt * 1_000_000, random.randint(1, 8))

    rows = rows_of(store_engine, journal)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    written = [row["body"]["passage_id"] for row in rows]
    assert len(set(written)) == len(written)
    assert {f"p{number}" for number in acknowledged} <= set(written)
    assert [row["seq"] for row in rows_of(store_engine, outbox)] == [row["seq"] for row in rows]
    assert rebuild(store_engine) == []
    if store_engine.dialect.name == "sqlite":
        with store_engine.connect() as connection:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def _write_until_killed(url: str, start: int, commits: int) -> list[int]:
    """Kill the writer while it works on; the passages it had acknowledged until then."""
    command = [sys.executable, "-c", WRITER, url, str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(commits)]
        child.kill()
        # what the pipe still holds was acknowledged before the kill; its last line may be cut
        lines += [line for line in child.stdout if line.endswith(b"\n")]
    return list(range(start + 1, int(lines[-1]) + 1))
