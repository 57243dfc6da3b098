"""The tree of places: what lies in what, what fits in, who may stand there. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class LocationKind(StrEnum):
    """A step of the tree, from the outside in; steps may be left out."""

    SITE = "site"
    ROOM = "room"
    RACK = "rack"
    BAY = "bay"
    SIDE = "side"
    LEVEL = "level"
    SLOT = "slot"


_DEPTH = {kind: depth for depth, kind in enumerate(LocationKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One place."""

    id: str
    parent_id: str | None
    kind: LocationKind
    name: str
    capacity_mm: int | None = None
    """Shelf length; ``None``: the sum of what lies in it."""
    slots: int | None = None
    fonds: tuple[str, ...] = ()
    """Only these 全宗 may stand here; empty: as the place around it says, at last all."""
    climate_class: str = ""


class NoTree(ValueError):
    """Places that make no tree; the message names the place and says what to do."""


class LocationTree:
    """All places of a site. A circle cannot be made: every step goes further in."""

    def __init__(self, places: Iterable[Location]) -> None:
        """Every place once, parents in any order.

        Raises:
            NoTree: a place is named twice, has an unknown parent, or lies in a smaller one.
        """
        self._places: dict[str, Location] = {}
        self._inside: dict[str, list[str]] = {}
        for place in places:
            if place.id in self._places:
                raise NoTree(f"{place.id!r} is named twice; give every place an id of its own")
            self._places[place.id] = place
        for place in self._places.values():
            self._hang(place)

    def __getitem__(self, place_id: str) -> Location:
        return self._places[place_id]

    def path(self, place_id: str) -> tuple[Location, ...]:
        """The place and all around it, from the outside in."""
        steps = [self._places[place_id]]
        while (parent := steps[-1].parent_id) is not None:
            steps.append(self._places[parent])
        return tuple(reversed(steps))

    def capacity_mm(self, place_id: str) -> int | None:
        """Shelf length at and inside the place; ``None`` when nobody has said."""
        own = self._places[place_id].capacity_mm
        if own is not None:
            return own
        parts = [self.capacity_mm(inner) for inner in self._inside.get(place_id, ())]
        known = [part for part in parts if part is not None]
        return sum(known) if known else None

    def allows(self, place_id: str, fonds: str) -> bool:
        """Whether things of ``fonds`` may stand there: the nearest place that says so decides."""
        for place in reversed(self.path(place_id)):
            if place.fonds:
                return fonds in place.fonds
        return True

    def free_mm(self, place_id: str, used_mm: Mapping[str, int]) -> int | None:
        """What is left of the shelf length; negative when over capacity."""
        capacity = self.capacity_mm(place_id)
        return None if capacity is None else capacity - self._used(place_id, used_mm)

    def _used(self, place_id: str, used_mm: Mapping[str, int]) -> int:
        inner = sum(self._used(each, used_mm) for each in self._inside.get(place_id, ()))
        return used_mm.get(place_id, 0) + inner

    def _hang(self, place: Location) -> None:
        if place.parent_id is None:
            return
        parent = self._places.get(place.parent_id)
        if parent is None:
            raise NoTree(f"{place.id!r} lies in {place.parent_id!r}, which is not listed; add it")
        if _DEPTH[place.kind] <= _DEPTH[parent.kind]:
            raise NoTree(
                f"{place.id!r}, a {place.kind}, cannot lie in {parent.id!r}, a {parent.kind}; "
                f"the order is {', '.join(LocationKind)}"
            )
        self._inside.setdefault(parent.id, []).append(place.id)
