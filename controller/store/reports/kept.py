"""Reports that were made: kept as they were handed out, with their digests and who made them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from controller.store.reports.tables import reports
from controller.store.rows import fit


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One report without its bytes."""

    id: str
    room: str
    month: str
    language: str
    format: str
    made_at: datetime
    made_by: str
    figures_sha256: str
    """Of the figures alone: two reports with the same one say the same."""
    sha256: str
    """Of the file as it was handed out."""
    size: int


_ALIKE = ("room", "month", "language", "format", "figures_sha256")
_VIEW = [reports.c[name] for name in ReportView.__slots__]


def keep(connection: Connection, report: ReportView, body: bytes) -> None:
    """Store one report."""
    row = {name: getattr(report, name) for name in ReportView.__slots__}
    connection.execute(insert(reports).values(fit(reports, {**row, "body": body})))


def newest(connection: Connection, *, room: str | None = None, limit: int) -> list[ReportView]:
    """The newest reports first, of one room or of all."""
    query = select(*_VIEW).order_by(reports.c.id.desc()).limit(limit)
    if room is not None:
        query = query.where(reports.c.room == room)
    return [ReportView(**row) for row in connection.execute(query).mappings()]


def same(connection: Connection, report: ReportView) -> tuple[ReportView, bytes] | None:
    """The first report kept that says the same as ``report`` in the same way, if there is one."""
    alike = [reports.c[name] == getattr(report, name) for name in _ALIKE]
    query = select(*_VIEW, reports.c.body).where(*alike).order_by(reports.c.id).limit(1)
    return _with_body(connection, query)


def has(connection: Connection, room: str, month: str, language: str, form: str) -> bool:
    """Whether such a report was ever kept, whatever it says."""
    query = select(reports.c.id).where(
        reports.c.room == room,
        reports.c.month == month,
        reports.c.language == language,
        reports.c.format == form,
    )
    return connection.scalar(query.limit(1)) is not None


def body_of(connection: Connection, report_id: str) -> tuple[ReportView, bytes] | None:
    """One report with its bytes."""
    return _with_body(connection, select(*_VIEW, reports.c.body).where(reports.c.id == report_id))


def _with_body(connection: Connection, query: Select[Any]) -> tuple[ReportView, bytes] | None:
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    values = dict(row)
    body = bytes(values.pop("body"))
    return ReportView(**values), body
