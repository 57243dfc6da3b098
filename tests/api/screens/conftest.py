"""One stage for the tests that only look, a fresh one for those that change something."""

from collections.abc import Iterator

import pytest

from tests.api.screens.stage import Stage, served


@pytest.fixture(scope="package")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over a quiet day; its controller gave its last sign just now."""
    stage = Stage(tmp_path_factory.mktemp("quiet"))
    try:
        stage.quiet_day()
        with served(stage) as address:
            yield address
    finally:
        stage.close()


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stage of one's own."""
    made = Stage(tmp_path_factory.mktemp("stage"))
    try:
        yield made
    finally:
        made.close()
