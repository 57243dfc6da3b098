"""What people and programs read of loans, alarms, racks, devices and the controller's own health.

Lists go on from a key (never from an offset), newest first; every query is bounded by an index
and a limit. Places are configured in the site file, so a rack or device nobody has heard of yet
is not here: whoever shows it knows its name from there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from controller.domain.model import AlarmKind, AlarmState, LoanState, Priority
from controller.store.alarms.tables import alarms
from controller.store.schema import devices, heartbeat, holdings, loans, outbox, racks
from drivers.observations import RackMode


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanView:
    """One loan as it stands, with the holding in words."""

    id: str
    holding_id: str
    reference_code: str | None
    title: str | None
    borrower: str
    purpose: str
    due: datetime
    state: LoanState
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    left_at: datetime | None
    """Last seen leaving under this loan."""
    return_proposed_at: datetime | None
    """Last seen coming in while it was out: a person has to confirm the return."""
    returned_at: datetime | None
    returned_by: str | None
    turn_at: datetime | None
    """Since then it may leave."""
    held_until: datetime | None
    """So long it lies at the desk for its borrower."""
    issued_at: datetime | None
    issued_by: str | None
    renewals: int
    recalled_at: datetime | None
    pieces: int | None
    """Still with the borrower, as counted at the desk."""
    still_out: dict[str, str] | None
    """Ids of what lies in it and did not come back, each with a note."""
    stage: int | None
    """The newest reminder, in days since the due day: -7, 0, 7 or 30."""
    reminded_at: datetime | None
    reshelved_at: datetime | None
    """When it was seen where it belongs, after its return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """One alarm as it stands (ISA-18.2 states)."""

    id: str
    kind: AlarmKind
    source: str
    subject: str
    holding_id: str | None
    priority: Priority
    state: AlarmState
    raised_at: datetime
    """Of the latest occurrence; of one put aside before its first, when that was."""
    occurrences: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str
    returned_at: datetime | None
    return_reason: str
    detail: dict[str, str]
    seq: int
    """Number of the newest event about it."""
    condition: bool
    """Whether what it is about holds now, told or put aside."""
    latched: bool
    """It stays until it is reset, when its condition is gone and somebody has seen it."""
    auto_acknowledges: bool
    in_flood: bool
    """It was raised in a flood; the flood's own alarm speaks for it."""
    since: datetime
    """When its state began."""
    level: int
    """How far it was escalated in this state; 0: not."""
    until: datetime | None
    """When its shelving ends."""
    reason: str
    """Why it was put aside."""
    work_order: str
    held_by: str
    """Who put it aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RackView:
    """One bank of mobile shelving, by its own last account."""

    id: str
    mode: RackMode
    open_aisle: int | None
    occupied: str
    """Aisles that are not known to be clear, with what they are: ``3:occupied``."""
    fault_code: int
    changed_at: datetime
    last_result: str
    """What became of the newest motion: a code and its facts; empty before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """One device: answering or not, and since when."""

    id: str
    state: str
    since: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The last sign of life of one writer."""

    writer: str
    started_at: datetime
    beat_at: datetime
    state: str
    counters: dict[str, Any]


# --- loans -----------------------------------------------------------------------------------


def loan(connection: Connection, loan_id: str) -> LoanView | None:
    """The loan of that id."""
    row = connection.execute(_LOANS.where(loans.c.id == loan_id)).mappings().one_or_none()
    return None if row is None else _loan(row)


def list_loans(
    connection: Connection,
    *,
    states: Collection[LoanState] = (),
    holding_id: str | None = None,
    due_before: datetime | None = None,
    before: str | None = None,
    limit: int,
) -> list[LoanView]:
    """Loans, newest first; ``before`` is the id to go on from."""
    query = _LOANS.order_by(loans.c.id.desc()).limit(limit)
    if states:
        query = query.where(loans.c.state.in_(states))
    if holding_id is not None:
        query = query.where(loans.c.holding_id == holding_id)
    if due_before is not None:
        query = query.where(loans.c.due < due_before)
    if before is not None:
        query = query.where(loans.c.id < before)
    return [_loan(row) for row in connection.execute(query).mappings()]


_LOANS = select(
    *[column for column in loans.c if column.name != "seq"],
    holdings.c.reference_code,
    holdings.c.title,
).outerjoin(holdings, holdings.c.id == loans.c.holding_id)


def _loan(row: Any) -> LoanView:
    return LoanView(**{**row, "state": LoanState(row["state"])})


# --- alarms ----------------------------------------------------------------------------------


def alarm(connection: Connection, alarm_id: str) -> AlarmView | None:
    """The alarm of that id, in whatever state."""
    row = connection.execute(select(alarms).where(alarms.c.id == alarm_id)).mappings().one_or_none()
    return None if row is None else _alarm(row)


def list_alarms(
    connection: Connection,
    *,
    states: Collection[AlarmState] = (),
    kinds: Collection[AlarmKind] = (),
    priorities: Collection[Priority] = (),
    source: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[AlarmView]:
    """Alarms, the last changed first; ``before`` is the number to go on from."""
    query = select(alarms).order_by(alarms.c.seq.desc()).limit(limit)
    for column, wanted in (
        (alarms.c.state, states),
        (alarms.c.kind, kinds),
        (alarms.c.priority, priorities),
    ):
        if wanted:
            query = query.where(column.in_(wanted))
    if source is not None:
        query = query.where(alarms.c.source == source)
    if before is not None:
        query = query.where(alarms.c.seq < before)
    return [_alarm(row) for row in connection.execute(query).mappings()]


def count_alarms(connection: Connection) -> dict[AlarmState, int]:
    """How many alarms stand in each state but normal."""
    query = (
        select(alarms.c.state, func.count())
        .where(alarms.c.state != AlarmState.NORMAL)
        .group_by(alarms.c.state)
    )
    return {AlarmState(state): count for state, count in connection.execute(query)}


def _alarm(row: Any) -> AlarmView:
    return AlarmView(
        **{
            **row,
            "kind": AlarmKind(row["kind"]),
            "priority": Priority(row["priority"]),
            "state": AlarmState(row["state"]),
        }
    )


# --- racks and devices -----------------------------------------------------------------------


def list_racks(connection: Connection) -> dict[str, RackView]:
    """Every bank that ever reported, by id."""
    columns = [column for column in racks.c if column.name != "seq"]
    return {
        row["id"]: RackView(**{**row, "mode": RackMode(row["mode"])})
        for row in connection.execute(select(*columns)).mappings()
    }


def list_devices(connection: Connection) -> dict[str, DeviceView]:
    """Every device that ever answered or fell silent, by id."""
    columns = [column for column in devices.c if column.name != "seq"]
    return {row["id"]: DeviceView(**row) for row in connection.execute(select(*columns)).mappings()}


# --- health ----------------------------------------------------------------------------------


def heartbeats(connection: Connection) -> dict[str, Beat]:
    """The last sign of life of every writer, by its name ``<site>/<writer>``."""
    return {row["writer"]: Beat(**row) for row in connection.execute(select(heartbeat)).mappings()}


def outbox_depths(connection: Connection) -> dict[str, int]:
    """How many messages wait, by destination."""
    query = select(outbox.c.destination, func.count()).group_by(outbox.c.destination)
    return dict(connection.execute(query).all())
