"""Runs migrations. The only module that imports alembic for the daemons."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def known() -> frozenset[str]:
    """Every version this program has a migration for."""
    return frozenset(s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions())


def newest() -> str | None:
    """The version a store has after all of them."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def to_head(connection: Connection) -> None:
    """Run every migration that is missing, in the transaction that is open."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
