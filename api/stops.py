"""Errands put into the order in which to walk: bank after bank, in each the cheapest round."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from controller.config import Site
from controller.domain.places import Places, ShelfPlace
from controller.domain.rounds import best_round
from controller.site_racks import machine_plan
from controller.store.shelving.errand_views import ErrandView
from controller.store.views import list_racks


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One aisle, or one place of a machine, and what is to be done there."""

    rack: str
    """Empty when the catalogue's place names no rack of the site."""
    aisle: int | None
    target: str = ""
    """The place in a lift, crane or carousel: a tray, a shelf, ``row/column/level``."""
    errands: tuple[ErrandView, ...]
    """From the front of the bank to its far end, from the top down."""


def stops_of(connection: Connection, site: Site, errands: Sequence[ErrandView]) -> list[Stop]:
    """``errands`` by stop, in the site file's order of banks; what has no known place last."""
    seen = list_racks(connection)
    places = places_of(site)
    stops: list[Stop] = []
    for rack in site.racks:
        here = [e for e in errands if e.rack == rack.id and e.aisle is not None]
        standing = seen[rack.id].open_aisle if rack.id in seen else None
        for aisle in best_round({e.aisle for e in here if e.aisle is not None}, standing):
            inside = sorted((e for e in here if e.aisle == aisle), key=lambda e: _along(places, e))
            stops.append(Stop(rack=rack.id, aisle=aisle, errands=tuple(inside)))
    stops += _in_machines(places, site, errands)
    placed = {errand.id for stop in stops for errand in stop.errands}
    rest = tuple(errand for errand in errands if errand.id not in placed)
    return [*stops, Stop(rack="", aisle=None, errands=rest)] if rest else stops


def _in_machines(places: Places, site: Site, errands: Sequence[ErrandView]) -> list[Stop]:
    """What lies in lifts, cranes and carousels: a stop for each tray, cell or shelf."""
    order = [machine.id for machine in site.machines]
    found: dict[tuple[int, tuple[int, ...]], list[ErrandView]] = {}
    for errand in errands:
        place = places.in_machine(errand.shelf) if errand.rack in order else None
        if place is not None:
            found.setdefault((order.index(errand.rack), place.numbers), []).append(errand)
    return [
        Stop(
            rack=order[machine],
            aisle=None,
            target="/".join(map(str, numbers)),
            errands=tuple(found[machine, numbers]),
        )
        for machine, numbers in sorted(found)
    ]


def places_of(site: Site) -> Places:
    """The reader of this site's location codes."""
    machines = [machine_plan(machine) for machine in site.machines]
    return Places([rack.plan() for rack in site.racks], site.places.patterns, machines)


def _along(places: Places, errand: ErrandView) -> tuple[int, str, int, str]:
    place = places.read(errand.shelf) or ShelfPlace(rack="", aisle=0)
    return (place.bay or 0, place.side or "", -(place.level or 0), place.slot)
