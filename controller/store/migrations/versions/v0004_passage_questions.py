"""Passages that a person is asked about.

Revision 0004, 2026-11-23. After 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table; it is derived, and old journals hold no such question."""
    op.create_table(
        "passage_questions",
        sa.Column("passage_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column("epc", sa.String(length=128), nullable=False),
        sa.Column("holding_id", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("needs", sa.String(length=16), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("passage_id", name="pk_passage_questions"),
    )
    for columns in (("answer", "door"), ("group_id",), ("holding_id", "answer")):
        name = f"ix_passage_questions_{'_'.join(columns)}"
        op.create_index(name, "passage_questions", list(columns))
