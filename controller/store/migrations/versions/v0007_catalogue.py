"""Tombstones, key fields, held runs, cursors, aliases and the tree of places.

Revision 0007, 2026-11-23. After 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """What is there gets empty columns: it was never withdrawn and has no key field."""
    for table in ("holdings", "import_stage"):
        op.add_column(table, sa.Column("archive_class", sa.String(length=16), nullable=True))
        op.add_column(table, sa.Column("key_fields", sa.JSON(), nullable=True))
    op.add_column("holdings", sa.Column("withdrawn_at", TIME, nullable=True))
    for column in (
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.Column("computer", sa.String(length=64), nullable=True),
        sa.Column("withdrawn", sa.Integer(), nullable=True),
        sa.Column("restored", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=True),
    ):
        op.add_column("import_runs", column)
    op.create_index("ix_import_runs_source_state", "import_runs", ["source", "state"])
    op.create_index("ix_import_stage_run_id_id", "import_stage", ["run_id", "id"])
    _create_tables()


def _create_tables() -> None:
    op.create_table(
        "import_withdrawals",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("holding_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "holding_id", name="pk_import_withdrawals"),
    )
    op.create_table(
        "catalogue_identities",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("holding_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_catalogue_identities"),
    )
    op.create_table(
        "code_aliases",
        sa.Column("holding_id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("holding_id", "code", name="pk_code_aliases"),
    )
    op.create_index("ix_code_aliases_code", "code_aliases", ["code"])
    op.create_table(
        "catalogue_cursors",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("open_cursor", sa.Text(), nullable=True),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_catalogue_cursors"),
    )
    op.create_table(
        "locations",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.String(length=200), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("capacity_mm", sa.Integer(), nullable=True),
        sa.Column("slots", sa.Integer(), nullable=True),
        sa.Column("fonds", sa.JSON(), nullable=False),
        sa.Column("climate_class", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
    )
    op.create_index("ix_locations_parent_id", "locations", ["parent_id"])
