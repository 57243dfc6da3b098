"""Tables of alarms, derived from the journal. No folder but the store names one."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table

from controller.store.schema import Utc, metadata

alarms = Table(
    "alarms",
    metadata,
    Column("id", String(300), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("source", String(32), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("holding_id", String(36), nullable=True),
    Column("priority", String(16), nullable=False),
    Column("state", String(32), nullable=False),
    Column("raised_at", Utc, nullable=False),  # latest occurrence; before the first: put aside
    Column("occurrences", Integer, nullable=False),
    Column("acknowledged_at", Utc, nullable=True),
    Column("acknowledged_by", String(64), nullable=True),
    Column("note", String(500), nullable=False, default=""),
    Column("returned_at", Utc, nullable=True),
    Column("return_reason", String(200), nullable=False, default=""),
    Column("detail", JSON, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("condition", Boolean, nullable=False),  # holds now
    Column("latched", Boolean, nullable=False),
    Column("auto_acknowledges", Boolean, nullable=False),
    Column("in_flood", Boolean, nullable=False),
    Column("since", Utc, nullable=False),  # in that state
    Column("level", Integer, nullable=False),  # of escalation, 0: none
    Column("until", Utc, nullable=True),  # shelved
    Column("reason", String(500), nullable=False),  # put aside
    Column("work_order", String(100), nullable=False),
    Column("held_by", String(64), nullable=False),
    Index("ix_alarms_state_seq", "state", "seq"),
)

alarm_log = Table(
    "alarm_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("alarm_id", String(300), nullable=False),
    Column("at", Utc, nullable=False),
    Column("kind", String(40), nullable=False),  # the event's class name
    Column("priority", String(16), nullable=False),  # empty where the event does not say
    Column("by", String(64), nullable=False),  # empty: nobody, it happened
    Column("why", String(500), nullable=False),
    Column("until", Utc, nullable=True),  # shelved
    Index("ix_alarm_log_alarm_id_seq", "alarm_id", "seq"),
    Index("ix_alarm_log_kind_at", "kind", "at"),
)
"""One row for each event of an alarm: who, why, when."""
