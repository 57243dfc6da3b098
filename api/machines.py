"""The site's lifts, cranes and carousels together with what the store knows of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.context import Context
from controller.config import Machine
from controller.domain.plans_shelving import MachineKind
from controller.store.shelving.machine_views import MachineView, list_machines
from controller.store.views import DeviceView, list_devices
from drivers.observations import RackMode


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineState:
    """One machine and its own last account; unknown is never safe."""

    id: str
    name: str
    room: str
    kind: MachineKind
    sizes: tuple[int, ...]
    """How many trays; shelves; or rows, columns and levels."""
    openings: int
    mode: RackMode
    """``unknown`` also while it does not answer."""
    moving: bool
    fault_code: int
    flags: str
    """What its status says is in the way; ``unknown``: it does not say."""
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
    detail: str
    refused: str
    """Why the newest wish came to nothing, or why it was halted."""


def machines(context: Context) -> list[MachineState]:
    """Every machine of the site. Blocks."""
    with context.reader.connect() as connection:
        known, devices = list_machines(connection), list_devices(connection)
    return [machine_state(m, known.get(m.id), devices) for m in context.site.machines]


def machine_state(
    machine: Machine, known: MachineView | None, devices: Mapping[str, DeviceView]
) -> MachineState:
    """What is known of one; nothing stands still on the word of a machine that is silent."""
    device = devices.get(machine.id)
    fresh = known is not None and device is not None and device.state == "online"
    sizes = tuple(most for name, most in machine.sizes if name != "bays")
    return MachineState(
        id=machine.id,
        name=machine.name,
        room=machine.room,
        kind=MachineKind(machine.kind),
        sizes=sizes,
        openings=machine.openings,
        mode=known.mode if known is not None and fresh else RackMode.UNKNOWN,
        moving=known is not None and known.moving,
        fault_code=0 if known is None else known.fault_code,
        flags=known.flags if known is not None and fresh else "unknown",
        presents=known.presents if known is not None and fresh else "",
        changed_at=None if known is None else known.changed_at,
        verb="" if known is None else known.verb,
        target="" if known is None else known.target,
        opening=0 if known is None else known.opening,
        by="" if known is None else known.by,
        state="" if known is None else known.state,
        detail="" if known is None else known.detail,
        refused="" if known is None else known.refused,
    )
