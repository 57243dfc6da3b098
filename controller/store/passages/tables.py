"""The derived table of questions about passages; a row stays when it is answered."""

from sqlalchemy import BigInteger, Column, Float, Index, String, Table

from controller.store.schema import Utc, metadata

passage_questions = Table(
    "passage_questions",
    metadata,
    Column("passage_id", String(36), primary_key=True),
    Column("group_id", String(36), nullable=False),  # empty: it came alone
    Column("door", String(32), nullable=False),
    Column("epc", String(128), nullable=False),
    Column("holding_id", String(36), nullable=False),
    Column("direction", String(16), nullable=False),  # the likelier one
    Column("confidence", Float, nullable=False),
    Column("needs", String(16), nullable=False),  # confirm, direction
    Column("asked_at", Utc, nullable=False),
    Column("answer", String(16), nullable=False),  # empty: open; a direction, or superseded
    Column("answered_at", Utc, nullable=True),
    Column("answered_by", String(64), nullable=True),
    Column("seq", BigInteger, nullable=False),
    Index("ix_passage_questions_answer_door", "answer", "door"),
    Index("ix_passage_questions_group_id", "group_id"),
    Index("ix_passage_questions_holding_id_answer", "holding_id", "answer"),
)
