"""Tables of kept reads and of commissioned doors; neither is derived from the journal."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from controller.store.schema import Utc, metadata

recordings = Table(
    "recordings",
    metadata,
    Column("id", String(36), primary_key=True),  # UUIDv7, or the request that asked for it
    Column("door", String(32), nullable=False),
    Column("began_at", Utc, nullable=False),
    Column("ended_at", Utc, nullable=False),
    Column("reads", Integer, nullable=False),
    Column("tags", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # of the body, in bytes
    Column("body", LargeBinary, nullable=False),
    Index("ix_recordings_ended_at", "ended_at"),
)

recorded_passages = Table(
    "recorded_passages",
    metadata,
    Column("passage_id", String(36), primary_key=True),
    Column("recording_id", String(36), ForeignKey("recordings.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),  # of its PassageDetected in the journal
    Index("ix_recorded_passages_recording_id", "recording_id"),
)

door_commissionings = Table(
    "door_commissionings",
    metadata,
    Column("id", String(36), primary_key=True),  # UUIDv7: the newest of a door counts
    Column("door", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    Column("by", String(64), nullable=False),
    Column("computer", String(64), nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("bias", Float, nullable=False),
    Column("scale", Float, nullable=False),
    Column("antennas", String(400), nullable=False),  # with other sides it holds no more
    Column("report", JSON, nullable=False),
    Index("ix_door_commissionings_door_id", "door", "id"),
)
