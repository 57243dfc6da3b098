"""Where things were heard beside doors, and the parts of sweeps that were taken in.

Revision 0005, 2026-11-23. After 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables; they are derived, and old journals hold nothing for them."""
    op.create_table(
        "sightings",
        sa.Column("holding_id", sa.String(length=36), nullable=False),
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("spot", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("told_by", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("epc", sa.String(length=128), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("heard_at", TIME, nullable=False),
        sa.Column("left_at", TIME, nullable=True),
        sa.Column("heard_seq", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("holding_id", name="pk_sightings"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sightings_told_by_left_at", "sightings", ["told_by", "left_at"])
    op.create_index("ix_sightings_room_spot", "sightings", ["room", "spot"])
    op.create_table(
        "sweep_parts",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("handheld", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("spot", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("tags", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sweep_parts"),
    )
