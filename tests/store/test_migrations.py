"""The migrations make exactly the tables the code knows, and guard the record."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from controller.domain.decision import Decision
from controller.store import database
from controller.store.database import (
    StoreBusy,
    StoreError,
    WrongVersion,
    open_engine,
    require_current,
    upgrade,
)
from controller.store.journal import epoch_of
from controller.store.ledger import Ledger
from controller.store.migrations import running
from controller.store.tables import metadata
from tests.store.events import passage
from tests.store.plain import Unpublished


def test_migrating_gives_exactly_the_tables_of_the_schema(store_engine: Engine) -> None:
    with store_engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(store_engine: Engine) -> None:
    with store_engine.connect() as connection:
        before = epoch_of(connection)
    upgrade(store_engine)
    require_current(store_engine)
    with store_engine.connect() as connection:
        assert epoch_of(connection) == before


def test_every_store_has_an_epoch_of_its_own(tmp_path: Path) -> None:
    epochs = set()
    for name in ("a.db", "b.db"):
        engine = open_engine(f"sqlite:///{tmp_path / name}")
        upgrade(engine)
        with engine.connect() as connection:
            epochs.add(epoch_of(connection))
        engine.dispose()
    assert len(epochs) == 2


def test_a_missing_store_is_named_with_what_to_run(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(WrongVersion, match="run"):
        require_current(engine)
    assert not (tmp_path / "none.db").exists()


def test_a_store_without_tables_is_refused_with_what_to_run(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    with pytest.raises(WrongVersion, match="run"):
        require_current(engine)
    engine.dispose()


@pytest.mark.parametrize("check", [upgrade, require_current])
def test_a_store_from_the_future_is_left_alone(store_engine: Engine, check: object) -> None:
    with store_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert callable(check)
    with pytest.raises(WrongVersion, match="9999"):
        check(store_engine)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such folder"):
        open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("no database, but long enough to be looked at" * 50)
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with pytest.raises(StoreError, match=r"store\.db.*not a database"):
        upgrade(engine)
    engine.dispose()


def test_reading_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}", read_only=True)
    with pytest.raises(StoreError, match=r"store\.db"):
        engine.connect()
    assert not (tmp_path / "store.db").exists()


def test_a_read_only_store_takes_no_write(store_url: str) -> None:
    engine = open_engine(store_url, read_only=True)
    with engine.connect() as connection:
        assert epoch_of(connection)
        with pytest.raises((StoreError, DBAPIError)):
            connection.execute(text("DELETE FROM outbox"))
    engine.dispose()


def test_a_server_that_is_not_there_is_busy_and_its_password_not_told(tmp_path: Path) -> None:
    url = f"postgresql://li@/store?host={tmp_path}"
    engine = open_engine(url, password="open sesame")
    with pytest.raises(StoreBusy, match=r"li:\*\*\*@") as caught:
        engine.connect()
    assert "sesame" not in str(caught.value)


def test_other_databases_are_refused() -> None:
    with pytest.raises(StoreError, match="mysql"):
        open_engine("mysql://localhost/store")


TAMPERING = {
    "sqlite": (
        "UPDATE {} SET seq = 7",
        "DELETE FROM {}",
        "INSERT OR REPLACE INTO {0} SELECT * FROM {0}",
    ),
    "postgresql": ("UPDATE {} SET seq = 7", "DELETE FROM {}", "TRUNCATE {}"),
}


@pytest.mark.parametrize("table", ["journal", "audit"])
def test_the_record_cannot_be_changed_or_deleted(store_engine: Engine, table: str) -> None:
    _fill(store_engine)
    for statement in TAMPERING[store_engine.dialect.name]:
        with (
            pytest.raises(DBAPIError, match="append-only"),
            store_engine.begin() as connection,
        ):
            connection.execute(text(statement.format(table)))


def _fill(engine: Engine) -> None:
    ledger = Ledger(engine, source="site-1/test", compose=Unpublished())
    ledger.add(Decision(events=(passage(1),)))
    ledger.commit()
    ledger.close()
    with engine.begin() as connection:
        connection.execute(
            text(
                'INSERT INTO audit (seq, at, "user", computer, operation, object, success, reason,'
                " previous_hash, hash) VALUES (1, CURRENT_TIMESTAMP, 'li', '', 'x', '', :yes, '',"
                " '', '')"
            ),
            {"yes": True},
        )


def test_the_version_this_program_needs_is_its_newest_migration() -> None:
    assert running.newest() == database.VERSION
