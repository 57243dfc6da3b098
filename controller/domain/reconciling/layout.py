"""The site as the comparison needs it: what a place's name means, and who listens there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from controller.domain.places import Places
from controller.domain.plans import RackPlan
from controller.domain.plans_presence import ListenerKind, ListenerPlan
from controller.domain.reconciling.facts import Spot

_HOMES_KEPT: Final = 65_536
"""Readings of place names that are remembered: a shelf's name stands in thousands of rows."""


class Layout:
    """Reads places of the catalogue and of observations into one form."""

    def __init__(
        self,
        *,
        racks: Iterable[RackPlan] = (),
        patterns: tuple[str, ...] = (),
        listeners: Iterable[ListenerPlan] = (),
        tag_wanted_from: Mapping[str, datetime] | None = None,
    ) -> None:
        """``tag_wanted_from``: by fonds, from when on each holding shall bear a tag."""
        racks = tuple(racks)
        self._rooms = {rack.id: rack.room for rack in racks}
        self._places = Places(racks, patterns)
        self._listeners = tuple(listeners)
        self._tag_wanted_from = dict(tag_wanted_from or {})
        self.home = lru_cache(maxsize=_HOMES_KEPT)(self._home)

    def _home(self, text: str) -> Spot | None:
        """What the catalogue's name of a place means; ``None``: nothing that there is.

        A site whose racks are not listed cannot tell, and then every place is one.
        """
        if not self._rooms:
            return Spot()
        place = self._places.read(text)
        if place is None:
            return None
        return Spot(
            room=self._rooms[place.rack],
            rack=place.rack,
            bay="" if place.bay is None else str(place.bay),
            level="" if place.level is None else str(place.level),
        )

    def heard(self, room: str, spot: str, source: str) -> Spot:
        """What an observation's place means; a zone says no more than its room."""
        if source == ListenerKind.ZONE or not spot:
            return Spot(room=room)
        rack, bay, level = (*spot.split("/"), "", "")[:3]
        return Spot(room=room, rack=rack, bay=bay, level=level)

    def deaf(self, home: Spot | None, lost: frozenset[str]) -> tuple[str, ...]:
        """The readers in the shelves of ``home`` that do not answer."""
        if home is None or not lost:
            return ()
        return tuple(
            sorted(
                plan.id
                for plan in self._listeners
                if plan.id in lost and plan.kind is ListenerKind.SHELF and self._covers(plan, home)
            )
        )

    def _covers(self, plan: ListenerPlan, home: Spot) -> bool:
        spots = [self.heard(plan.room, spot, plan.kind) for spot in plan.spots.values()]
        return any(spot.rack == home.rack and not spot.contradicts(home) for spot in spots)

    def tag_wanted_from(self, fonds: str) -> datetime | None:
        """From when on each holding of that fonds shall bear a tag."""
        return self._tag_wanted_from.get(fonds)
