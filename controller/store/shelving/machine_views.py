"""Lifts, cranes and carousels as people read them, and what a new controller must know of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from controller.domain.model_machines import (
    MachineDoubt,
    MachineVerb,
    MachineWish,
    numbers_of,
)
from controller.store.shelving.machine_folds import SENT, UNKNOWN
from controller.store.shelving.tables import machines
from drivers.observations import RackMode


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineView:
    """One machine: its own last account, and its newest motion."""

    id: str
    mode: RackMode
    moving: bool
    fault_code: int
    flags: str
    """What its status says is in the way, comma-separated; ``unknown``: it does not say."""
    presents: str
    """What stands at its openings, comma-separated; ``0`` nothing, ``?`` unknown."""
    changed_at: datetime | None
    verb: str
    """Of the newest motion; empty before the first."""
    target: str
    opening: int
    by: str
    state: str
    """``sent``, ``done``, ``refused``, ``stopped``, ``failed``, ``unknown``, ``resolved``."""
    since: datetime | None
    detail: str
    refused: str
    """Why the newest wish came to nothing, or why it was halted; empty when neither."""


def list_machines(connection: Connection) -> dict[str, MachineView]:
    """Every machine that ever reported, by id."""
    columns = [c for c in machines.c if c.name not in ("seq", "command_id")]
    return {
        row["id"]: MachineView(**{**row, "mode": RackMode(row["mode"])})
        for row in connection.execute(select(*columns)).mappings()
    }


def machine_doubts(connection: Connection) -> tuple[MachineDoubt, ...]:
    """Motions that have begun and of which no end is known."""
    query = select(machines).where(machines.c.state.in_((SENT, UNKNOWN))).order_by(machines.c.id)
    return tuple(
        MachineDoubt(
            machine=row.id,
            wish=MachineWish(
                verb=MachineVerb(row.verb),
                numbers=numbers_of(row.target) or (),
                opening=row.opening,
            ),
            command_id=row.command_id,
            by=row.by,
            told=row.state == UNKNOWN,
        )
        for row in connection.execute(query)
    )
