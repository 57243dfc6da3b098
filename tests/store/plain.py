"""Small helpers of the store's tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, select

from controller.store.database import StoreBusy, open_engine
from controller.store.ledger import OutgoingMessage, Recorded
from drivers.observations import ClimateReading


class Unpublished:
    """Composes nothing."""

    def events(self, recorded: Recorded) -> Iterable[OutgoingMessage]:
        return ()

    def readings(self, reading: ClimateReading) -> Iterable[OutgoingMessage]:
        return ()


class Published:
    """Composes one message for each event and each reading."""

    def events(self, recorded: Recorded) -> Iterator[OutgoingMessage]:
        yield OutgoingMessage("mqtt", f"events/{recorded.seq}", recorded.id.encode())

    def readings(self, reading: ClimateReading) -> Iterator[OutgoingMessage]:
        yield OutgoingMessage("trends", reading.sensor, b"line")


def rows_of(engine: Engine, table: Table) -> list[dict[str, Any]]:
    """Every row, in the order of the primary key."""
    with engine.connect() as connection:
        rows = connection.execute(select(table).order_by(*table.primary_key)).mappings()
        return [dict(row) for row in rows]


class Impatient:
    """An engine whose writers give up after a few milliseconds instead of seconds."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        event.listen(self.engine, "connect", self._hurry)

    def _hurry(self, raw: Any, _record: object) -> None:
        sqlite = self.engine.dialect.name == "sqlite"
        raw.execute("PRAGMA busy_timeout = 30" if sqlite else "SET lock_timeout = 30").close()
        raw.commit()

    def __enter__(self) -> Engine:
        return self.engine

    def __exit__(self, *_exc: object) -> None:
        self.engine.dispose()


@contextmanager
def committing_but_not_saying_so(engine: Engine) -> Iterator[None]:
    """The connection breaks after the database has committed and before it could say so."""

    def break_down(connection: Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.commit()
        raise StoreBusy("the connection broke")

    event.listen(engine, "commit", break_down)
    try:
        yield
    finally:
        event.remove(engine, "commit", break_down)
