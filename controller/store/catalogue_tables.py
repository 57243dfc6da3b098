"""Tables beside the catalogue's mirror: what vanished, what was renamed, how far a source is read.

None is derived from the journal.
"""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from controller.store.schema import Utc, metadata

import_withdrawals = Table(
    "import_withdrawals",
    metadata,
    # staged like rows: what the run's catalogue no longer has
    Column("run_id", String(36), primary_key=True),
    Column("holding_id", String(36), primary_key=True),
)

catalogue_identities = Table(
    "catalogue_identities",
    metadata,
    # a record published anew under another id is the holding it was before
    Column("record_id", String(36), primary_key=True),  # UUIDv5 of (source, new external id)
    Column("holding_id", String(36), nullable=False),
    Column("run_id", String(36), nullable=False),
)

code_aliases = Table(
    "code_aliases",
    metadata,
    Column("holding_id", String(36), primary_key=True),
    Column("code", String(200), primary_key=True),  # a reference code it bore before
    Column("until", Utc, nullable=False),
    Index("ix_code_aliases_code", "code"),
)

catalogue_cursors = Table(
    "catalogue_cursors",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("cursor", Text, nullable=False),  # the connector's own JSON: how far it has been read
    Column("run_id", String(36), nullable=True),  # the harvest under way, to be resumed
    Column("open_cursor", Text, nullable=True),  # where that one goes on
    Column("row_no", Integer, nullable=True),  # rows it has staged
    Column("at", Utc, nullable=False),
)

locations = Table(
    "locations",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("parent_id", String(200), nullable=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("capacity_mm", Integer, nullable=True),
    Column("slots", Integer, nullable=True),
    Column("fonds", JSON, nullable=False),  # codes allowed here; empty: all
    Column("climate_class", String(32), nullable=False),
    Index("ix_locations_parent_id", "parent_id"),
)
