"""A comparison that is killed leaves whole parts; the next one does the rest, and nothing twice."""

import subprocess
import sys

import pytest

from controller.store.database import open_engine
from controller.store.rebuild import rebuild
from controller.store.reconciling import work
from tests.store.reconciling.archive import HOUR, Archive


@pytest.mark.parametrize("event", [1, 140])
def test_killed_in_the_middle_leaves_nothing_wrong(store_url: str, event: int) -> None:
    """150 files whose place is unknown, in as many buckets, 128 of which are a part."""
    engine = open_engine(store_url)
    archive = Archive(engine)
    for number in range(150):
        archive.catalogue(number, home="nowhere")
    dying = subprocess.Popen(
        [sys.executable, "-m", "tests.store.reconciling.dying", store_url, str(event)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert dying.stdout is not None
    assert dying.stdout.readline() == "here\n"
    dying.kill()
    dying.wait()
    dying.stdout.close()
    before = len(archive.register())
    with engine.connect() as connection:
        assert len(work.marks(connection, limit=1000)) == 150 - before
    assert before in (0, 128)
    archive.now += 48 * HOUR
    assert archive.compare().found == {"C5": 150 - before}
    assert archive.compare().found == {}
    assert {row["occurrences"] for row in archive.register()} == {1}
    assert len(archive.register()) == 150
    assert rebuild(engine) == []
    archive.close()
    engine.dispose()
