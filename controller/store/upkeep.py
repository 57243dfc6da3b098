"""Signs of life, and letting go of what need not be kept. Journal and audit are kept for ever."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Table, delete, select, tuple_

from controller.store.rows import upsert
from controller.store.schema import heartbeat, readings, requests, sessions

_ROWS_A_TRANSACTION = 2000
"""Little enough that the deciding thread never waits long for the writers' lock."""


def beat(
    engine: Engine,
    writer: str,
    *,
    started_at: datetime,
    at: datetime,
    state: str,
    counters: Mapping[str, Mapping[str, int]],
) -> None:
    """Say that ``writer`` lives (``running``) or has ended well (``stopped``).

    Raises:
        StoreFull, StoreBusy: not said.
    """
    row = {
        "writer": writer,
        "started_at": started_at,
        "beat_at": at,
        "state": state,
        "counters": counters,
    }
    with engine.begin() as connection:
        upsert(connection, heartbeat, [row])


def prune(
    engine: Engine, *, now: datetime, readings_before: datetime, requests_before: datetime
) -> int:
    """Delete old readings, requests answered long ago and ended sessions; how many rows went.

    Raises:
        StoreFull, StoreBusy: what was deleted until then stays deleted.
    """
    return (
        _delete(engine, readings, readings.c.at < readings_before)
        + _delete(engine, requests, requests.c.answered_at < requests_before)
        + _delete(engine, sessions, sessions.c.expires_at < now)
    )


def _delete(engine: Engine, table: Table, condition: ColumnElement[bool]) -> int:
    key = tuple_(*table.primary_key)
    some = select(*table.primary_key).where(condition).limit(_ROWS_A_TRANSACTION)
    gone = 0
    while True:
        with engine.begin() as connection:
            deleted = connection.execute(delete(table).where(key.in_(some))).rowcount
        gone += deleted
        if deleted < _ROWS_A_TRANSACTION:
            return gone
