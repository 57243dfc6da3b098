"""A store written before there were hours gets those of the readings it has."""

from datetime import timedelta
from pathlib import Path

from alembic import command
from sqlalchemy import text

from controller.store.climate.history import LocalHistory
from controller.store.database import begin_write, open_engine, upgrade
from controller.store.migrations import running
from tests.store.events import NOON


def test_readings_of_a_store_of_the_version_before_are_summed_up(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.begin() as connection:
        begin_write(connection)
        config = running._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
        for minute, value, quality in ((0, 20.0, "good"), (1, 22.0, "good"), (2, 99.0, "bad")):
            connection.execute(
                text("INSERT INTO readings VALUES ('th-01', :at, :t, NULL, :quality, '')"),
                {
                    "at": f"{NOON + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S.000000}",
                    "t": value,
                    "quality": quality,
                },
            )
    upgrade(engine)
    with engine.connect() as connection:
        found = LocalHistory(connection).hours(
            ["th-01"], since=NOON, until=NOON + timedelta(hours=1)
        )
    (hour,) = found["th-01"]
    assert (hour.readings, round(60 * hour.coverage)) == (2, 2)
    assert hour.temperature_c is not None
    assert (hour.temperature_c.lowest, hour.temperature_c.mean, hour.temperature_c.highest) == (
        20.0, 21.0, 22.0,
    )  # fmt: skip
    assert hour.relative_humidity_percent is None
    engine.dispose()
