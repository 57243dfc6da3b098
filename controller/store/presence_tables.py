"""What was heard beside doors, newest of each holding; and which parts of sweeps were taken in."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from controller.store.schema import Utc, metadata

sightings = Table(
    "sightings",
    metadata,
    Column("holding_id", String(36), primary_key=True),
    Column("room", String(32), nullable=False),
    Column("spot", String(64), nullable=False),  # empty: somewhere in the room
    Column("source", String(8), nullable=False),  # zone, shelf, sweep
    Column("told_by", String(64), nullable=False),  # the reader or the handheld
    Column("person", String(64), nullable=False),  # who swept; empty for readers
    Column("epc", String(128), nullable=False),
    Column("since", Utc, nullable=False),
    Column("heard_at", Utc, nullable=False),  # last known to be heard; later while it stays
    Column("left_at", Utc, nullable=True),  # no longer heard; NULL also after sweeps
    Column("heard_seq", BigInteger, nullable=False),  # of the event that says it was heard
    Column("seq", BigInteger, nullable=False),  # of the newest event
    Index("ix_sightings_told_by_left_at", "told_by", "left_at"),
    Index("ix_sightings_room_spot", "room", "spot"),
    sqlite_with_rowid=False,  # asked by key only
)

sweep_parts = Table(
    "sweep_parts",
    metadata,
    Column("id", String(80), primary_key=True),  # <sweep>/<number>
    Column("digest", String(64), nullable=False),
    Column("handheld", String(64), nullable=False),
    Column("room", String(32), nullable=False),
    Column("spot", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Column("tags", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
)
