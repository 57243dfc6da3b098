"""Tables of orders: derived from the journal, like the loans."""

from sqlalchemy import BigInteger, Column, Index, String, Table

from controller.store.schema import Utc, metadata

orders = Table(
    "orders",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("title", String(200), nullable=False),
    Column("destination", String(200), nullable=False),
    Column("door", String(32), nullable=False),
    Column("begins", Utc, nullable=False),
    Column("ends", Utc, nullable=False),
    Column("author", String(64), nullable=False),
    Column("drafted_at", Utc, nullable=False),
    Column("approved_by", String(160), nullable=False),  # names, commas between
    Column("approved_at", Utc, nullable=True),
    Column("done_by", String(160), nullable=False),
    Column("done_at", Utc, nullable=True),
    Column("closed_by", String(64), nullable=True),
    Column("closed_at", Utc, nullable=True),
    Column("reason", String(500), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("ix_orders_state_id", "state", "id"),
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("id", String(80), primary_key=True),  # order:holding
    Column("order_id", String(36), nullable=False),
    Column("holding_id", String(36), nullable=False),
    Column("reference_code", String(200), nullable=False),
    Column("state", String(16), nullable=False),  # expected, seen, unexpected
    Column("seen_at", Utc, nullable=True),
    Column("witness", String(80), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("ix_order_lines_order_id", "order_id", "id"),
    Index("ix_order_lines_holding_id", "holding_id"),
)

destructions = Table(
    "destructions",
    metadata,
    Column("holding_id", String(36), primary_key=True),
    Column("order_id", String(36), nullable=False),
    Column("at", Utc, nullable=False),
    Column("by", String(160), nullable=False),
    Column("seq", BigInteger, nullable=False),
)
