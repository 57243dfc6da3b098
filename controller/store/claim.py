"""One controller to a store: the second one to start is told so and refuses.

SQLite: an exclusive ``flock`` on a file beside the database; the kernel lets go of it however the
process ends. PostgreSQL: a session's advisory lock, which ends with the connection.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from controller.store.database import StoreError, begin_write, sqlite_file
from controller.store.requests import reopen_taken
from controller.store.schema import store_identity

SITE_LOCK = 0x736D6172_7472_0003
"""PostgreSQL advisory lock of the one controller in charge."""


class AlreadyClaimed(StoreError):
    """Another controller is in charge of this store, or the store belongs to another site."""


@contextmanager
def claim_site(engine: Engine, site_id: str, writer: str) -> Iterator[None]:
    """Be the one controller of the store inside this context.

    Requests that an earlier controller took and never answered are filed again.

    Raises:
        AlreadyClaimed: somebody else is; the text says who.
    """
    file = sqlite_file(engine)
    lock = _advisory_lock(engine) if file is None else _file_lock(file, writer)
    with lock:
        _settle_identity(engine, site_id)
        yield


@contextmanager
def _file_lock(store: Path, writer: str) -> Iterator[None]:
    path = store.with_name(store.name + ".lock")
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise AlreadyClaimed(
                f"{store} is in use by {holder}; stop that one first, two must never decide"
            ) from None
        file.truncate(0)
        file.write(f"{writer}, process {os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        free = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": SITE_LOCK})
        connection.commit()  # the lock is the session's: it outlives the transaction
        if not free:
            raise AlreadyClaimed(
                "the database is in use by another controller; stop that one first, "
                "two must never decide"
            )
        try:
            yield
        finally:
            with suppress(StoreError, SQLAlchemyError):  # a broken session holds nothing
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": SITE_LOCK})
                connection.commit()


def _settle_identity(engine: Engine, site_id: str) -> None:
    with engine.begin() as connection:
        begin_write(connection)
        owner = connection.scalar(select(store_identity.c.site))
        if owner is None:
            connection.execute(update(store_identity).values(site=site_id))
        elif owner != site_id:
            raise AlreadyClaimed(
                f"the store belongs to site {owner!r}, not to {site_id!r}; "
                "correct the site's id or the database URL"
            )
        reopen_taken(connection)
