"""Tables of what people are told; neither is derived from the journal."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, UniqueConstraint

from controller.store.schema import Utc, metadata

notices = Table(
    "notices",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("event_id", String(36), nullable=False),
    Column("recipient", String(32), nullable=False),
    Column("about", String(16), nullable=False),  # raised, graver, again, escalated, reminder, test
    Column("priority", String(16), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("message_id", String(36), nullable=True),  # the message it went into
    UniqueConstraint("event_id", "recipient"),
    Index("ix_notices_message_id_recipient", "message_id", "recipient"),
    sqlite_autoincrement=True,
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", String(36), primary_key=True),  # UUIDv7; every try carries it
    Column("recipient", String(32), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("state", String(8), nullable=False),  # waiting, sent, dead
    Column("attempts", Integer, nullable=False),
    Column("try_at", Utc, nullable=False),
    Column("ended_at", Utc, nullable=True),
    Column("error", String(400), nullable=False),  # the other side's words at the last try
    Index("ix_notifications_state_try_at", "state", "try_at"),
    Index("ix_notifications_recipient_made_at", "recipient", "made_at"),
)
