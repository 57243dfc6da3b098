"""Tables. No other folder names one.

*Derived* tables are projections of the journal: ``rebuild`` proves them equal to it. The others
hold what the journal does not: the catalogue's mirror, accounts, requests, queues, telemetry.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect


class Utc(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC: SQLite would hand back a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the record ------------------------------------------------------------------------------

store_identity = Table(
    "store_identity",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("epoch", String(16), nullable=False),  # random, made with the store
    Column("site", String(32), nullable=True),  # set by the first controller
    Column("created_at", Utc, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    # gapless, from 1; on SQLite the row's own number: one index less to write and to look in
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("id", String(36), nullable=False, unique=True),  # UUIDv7, strictly increasing
    Column("source", String(64), nullable=False),  # "<site>/<writer>"
    Column("at", Utc, nullable=False),
    Column("kind", String(40), nullable=False),  # the event's class name
    Column("holding_id", String(36), nullable=True),
    Column("body", JSON, nullable=False),
    Index("ix_journal_holding_id_seq", "holding_id", "seq"),
    Index("ix_journal_kind_seq", "kind", "seq"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("user", String(64), nullable=False),
    Column("computer", String(64), nullable=False),
    Column("operation", String(40), nullable=False),
    Column("object", String(300), nullable=False),
    Column("success", Boolean, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("request_id", String(36), nullable=True),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# --- derived from the journal ----------------------------------------------------------------

whereabouts = Table(
    "whereabouts",
    metadata,
    Column("holding_id", String(36), primary_key=True),
    Column("place", String(64), nullable=False),  # empty: undecided, the last passage is a question
    Column("since", Utc, nullable=False),
    Column("door", String(32), nullable=False),
    Column("direction", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("passage_id", String(36), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index("ix_whereabouts_place", "place"),
    sqlite_with_rowid=False,  # asked by key only: one look-up instead of two
)

tag_bindings = Table(
    "tag_bindings",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the TagBound
    Column("epc", String(128), nullable=False),
    Column("holding_id", String(36), nullable=False),
    Column("bound_at", Utc, nullable=False),
    Column("bound_by", String(64), nullable=False),
    Column("unbound_at", Utc, nullable=True),
    Index("ix_tag_bindings_epc_unbound_at", "epc", "unbound_at"),
    Index("ix_tag_bindings_holding_id_unbound_at", "holding_id", "unbound_at"),
)

loans = Table(
    "loans",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("holding_id", String(36), nullable=False),
    Column("borrower", String(128), nullable=False),
    Column("purpose", String(500), nullable=False),
    Column("due", Utc, nullable=False),
    Column("state", String(16), nullable=False),
    Column("requested_by", String(64), nullable=False),
    Column("requested_at", Utc, nullable=False),
    Column("decided_by", String(64), nullable=True),
    Column("decided_at", Utc, nullable=True),
    Column("reason", String(500), nullable=False, default=""),
    Column("left_at", Utc, nullable=True),  # last seen leaving with this authority
    Column("return_proposed_at", Utc, nullable=True),  # last seen coming in while open
    Column("returned_at", Utc, nullable=True),
    Column("returned_by", String(64), nullable=True),
    Column("seq", BigInteger, nullable=False),  # of the newest event
    Column("turn_at", Utc, nullable=True),  # since then it may leave
    Column("held_until", Utc, nullable=True),
    Column("issued_at", Utc, nullable=True),
    Column("issued_by", String(64), nullable=True),
    Column("renewals", Integer, nullable=False, server_default="0"),
    Column("recalled_at", Utc, nullable=True),
    Column("pieces", Integer, nullable=True),  # still with the borrower, as counted
    Column("still_out", JSON, nullable=True),  # ids of what lies in it and did not come back
    Column("stage", Integer, nullable=True),  # the newest reminder
    Column("reminded_at", Utc, nullable=True),
    Column("reshelved_at", Utc, nullable=True),
    Index("ix_loans_holding_id_state", "holding_id", "state"),
    Index("ix_loans_state_held_until", "state", "held_until"),
    Index("ix_loans_reminded_at", "reminded_at"),
    Index("ix_loans_state_due", "state", "due"),
)

racks = Table(
    "racks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("mode", String(24), nullable=False),
    Column("open_aisle", Integer, nullable=True),
    Column("occupied", String(400), nullable=False),
    Column("fault_code", Integer, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("last_result", String(400), nullable=False),  # of the newest motion: code:aisle[:reason]
    Column("seq", BigInteger, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),  # online, lost
    Column("since", Utc, nullable=False),
    Column("detail", String(400), nullable=False),
    Column("seq", BigInteger, nullable=False),
)

# --- the catalogue's mirror ------------------------------------------------------------------

import_runs = Table(
    "import_runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("file", String(400), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc, nullable=True),
    Column("state", String(16), nullable=False),  # staging, held, applying, done, refused
    Column("created", Integer, nullable=False, default=0),
    Column("changed", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("by", String(64), nullable=True),
    Column("computer", String(64), nullable=True),
    Column("withdrawn", Integer, nullable=True),
    Column("restored", Integer, nullable=True),
    Column("reason", String(400), nullable=True),  # why it is held or was refused
    Index("ix_import_runs_source_state", "source", "state"),
)

import_stage = Table(
    "import_stage",
    metadata,
    Column("run_id", String(36), primary_key=True),
    Column("row_no", Integer, primary_key=True),
    Column("id", String(36), nullable=False),
    Column("external_id", String(400), nullable=False),
    Column("reference_code", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("fonds", String(64), nullable=False),
    Column("home", String(200), nullable=False),
    Column("parent_id", String(36), nullable=True),
    Column("barcode", String(64), nullable=True),
    Column("retention", String(16), nullable=False),
    Column("year", Integer, nullable=True),
    Column("pages", Integer, nullable=True),
    Column("archive_class", String(16), nullable=True),
    Column("key_fields", JSON, nullable=True),
    Column("digest", String(64), nullable=False),
    Index("ix_import_stage_run_id_id", "run_id", "id"),
)

holdings = Table(
    "holdings",
    metadata,
    Column("id", String(36), primary_key=True),  # UUIDv5 of (source, external id)
    Column("source", String(64), nullable=False),
    Column("external_id", String(400), nullable=False),
    Column("reference_code", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("fonds", String(64), nullable=False),
    Column("home", String(200), nullable=False),
    Column("parent_id", String(36), nullable=True),
    Column("barcode", String(64), nullable=True),
    Column("retention", String(16), nullable=False),
    Column("year", Integer, nullable=True),
    Column("pages", Integer, nullable=True),
    Column("archive_class", String(16), nullable=True),
    Column("key_fields", JSON, nullable=True),  # keyed digests and masks, never the numbers
    Column("withdrawn_at", Utc, nullable=True),  # vanished from its catalogue; the thing may not
    Column("digest", String(64), nullable=False),  # of the fields above: unchanged rows are skipped
    Column("run_id", String(36), nullable=False),
    UniqueConstraint("source", "external_id"),
    Index("ix_holdings_reference_code", "reference_code"),
    Index("ix_holdings_barcode", "barcode"),
    Index("ix_holdings_parent_id", "parent_id"),
    # few rows: asking what a box lies in must not cost a look into every box's own row
    Index(
        "ix_holdings_nested",
        "id",
        unique=True,  # as ids are; SQLite prefers it to the primary key's own index only so
        sqlite_where=text("parent_id IS NOT NULL AND kind <> 'file'"),
        postgresql_where=text("parent_id IS NOT NULL AND kind <> 'file'"),
    ),
)

# --- people ----------------------------------------------------------------------------------

users = Table(
    "users",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),  # staff, facilities, reader, administrator
    Column("password_hash", String(200), nullable=False),
    Column("language", String(8), nullable=True),
    Column("created_at", Utc, nullable=False),
    Column("disabled_at", Utc, nullable=True),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", Utc, nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user", String(64), ForeignKey("users.name"), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("computer", String(64), nullable=False),
    Index("ix_sessions_user", "user"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),  # the part before the dot
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("secret_sha256", String(64), nullable=False),  # of 256 random bits
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=True),
    Column("revoked_at", Utc, nullable=True),
)

requests = Table(
    "requests",
    metadata,
    Column("id", String(36), primary_key=True),  # UUIDv7: filing order
    Column("kind", String(40), nullable=False),  # the request's class name
    Column("body", JSON, nullable=False),
    Column("by", String(64), nullable=False),
    Column("computer", String(64), nullable=False),
    Column("filed_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),  # unanswered by then: expired, never carried out
    Column("state", String(16), nullable=False),  # filed, taken, accepted, refused, expired
    Column("code", String(64), nullable=True),
    Column("detail", JSON, nullable=True),
    Column("answered_at", Utc, nullable=True),
    Index("ix_requests_state_id", "state", "id"),
)

# --- queues and telemetry --------------------------------------------------------------------

outbox = Table(
    "outbox",
    metadata,
    # AUTOINCREMENT on SQLite: an id is never used twice, so a cursor never points at a stranger
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("destination", String(16), nullable=False),  # mqtt, trends
    Column("seq", BigInteger, nullable=True),  # of the event it tells of; NULL for telemetry
    Column("topic", String(200), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("retain", Boolean, nullable=False),
    Column("expiry_s", Integer, nullable=True),
    Column("content_type", String(64), nullable=False),
    Index("ix_outbox_destination_id", "destination", "id"),
    sqlite_autoincrement=True,
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # what it was in the outbox
    Column("destination", String(16), nullable=False),
    Column("seq", BigInteger, nullable=True),
    Column("topic", String(200), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("content_type", String(64), nullable=False),
    Column("reason", String(400), nullable=False),  # the other side's words
    Column("at", Utc, nullable=False),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("consumer", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the consumer has committed up to here
    Column("at", Utc, nullable=False),
)

readings = Table(
    "readings",
    metadata,
    Column("sensor", String(32), primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("temperature_c", Float, nullable=True),
    Column("relative_humidity_percent", Float, nullable=True),
    Column("quality", String(16), nullable=False),
    Column("fault", String(64), nullable=False),
    # before the sensor was corrected by its calibration; NULL: nothing was corrected
    Column("raw_temperature_c", Float, nullable=True),
    Column("raw_relative_humidity_percent", Float, nullable=True),
    Column("hist", Boolean, nullable=False, server_default=false()),  # found afterwards
    Index("ix_readings_at", "at"),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("writer", String(64), primary_key=True),  # "<site>/controller"
    Column("started_at", Utc, nullable=False),
    Column("beat_at", Utc, nullable=False),
    Column("state", String(64), nullable=False),  # running, stopped
    Column("counters", JSON, nullable=False),  # per device and for itself: what /metrics shows
)
