"""Small helpers of the store's tests."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Engine, Table, select

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
