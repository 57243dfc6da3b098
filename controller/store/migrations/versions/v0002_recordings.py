"""Recordings of doors, and the doors' commissioning.

Revision 0002, 2026-11-23. After 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the three tables; what was before needs no row in them."""
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("tags", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
    )
    op.create_index("ix_recordings_ended_at", "recordings", ["ended_at"])
    op.create_table(
        "recorded_passages",
        sa.Column("passage_id", sa.String(length=36), nullable=False),
        sa.Column("recording_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("passage_id", name="pk_recorded_passages"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_recorded_passages_recording_id"
        ),
    )
    op.create_index("ix_recorded_passages_recording_id", "recorded_passages", ["recording_id"])
    op.create_table(
        "door_commissionings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("computer", sa.String(length=64), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("bias", sa.Float(), nullable=False),
        sa.Column("scale", sa.Float(), nullable=False),
        sa.Column("antennas", sa.String(length=400), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_door_commissionings"),
    )
    op.create_index("ix_door_commissionings_door_id", "door_commissionings", ["door", "id"])
