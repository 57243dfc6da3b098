"""Alarms that are put aside, escalated and latched, and the journal of each alarm.

Revision 0011, 2026-11-23. After 0010.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
FALSE = sa.false()
_ADDED: tuple[tuple[str, sa.types.TypeEngine[Any], Any], ...] = (
    ("condition", sa.Boolean(), FALSE),
    ("latched", sa.Boolean(), FALSE),
    ("auto_acknowledges", sa.Boolean(), FALSE),
    ("in_flood", sa.Boolean(), FALSE),
    ("level", sa.Integer(), "0"),
    ("reason", sa.String(length=500), ""),
    ("work_order", sa.String(length=100), ""),
    ("held_by", sa.String(length=64), ""),
)
_KINDS = ("AlarmRaised", "AlarmAcknowledged", "AlarmReturnedToNormal")


def upgrade() -> None:
    """Widen the table as a rebuild would fill it, and write the journal of every alarm."""
    with op.batch_alter_table("alarms") as alarms:
        for name, kind, default in _ADDED:
            column = sa.Column(name, kind, nullable=False, server_default=default)
            alarms.add_column(column)
        alarms.add_column(sa.Column("since", TIME, nullable=True))
        alarms.add_column(sa.Column("until", TIME, nullable=True))
    op.execute(
        "UPDATE alarms SET condition = (state IN ('unacknowledged', 'acknowledged')),"
        " since = CASE state WHEN 'unacknowledged' THEN raised_at"
        " WHEN 'acknowledged' THEN acknowledged_at"
        " WHEN 'returned_unacknowledged' THEN returned_at"
        " ELSE CASE WHEN acknowledged_at > returned_at THEN acknowledged_at"
        " ELSE returned_at END END"
    )
    with op.batch_alter_table("alarms") as alarms:
        for name, kind, _ in _ADDED:
            alarms.alter_column(name, existing_type=kind, server_default=None)
        alarms.alter_column("since", existing_type=TIME, nullable=False)
    _make_log()


def _make_log() -> None:
    log = op.create_table(
        "alarm_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alarm_id", sa.String(length=300), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_alarm_log"),
    )
    op.create_index("ix_alarm_log_alarm_id_seq", "alarm_log", ["alarm_id", "seq"])
    op.create_index("ix_alarm_log_kind_at", "alarm_log", ["kind", "at"])
    connection = op.get_bind()
    journal = sa.table(
        "journal", sa.column("seq"), sa.column("kind"), sa.column("at", TIME), sa.column("body")
    )
    found = connection.execute(
        sa.select(journal).where(journal.c.kind.in_(_KINDS)).order_by(journal.c.seq)
    )
    while rows := found.fetchmany(1000):
        connection.execute(sa.insert(log), [_line(row) for row in rows])


def _line(row: Any) -> dict[str, object]:
    body = json.loads(row.body) if isinstance(row.body, str) else row.body
    return {
        "seq": row.seq,
        "alarm_id": body["alarm_id"][:300],
        "at": row.at,
        "kind": row.kind,
        "priority": body.get("priority", ""),
        "by": body.get("by", "")[:64],
        "why": body.get("note", body.get("reason", ""))[:500],
        "until": None,
    }
