"""One world a test: on SQLite, or once on each database where the queries are what is tested."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.api.world import World


@pytest.fixture
def world(sqlite_engine: Engine) -> Iterator[World]:
    """On SQLite."""
    made = World(str(sqlite_engine.url))
    yield made
    made.close()


@pytest.fixture
def each_world(store_url: str) -> Iterator[World]:
    """Once on each database."""
    made = World(store_url)
    yield made
    made.close()
