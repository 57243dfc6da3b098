"""Tables of shelving, derived from the journal. No folder but the store names one."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from controller.store.schema import Utc, metadata

reservations = Table(
    "reservations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("rack", String(32), nullable=False),
    Column("aisle", Integer, nullable=False),
    Column("by", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", Utc, nullable=False),  # in that state
    Column("command_id", String(36), nullable=False),  # of the motion that opens it
    Column("claimed", Boolean, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("ended_by", String(64), nullable=False),  # empty: not ended, or by nobody
    Column("seq", BigInteger, nullable=False),  # of the newest event
    Index("ix_reservations_state_id", "state", "id"),
)

rack_motions = Table(
    "rack_motions",
    metadata,
    Column("rack", String(32), primary_key=True),
    Column("aisle", Integer, nullable=False),  # 0: airing, none is opened
    Column("command_id", String(36), nullable=False),
    Column("by", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # opening, unknown; opened, declined, resolved …
    Column("since", Utc, nullable=False),
    Column("detail", String(500), nullable=False),
    Column("seq", BigInteger, nullable=False),
)
"""The newest motion of each bank."""

errands = Table(
    "errands",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("list_id", String(36), nullable=False),
    Column("task", String(16), nullable=False),  # fetch, put_away
    Column("holding_id", String(36), nullable=False),
    Column("loan_id", String(36), nullable=False),  # empty: for no loan
    Column("rack", String(32), nullable=False),  # empty: the place names none
    Column("aisle", Integer, nullable=True),
    Column("shelf", String(200), nullable=False),  # by its code, or as the catalogue writes it
    Column("state", String(16), nullable=False),  # open, or how it ended
    Column("witness", String(16), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("ended_at", Utc, nullable=True),
    Column("ended_by", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("ix_errands_state_id", "state", "id"),
    Index("ix_errands_list_id", "list_id"),
    Index("ix_errands_holding_id_state", "holding_id", "state"),
)

machines = Table(
    "machines",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("mode", String(20), nullable=False),
    Column("moving", Boolean, nullable=False),
    Column("fault_code", Integer, nullable=False),
    Column("flags", String(200), nullable=False),  # what is in the way; unknown: it does not say
    Column("presents", String(64), nullable=False),  # at each opening; 0 nothing, ? unknown
    Column("changed_at", Utc, nullable=True),
    Column("command_id", String(36), nullable=False),  # of the newest motion
    Column("verb", String(16), nullable=False),
    Column("target", String(32), nullable=False),
    Column("opening", Integer, nullable=False),
    Column("by", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # sent, unknown; done, failed, resolved …
    Column("since", Utc, nullable=True),
    Column("detail", String(500), nullable=False),
    Column("refused", String(200), nullable=False),  # why the newest wish came to nothing
    Column("seq", BigInteger, nullable=False),
)
"""Lifts, cranes and carousels: how each stands, and its newest motion."""
