"""Reservations of aisles, and the newest motion of each bank.

Revision 0003, 2026-11-23. After 0002. The journal of before is read once, so that the new tables
say what it says: nobody had reserved anything, but banks had been moved.
"""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables, and fill the second."""
    op.create_table(
        "reservations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("rack", sa.String(length=32), nullable=False),
        sa.Column("aisle", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("command_id", sa.String(length=36), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("ended_by", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
    )
    op.create_index("ix_reservations_state_id", "reservations", ["state", "id"])
    motions = op.create_table(
        "rack_motions",
        sa.Column("rack", sa.String(length=32), nullable=False),
        sa.Column("aisle", sa.Integer(), nullable=False),
        sa.Column("command_id", sa.String(length=36), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rack", name="pk_rack_motions"),
    )
    rows = _motions()
    if rows:
        op.bulk_insert(motions, rows)


def _motions() -> list[dict[str, Any]]:
    """The newest motion of each bank, by the events there were."""
    journal = sa.table("journal", sa.column("seq"), sa.column("kind"), sa.column("body", sa.JSON()))
    kinds = ("AisleOpening", "AisleOpened", "AisleFailed")
    newest: dict[str, dict[str, Any]] = {}
    query = sa.select(journal).where(journal.c.kind.in_(kinds)).order_by(journal.c.seq)
    for seq, kind, body in op.get_bind().execute(query):
        event = json.loads(body) if isinstance(body, str) else body
        _follow(newest, seq, kind, event)
    return list(newest.values())


def _follow(newest: dict[str, dict[str, Any]], seq: int, kind: str, event: Any) -> None:
    rack, at = event["rack"][:32], datetime.fromisoformat(event["at"])
    if kind == "AisleOpening":
        newest[rack] = {
            "rack": rack,
            "aisle": event["aisle"],
            "command_id": event["command_id"][:36],
            "by": event["by"][:64],
            "state": "opening",
            "since": at,
            "detail": "",
            "seq": seq,
        }
    elif rack in newest and newest[rack]["command_id"] == event["command_id"]:
        state = "opened" if kind == "AisleOpened" else event["outcome"][:16]
        detail = event.get("detail", "")[:500]
        newest[rack] |= {"state": state, "since": at, "detail": detail, "seq": seq}
