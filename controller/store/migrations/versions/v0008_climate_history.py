"""Climate history: raw readings beside corrected ones, hours, and stays of holdings in places.

Revision 0008, 2026-11-23. After 0007. The hours of the readings that are there are summed up;
stays are derived from the journal, so ``rebuild --write`` makes those of earlier years.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns, make the tables, sum up what is there."""
    op.add_column("readings", sa.Column("raw_temperature_c", sa.Float(), nullable=True))
    op.add_column("readings", sa.Column("raw_relative_humidity_percent", sa.Float(), nullable=True))
    op.add_column(
        "readings", sa.Column("hist", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _make_hours()
    _make_stays()
    _sum_up()


def _make_hours() -> None:
    quantities = [
        column
        for prefix in ("temperature", "humidity")
        for column in (
            sa.Column(f"{prefix}_count", sa.Integer(), nullable=False),
            sa.Column(f"{prefix}_sum", sa.Float(), nullable=False),
            sa.Column(f"{prefix}_lowest", sa.Float(), nullable=True),
            sa.Column(f"{prefix}_highest", sa.Float(), nullable=True),
        )
    ]
    op.create_table(
        "reading_hours",
        sa.Column("sensor", sa.String(length=32), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        *quantities,
        sa.PrimaryKeyConstraint("sensor", "at", name="pk_reading_hours"),
        sqlite_with_rowid=False,
    )


def _make_stays() -> None:
    op.create_table(
        "stays",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holding_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("passage_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_stays"),
    )
    op.create_index("ix_stays_holding_id_since", "stays", ["holding_id", "since"])
    op.create_index("ix_stays_place_holding_id", "stays", ["place", "holding_id"])


def _sum_up() -> None:
    """A month of readings, a sensor at a time; each covers its own minute."""
    connection = op.get_bind()
    readings = sa.table(
        "readings",
        sa.column("sensor", sa.String()),
        sa.column("at", TIME),
        sa.column("temperature_c", sa.Float()),
        sa.column("relative_humidity_percent", sa.Float()),
        sa.column("quality", sa.String()),
    )
    others: list[sa.ColumnClause[Any]] = [
        sa.column(name) for name in _row("", None) if name != "at"
    ]
    hours = sa.table("reading_hours", sa.column("at", TIME), *others)
    sensors = connection.scalars(sa.select(readings.c.sensor).distinct()).all()
    for sensor in sensors:
        found: dict[datetime, dict[str, Any]] = {}
        rows = connection.execute(
            sa.select(*[c for c in readings.c if c.name != "sensor"]).where(
                readings.c.sensor == sensor, readings.c.quality != "bad"
            )
        )
        for stored, temperature, humidity, quality in rows:
            at = stored.astimezone(UTC) if stored.tzinfo else stored
            hour = at.replace(minute=0, second=0, microsecond=0)
            row = found.setdefault(hour, _row(sensor, hour))
            _count(row, at, temperature, humidity, quality)
        if found:
            connection.execute(sa.insert(hours), list(found.values()))


def _row(sensor: str, at: datetime | None) -> dict[str, Any]:
    row: dict[str, Any] = {"sensor": sensor, "at": at, "readings": 0, "uncertain": 0, "minutes": 0}
    for prefix in ("temperature", "humidity"):
        row |= {f"{prefix}_count": 0, f"{prefix}_sum": 0.0}
        row |= {f"{prefix}_lowest": None, f"{prefix}_highest": None}
    return row


def _count(
    row: dict[str, Any], at: datetime, temperature: float | None, humidity: float | None, how: str
) -> None:
    values = {"temperature": temperature, "humidity": humidity}
    known = {prefix: value for prefix, value in values.items() if value is not None}
    if not known:
        return
    row["readings"] += 1
    row["uncertain"] += how == "uncertain"
    row["minutes"] |= 1 << at.minute
    for prefix, value in known.items():
        row[f"{prefix}_count"] += 1
        row[f"{prefix}_sum"] += value
        lowest, highest = row[f"{prefix}_lowest"], row[f"{prefix}_highest"]
        row[f"{prefix}_lowest"] = value if lowest is None else min(lowest, value)
        row[f"{prefix}_highest"] = value if highest is None else max(highest, value)
