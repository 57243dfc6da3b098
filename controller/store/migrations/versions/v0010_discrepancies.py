"""The register of discrepancies, the runs that compare, and what says where to look again.

Revision 0010, 2026-11-23. After 0009. Holdings that are there are marked: the next comparison
judges them all.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
_MARK = (
    "INSERT INTO changed_buckets (bucket, changes) {values} "
    "ON CONFLICT (bucket) DO UPDATE SET changes = changed_buckets.changes + excluded.changes"
)


def upgrade() -> None:
    """Make the tables, and have every change of a holding mark its bucket."""
    _make_register()
    _make_progress()
    _mark_changes()
    op.execute(
        "INSERT INTO changed_buckets (bucket, changes) "
        "SELECT substr(id, 1, 4), count(*) FROM holdings GROUP BY substr(id, 1, 4)"
    )
    op.execute(
        "INSERT INTO reconcile_cursor (id, seq, version) "
        "SELECT 1, coalesce(max(seq), 0), 0 FROM journal"
    )


def _make_register() -> None:
    op.create_table(
        "discrepancies",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=240), nullable=False),
        sa.Column("holding_id", sa.String(length=36), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("fonds", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("matched_by", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("explanation", sa.String(length=500), nullable=False),
        sa.Column("explained_by", sa.String(length=64), nullable=False),
        sa.Column("waiting_reason", sa.String(length=40), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("found_at", TIME, nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("witness", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_discrepancies"),
    )
    op.create_index("ix_discrepancies_subject", "discrepancies", ["subject"])
    op.create_index("ix_discrepancies_state_seq", "discrepancies", ["state", "seq"])
    op.create_index("ix_discrepancies_code_state", "discrepancies", ["code", "state"])
    op.create_table(
        "reconciliation_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=False),
        sa.Column("upto_seq", sa.BigInteger(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_runs"),
    )
    op.create_index("ix_reconciliation_runs_seq", "reconciliation_runs", ["seq"])


def _make_progress() -> None:
    op.create_table(
        "reconcile_cursor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconcile_cursor"),
    )
    op.create_table(
        "reconcile_due",
        sa.Column("holding_id", sa.String(length=36), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("holding_id", name="pk_reconcile_due"),
    )
    op.create_index("ix_reconcile_due_at", "reconcile_due", ["at"])
    op.create_table(
        "changed_buckets",
        sa.Column("bucket", sa.String(length=4), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="pk_changed_buckets"),
    )


def _mark_changes() -> None:
    """Whoever writes to holdings, and however: a trigger forgets nobody."""
    if op.get_bind().dialect.name == "sqlite":
        for verb, row in (("insert", "new"), ("update", "new"), ("delete", "old")):
            mark = _MARK.format(values=f"VALUES (substr({row}.id, 1, 4), 1)")
            op.execute(
                f"CREATE TRIGGER holdings_{verb}_marks AFTER {verb.upper()} ON holdings "
                f"BEGIN {mark}; END"
            )
        return
    grouped = "SELECT substr(id, 1, 4), count(*) FROM changed GROUP BY substr(id, 1, 4)"
    op.execute(
        "CREATE FUNCTION mark_changed_buckets() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {_MARK.format(values=grouped)}; RETURN NULL; END $$"
    )
    for verb, rows in (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD")):
        op.execute(
            f"CREATE TRIGGER holdings_{verb}_marks AFTER {verb.upper()} ON holdings "
            f"REFERENCING {rows} TABLE AS changed "
            "FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_buckets()"
        )
