"""``reconcile`` as typed, and the thread that compares beside the deciding one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from controller.cli import app
from controller.reconciling.comparing import Comparison
from controller.reconciling.continuous import Continuous
from controller.store.database import StoreBusy
from tests.store.reconciling.archive import DAY, Archive


@pytest.fixture
def archive(store_engine: Engine) -> Iterator[Archive]:
    made = Archive(store_engine)
    made.catalogue(1, home="nowhere")
    yield made
    made.close()


@pytest.fixture
def site(tmp_path: Path, store_url: str) -> Path:
    """A site with one rack, over the same store."""
    path = tmp_path / "site.toml"
    path.write_text(
        f"""
        [site]
        id = "t-01"
        name = "test"
        [database]
        url = "{store_url}"
        [[rooms]]
        id = "room-1"
        name = "one"
        [[racks]]
        id = "rack-a"
        name = "A"
        room = "room-1"
        columns = 4
        link = {{ kind = "modbus-tcp", host = "192.0.2.1" }}
        """,
        encoding="utf-8",
    )
    return path


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["reconcile", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_a_plan_tells_and_writes_nothing_then_the_run_writes_and_then_all_is_told(
    archive: Archive, site: Path
) -> None:
    code, out, _ = run(site, "--plan", "--json")
    planned = json.loads(out)
    assert (code, planned["plan"], planned["found"]) == (0, True, {"C5": 1})
    assert planned["examples"][0]["catalogue_home"] == "nowhere"
    assert archive.register() == archive.runs() == []
    assert run(site)[:2] == (0, "C5 place unknown: 1\n")
    again = json.loads(run(site, "--full", "--json")[1])
    assert (again["found"], again["standing"], again["judged"]) == ({}, 1, 1)
    assert [row["full"] for row in archive.runs()] == [False, True]


def test_a_site_file_that_is_none_is_one_message(tmp_path: Path) -> None:
    code, out, err = run(tmp_path / "none.toml")
    assert (code, out) == (1, "")
    assert "cannot be read" in err


def test_the_thread_compares_when_something_happened_or_the_calendar_says_so(
    archive: Archive,
) -> None:
    thread = Continuous(archive.engine, archive.begin, archive.clock)
    thread.look()
    assert archive.standing() == {"C5 1": "open"}
    assert thread.counters()["found"] == 1
    thread.look()
    thread.look()
    settled = thread.counters()["comparisons"]
    thread.look()
    assert thread.counters()["comparisons"] == settled  # nothing happened
    assert archive.runs() == []
    thread.due()
    thread.look()
    thread.full_due()
    archive.now += DAY
    thread.look()
    assert [row["full"] for row in archive.runs()] == [False, True]


def test_what_was_due_stays_due_when_the_store_is_busy(archive: Archive) -> None:
    busy = [StoreBusy("locked")]

    def begin() -> Comparison:
        if busy:
            raise busy.pop()
        return archive.begin()

    thread = Continuous(archive.engine, begin, archive.clock)
    thread.full_due()
    with pytest.raises(StoreBusy):
        thread.look()
    thread.look()
    assert [row["full"] for row in archive.runs()] == [True]
