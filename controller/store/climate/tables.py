"""Hours of climate, kept for years; and the stays of holdings in places, derived from the journal.

An hour is written in the transaction of its readings, so it is whole when those are let go.
"""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table

from controller.store.schema import Utc, metadata

reading_hours = Table(
    "reading_hours",
    metadata,
    Column("sensor", String(32), primary_key=True),
    Column("at", Utc, primary_key=True),  # the beginning of a clock hour, UTC
    Column("readings", Integer, nullable=False),  # with at least one value
    Column("uncertain", Integer, nullable=False),  # of these
    Column("minutes", BigInteger, nullable=False),  # bit n: the minute n is covered
    Column("temperature_count", Integer, nullable=False),
    Column("temperature_sum", Float, nullable=False),
    Column("temperature_lowest", Float, nullable=True),
    Column("temperature_highest", Float, nullable=True),
    Column("humidity_count", Integer, nullable=False),
    Column("humidity_sum", Float, nullable=False),
    Column("humidity_lowest", Float, nullable=True),
    Column("humidity_highest", Float, nullable=True),
    sqlite_with_rowid=False,  # asked by key only
)

stays = Table(
    "stays",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the event it began with
    Column("holding_id", String(36), nullable=False),
    Column("place", String(64), nullable=False),  # a room's id, outside; empty: nobody knows
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=True),  # NULL: it still stands there
    Column("basis", String(16), nullable=False),  # passage, zone, shelf, sweep
    Column("passage_id", String(36), nullable=False),  # empty: no passage
    Index("ix_stays_holding_id_since", "holding_id", "since"),
    Index("ix_stays_place_holding_id", "place", "holding_id"),
)
