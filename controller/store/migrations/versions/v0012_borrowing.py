"""Borrowing: turns, holds, renewals, recalls, counts, reminders and the way back to the shelf.

Revision 0012, 2026-11-23. After 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Widen the loans; those approved so far have had their turn since."""
    for column in (
        sa.Column("turn_at", TIME, nullable=True),
        sa.Column("held_until", TIME, nullable=True),
        sa.Column("issued_at", TIME, nullable=True),
        sa.Column("issued_by", sa.String(length=64), nullable=True),
        sa.Column("renewals", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("recalled_at", TIME, nullable=True),
        sa.Column("pieces", sa.Integer(), nullable=True),
        sa.Column("still_out", sa.JSON(), nullable=True),
        sa.Column("stage", sa.Integer(), nullable=True),
        sa.Column("reminded_at", TIME, nullable=True),
        sa.Column("reshelved_at", TIME, nullable=True),
    ):
        op.add_column("loans", column)
    op.create_index("ix_loans_state_held_until", "loans", ["state", "held_until"])
    op.create_index("ix_loans_reminded_at", "loans", ["reminded_at"])
    op.execute("UPDATE loans SET turn_at = decided_at WHERE state IN ('approved', 'returned')")
