"""Discrepancies and the runs that compare; and what says which holdings to look at again."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table

from controller.store.schema import Utc, metadata

# --- derived from the journal ----------------------------------------------------------------

discrepancies = Table(
    "discrepancies",
    metadata,
    Column("id", String(40), primary_key=True),  # the fingerprint: one row for ever
    Column("code", String(2), nullable=False),
    Column("subject", String(240), nullable=False),
    Column("holding_id", String(36), nullable=True),
    Column("source", String(64), nullable=False),
    Column("fonds", String(64), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("state", String(12), nullable=False),  # open, assigned, explained, waiting, closed
    Column("owner", String(64), nullable=False),
    Column("matched_by", Integer, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("note", String(500), nullable=False),
    Column("explanation", String(500), nullable=False),
    Column("explained_by", String(64), nullable=False),
    Column("waiting_reason", String(40), nullable=False),
    Column("opened_at", Utc, nullable=False),  # of this occurrence: its age counts from here
    Column("found_at", Utc, nullable=False),  # last word of the comparison
    Column("occurrences", Integer, nullable=False),
    Column("closed_at", Utc, nullable=True),
    Column("witness", String(36), nullable=False),  # the event that closed it
    Column("seq", BigInteger, nullable=False),
    Index("ix_discrepancies_subject", "subject"),
    Index("ix_discrepancies_state_seq", "state", "seq"),
    Index("ix_discrepancies_code_state", "code", "state"),
)

reconciliation_runs = Table(
    "reconciliation_runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("full", Boolean, nullable=False),
    Column("began_at", Utc, nullable=False),
    Column("finished_at", Utc, nullable=False),
    Column("upto_seq", BigInteger, nullable=False),
    Column("judged", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("closed", Integer, nullable=False),
    Column("standing", Integer, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("ix_reconciliation_runs_seq", "seq"),
)

# --- where the comparison has got to ---------------------------------------------------------

reconcile_cursor = Table(
    "reconcile_cursor",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("seq", BigInteger, nullable=False),  # events up to here are judged
    Column("version", BigInteger, nullable=False),  # of two comparisons at once the later gives up
)

reconcile_due = Table(
    "reconcile_due",
    metadata,
    Column("holding_id", String(36), primary_key=True),
    Column("at", Utc, nullable=False),  # time alone may change the answer then
    Index("ix_reconcile_due_at", "at"),
)

changed_buckets = Table(
    "changed_buckets",
    metadata,
    # the first four hexadecimal digits of the holding's id, which is a hash: 65,536 buckets
    Column("bucket", String(4), primary_key=True),
    Column("changes", BigInteger, nullable=False),  # counted by a trigger on holdings
)
