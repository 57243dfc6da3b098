"""What doors were found fit for, by whom and when; every result is kept, the newest counts.

Each is written with its entry in the audit, in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from controller.store.audit import AuditEntry, record
from controller.store.database import begin_write
from controller.store.ids import new_id
from controller.store.recording_tables import door_commissionings
from controller.store.rows import fit

OPERATION = "CommissionDoor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commissioning:
    """One result."""

    door: str
    at: datetime
    by: str
    computer: str
    passed: bool
    """Whether the door may act on a sure passage without a person."""
    bias: float
    scale: float
    antennas: str
    """The sides it holds for, as ``1 inside, 2 outside``."""
    report: Mapping[str, Any]
    """Figures, problems and the confusion table, for whoever asks later."""


def write(connection: Connection, result: Commissioning) -> None:
    """Write ``result`` and who it was, in the caller's transaction.

    Raises:
        StoreFull, StoreBusy: not written.
    """
    begin_write(connection)
    row = {
        "id": new_id(),
        "door": result.door,
        "at": result.at,
        "by": result.by,
        "computer": result.computer,
        "passed": result.passed,
        "bias": result.bias,
        "scale": result.scale,
        "antennas": result.antennas,
        "report": dict(result.report),
    }
    connection.execute(insert(door_commissionings), [fit(door_commissionings, row)])
    entry = AuditEntry(
        at=result.at,
        user=result.by,
        computer=result.computer,
        operation=OPERATION,
        object=result.door,
        success=True,
        reason="passed" if result.passed else "not_passed",
    )
    record(connection, [entry])


def newest(connection: Connection) -> dict[str, Commissioning]:
    """The newest result of every door that has one."""
    latest = select(func.max(door_commissionings.c.id)).group_by(door_commissionings.c.door)
    rows = connection.execute(
        select(door_commissionings).where(door_commissionings.c.id.in_(latest))
    )
    return {
        row.door: Commissioning(
            door=row.door,
            at=row.at,
            by=row.by,
            computer=row.computer,
            passed=row.passed,
            bias=row.bias,
            scale=row.scale,
            antennas=row.antennas,
            report=row.report,
        )
        for row in rows
    }
