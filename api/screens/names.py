"""What the site file calls things, by id: people read names, never ids."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.screens.language import Language
from controller.config import Site
from controller.domain.model import OUTSIDE


@dataclass(frozen=True, slots=True)
class Names:
    """Rooms and devices by their ids; an id that is no longer listed stands for itself."""

    rooms: Mapping[str, str]
    devices: Mapping[str, str]

    @classmethod
    def of(cls, site: Site) -> "Names":
        """As this site file names them."""
        return cls(
            rooms={room.id: room.name for room in site.rooms},
            devices={part.id: part.name for part in site.placed},
        )

    def device(self, device_id: str) -> str:
        """A door, desk, rack or sensor."""
        return self.devices.get(device_id, device_id)

    def place(self, place: str, t: Language) -> str:
        """Where something is: a room, outside, or a question."""
        if place == OUTSIDE:
            return t("Outside")
        return self.rooms.get(place, place) if place else t("Undecided")

    def spot(self, room: str, spot: str, t: Language) -> str:
        """A room and where in it: a zone by its name, or a rack with its bay and level."""
        where = self.place(room, t)
        rack, *steps = spot.split("/")
        if rack:
            where += f" · {self.device(rack)}"
        if steps:
            where += " " + t("bay %(number)s", number=steps[0])
        if steps[1:]:
            where += " " + t("level %(number)s", number=steps[1])
        return where
