"""Errands put into the order in which to walk: bank after bank, in each the cheapest round."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from controller.config import Site
from controller.domain.places import Places, ShelfPlace
from controller.domain.plans import RackPlan
from controller.domain.rounds import best_round
from controller.store.shelving.errand_views import ErrandView
from controller.store.views import list_racks


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One aisle, and what is to be done in it."""

    rack: str
    """Empty when the catalogue's place names no rack of the site."""
    aisle: int | None
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
    placed = {errand.id for stop in stops for errand in stop.errands}
    rest = tuple(errand for errand in errands if errand.id not in placed)
    return [*stops, Stop(rack="", aisle=None, errands=rest)] if rest else stops


def places_of(site: Site) -> Places:
    """The reader of this site's location codes."""
    plans = [
        RackPlan(id=rack.id, aisles=rack.aisles, name=rack.name, shelves=rack.shelves.plan())
        for rack in site.racks
    ]
    return Places(plans, site.places.patterns)


def _along(places: Places, errand: ErrandView) -> tuple[int, str, int, str]:
    place = places.read(errand.shelf) or ShelfPlace(rack="", aisle=0)
    return (place.bay or 0, place.side or "", -(place.level or 0), place.slot)
