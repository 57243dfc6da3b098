"""What people read of the queues at the shelving, and what a new controller must know of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from controller.domain.model_shelving import (
    LIVE,
    Doubt,
    KnownShelving,
    Reservation,
    ReservationState,
)
from controller.store.shelving.errand_views import open_errands
from controller.store.shelving.folds import OPENING, UNKNOWN
from controller.store.shelving.machine_views import machine_doubts
from controller.store.shelving.tables import rack_motions, reservations


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationView:
    """One reservation of an aisle as it stands."""

    id: str
    rack: str
    aisle: int
    by: str
    state: ReservationState
    since: datetime
    """In that state."""
    claimed: bool
    """Its person has opened it, or said that they are there."""
    reason: str
    """What keeps the aisle shut, why it ended, or ``overdue``; empty when all is well."""
    made_at: datetime
    ended_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionView:
    """The newest motion of one bank."""

    rack: str
    aisle: int
    by: str
    state: str
    """``opening``, ``unknown``; or its end: ``opened``, ``declined``, ``stopped`` …"""
    since: datetime
    detail: str


def live_reservations(connection: Connection, rack: str | None = None) -> list[ReservationView]:
    """Those that are not over, in the order of their making."""
    query = _RESERVATIONS.where(reservations.c.state.in_(sorted(LIVE)))
    if rack is not None:
        query = query.where(reservations.c.rack == rack)
    rows = connection.execute(query.order_by(reservations.c.id)).mappings()
    return [_reservation(row) for row in rows]


def reservation(connection: Connection, reservation_id: str) -> ReservationView | None:
    """The reservation of that id, over or not."""
    query = _RESERVATIONS.where(reservations.c.id == reservation_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _reservation(row)


def motions(connection: Connection) -> dict[str, MotionView]:
    """The newest motion of every bank that was ever told to move, by the bank's id."""
    columns = [c for c in rack_motions.c if c.name not in ("seq", "command_id")]
    return {
        row["rack"]: MotionView(**row) for row in connection.execute(select(*columns)).mappings()
    }


def known_shelving(connection: Connection) -> KnownShelving:
    """What a controller that starts takes over; bounded by what is not over."""
    live = select(reservations).where(reservations.c.state.in_(sorted(LIVE)))
    open_motions = select(rack_motions).where(rack_motions.c.state.in_((OPENING, UNKNOWN)))
    return KnownShelving(
        reservations=tuple(
            Reservation(
                id=row.id,
                rack=row.rack,
                aisle=row.aisle,
                by=row.by,
                state=ReservationState(row.state),
                command_id=row.command_id,
                claimed=row.claimed,
                since=row.since,
                overdue=row.reason == "overdue",
            )
            for row in connection.execute(live.order_by(reservations.c.id))
        ),
        doubts=tuple(
            Doubt(
                rack=row.rack,
                aisle=row.aisle,
                command_id=row.command_id,
                by=row.by,
                told=row.state == UNKNOWN,
            )
            for row in connection.execute(open_motions)
        ),
        errands=open_errands(connection),
        machine_doubts=machine_doubts(connection),
    )


_RESERVATIONS = select(*[c for c in reservations.c if c.name not in ("seq", "command_id")])


def _reservation(row: Any) -> ReservationView:
    return ReservationView(**{**row, "state": ReservationState(row["state"])})
