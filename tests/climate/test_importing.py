"""``controller import-climate``: once into the history, whatever is handed in how often."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from controller.cli import app
from controller.clock import system_clock
from controller.store import telemetry
from controller.store.climate.tables import reading_hours
from controller.store.database import open_engine, upgrade
from controller.store.schema import journal, outbox, readings, requests
from drivers.observations import ClimateReading, Moment, Quality
from tests.store.plain import rows_of

SITE = """
[site]
id = "test"
name = "Test"
timezone = "UTC"
[database]
url = "sqlite:///{store}"
[trends]
url = "http://127.0.0.1:9"
org = "o"
bucket = "b"
[[rooms]]
id = "room-1"
name = "Room 1"
[[sensors]]
id = "th-01"
name = "Sensor"
room = "room-1"
link = {{kind = "modbus", url = "tcp://127.0.0.1:502"}}
limits = [{{quantity = "temperature_c", side = "high", limit = 10.0}}]
"""
TEN = timedelta(minutes=10)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE.format(store=tmp_path / "store.db"))
    return path


@pytest.fixture
def engine(tmp_path: Path) -> Any:
    made = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(made)
    yield made
    made.dispose()


def log(path: Path, begin: datetime, count: int, warmth: float = 20.0) -> Path:
    rows = [f"{begin + n * TEN:%Y-%m-%dT%H:%M:%SZ},{warmth + n % 3},50" for n in range(count)]
    path.write_text("time,temp,rh\n" + "\n".join(rows))
    return path


def given(site: Path, *arguments: str | Path) -> tuple[int, Mapping[str, Any]]:
    words = ["import-climate", str(site), *map(str, arguments), "--sensor", "th-01", "--json"]
    done = CliRunner().invoke(app, words)
    return done.exit_code, json.loads(done.stdout) if done.stdout else {"stderr": done.stderr}


def state(engine: Engine) -> list[list[dict[str, Any]]]:
    return [rows_of(engine, table) for table in (readings, reading_hours, outbox)]


def days_ago(days: int) -> datetime:
    now = system_clock().utc.replace(minute=0, second=0, microsecond=0)
    return now - timedelta(days=days)


def test_ten_thousand_rows_come_in_once_and_raise_nothing(
    tmp_path: Path, site: Path, engine: Engine
) -> None:
    """Seventy days: some of them older than readings are kept."""
    file = log(tmp_path / "logger.csv", days_ago(70), 10_000)
    code, told = given(site, file)
    assert code == 0
    assert (told["readings"], told["new"], told["conflicts"]) == (10_000, 10_000, 0)
    assert told["hours_written"] > 900
    before = state(engine)
    assert len(before[2]) == 10_000
    assert sum(row["readings"] for row in before[1]) == 10_000
    assert all(row["minutes"].bit_count() == 60 for row in before[1][1:-1])
    code, told = given(site, file)
    assert (code, told["new"], told["known"]) == (0, 0, 10_000)
    assert state(engine) == before
    for table in (journal, requests):
        assert rows_of(engine, table) == []


def test_a_plan_says_the_same_and_writes_nothing(
    tmp_path: Path, site: Path, engine: Engine
) -> None:
    file = log(tmp_path / "logger.csv", days_ago(33), 1000)
    _, planned = given(site, file, "--plan")
    assert state(engine) == [[], [], []]
    _, done = given(site, file)
    assert planned == {**done, "written": False}


def test_what_is_there_stays_and_the_conflict_is_told(
    tmp_path: Path, site: Path, engine: Engine
) -> None:
    at = days_ago(2)
    kept = ClimateReading(
        at=Moment(utc=at, monotonic_s=0.0), sensor="th-01", temperature_c=17.0,
        relative_humidity_percent=50.0, quality=Quality.GOOD, fault="",
    )  # fmt: skip
    with engine.begin() as connection:
        telemetry.append(connection, [kept])
    code, told = given(site, log(tmp_path / "logger.csv", at, 6))
    assert code == 3
    assert (told["new"], told["conflicts"]) == (5, 1)
    assert told["told"][0]["kept_temperature_c"] == 17.0
    assert told["told"][0]["found_temperature_c"] == 20.0
    with engine.connect() as connection:
        value = connection.scalar(text("SELECT temperature_c FROM readings ORDER BY at LIMIT 1"))
    assert value == 17.0


def test_what_the_sensor_had_not_said_fills_its_gap_of_long_ago(
    tmp_path: Path, site: Path, engine: Engine
) -> None:
    """Half an hour was known; the logger has the whole of it."""
    at = days_ago(60)
    live = [
        ClimateReading(
            at=Moment(utc=at + timedelta(minutes=n), monotonic_s=0.0), sensor="th-01",
            temperature_c=18.0, relative_humidity_percent=50.0, quality=Quality.GOOD, fault="",
        )
        for n in range(30)
    ]  # fmt: skip
    with engine.begin() as connection:
        telemetry.append(connection, live)
    assert given(site, log(tmp_path / "logger.csv", at, 6))[1]["hours_written"] == 1
    (hour,) = rows_of(engine, reading_hours)
    assert hour["minutes"].bit_count() == 60


def test_what_was_measured_later_than_now_is_left_out(tmp_path: Path, site: Path) -> None:
    begin = datetime.now(UTC).replace(microsecond=0) - 2 * TEN  # noqa: DTZ -- tests
    code, told = given(site, log(tmp_path / "logger.csv", begin, 20))
    assert code == 0
    assert (told["readings"], told["from_the_future"]) == (3, 17)


@pytest.mark.parametrize("words", [("--sensor", "th-99"), ("--zone", "Mars/Olympus")])
def test_a_wrong_name_is_told(tmp_path: Path, site: Path, words: tuple[str, str]) -> None:
    file = log(tmp_path / "logger.csv", days_ago(1), 5)
    arguments = ["import-climate", str(site), str(file), "--sensor", "th-01", *words]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert words[1] in done.stderr
