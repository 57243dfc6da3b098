"""What every room's tests share: a store with its tables made, on each database."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, make_url, text

from controller.store.database import open_engine, upgrade
from tests.postgres import postgres

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")  # a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of one PostgreSQL server for the whole run."""
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def _sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store with its tables, to be copied: faster than making them each time."""
    path = tmp_path_factory.mktemp("model") / "store.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def _postgres_model(postgres_server: str) -> str:
    """The name of a PostgreSQL database with the tables, to be copied."""
    name = "model"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    engine = open_engine(_database(postgres_server, name))
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store with its tables, once on each database."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("_sqlite_model"), path)
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgres_server")
    model: str = request.getfixturevalue("_postgres_model")
    name = f"t{uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {model}")
    yield _database(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store_engine(store_url: str) -> Iterator[Engine]:
    """An empty store with its tables, once on each database."""
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(_sqlite_model: Path, tmp_path: Path) -> Iterator[Engine]:
    """An empty store with its tables on SQLite alone, where the database makes no difference."""
    path = tmp_path / "store.db"
    shutil.copy(_sqlite_model, path)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
