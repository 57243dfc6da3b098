"""Room kept in reserve beside a SQLite store, so that a full disk can still be told of.

On a full disk SQLite stays whole but takes nothing, not even a ``DELETE`` (measured). Letting the
ballast go makes room for the alarm and for tidying up; it is put back when there is room again.
PostgreSQL's disk is its administrator's: there is no ballast for it.
"""

import os
import shutil
from pathlib import Path

from sqlalchemy import Engine

from controller.store.database import sqlite_file

SIZE_BYTES = 8 * 1024 * 1024
_HEADROOM = 2
"""The ballast is put back only where as much room again stays free."""


class Ballast:
    """A file of ``SIZE_BYTES`` whose only use is to be deleted."""

    def __init__(self, engine: Engine, size_bytes: int = SIZE_BYTES) -> None:
        store = sqlite_file(engine)
        self._path: Path | None = None
        self._size = size_bytes
        if store is not None:
            self._path = store.with_name(store.name + ".ballast")

    @property
    def missing(self) -> bool:
        """Whether there should be ballast and is none."""
        return self._path is not None and not self._path.exists()

    def restore(self) -> bool:
        """Put the ballast there if there is ample room; whether it is there now."""
        if self._path is None or self._path.exists():
            return self._path is not None
        if shutil.disk_usage(self._path.parent).free < _HEADROOM * self._size:
            return False
        return self._make(self._path)

    def release(self) -> bool:
        """Delete the ballast; whether that made room."""
        if self._path is None:
            return False
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def _make(self, path: Path) -> bool:
        half_made = path.with_name(path.name + ".new")
        try:
            with half_made.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
                os.fsync(file.fileno())
            half_made.replace(path)
        except OSError:  # the room went to somebody else
            half_made.unlink(missing_ok=True)
            return False
        return True
