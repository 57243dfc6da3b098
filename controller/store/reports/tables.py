"""The table of reports that were made; not derived from the journal."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from controller.store.schema import Utc, metadata

reports = Table(
    "reports",
    metadata,
    Column("id", String(36), primary_key=True),  # UUIDv7: the order of their making
    Column("room", String(32), nullable=False),
    Column("month", String(7), nullable=False),  # 2026-10
    Column("language", String(8), nullable=False),
    Column("format", String(8), nullable=False),  # pdf, xlsx
    Column("made_at", Utc, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("figures_sha256", String(64), nullable=False),  # same figures, same report
    Column("sha256", String(64), nullable=False),  # of the file
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_reports_room_month", "room", "month"),
)
