"""What listens beside doors, as the site file names it: zone readers and shelf antennas."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from controller.domain.plans_presence import Mobility, PresenceRule
from controller.site_parts import Id, Part, Placed, Seconds
from controller.site_readers import Reader

AntennaPort = Annotated[int, Field(ge=1, le=255)]
Decibels = Annotated[float, Field(ge=0)]


class Zone(Placed):
    """A reader that covers a room or a part of it, and may hear through walls."""

    reader: Reader
    antennas: tuple[AntennaPort, ...] = ()
    """The ports that are listened to; none named: all."""


class ShelfAntenna(Part):
    """One port and the place on a shelf it covers, as narrow as that is known."""

    port: AntennaPort
    rack: Id
    bay: Annotated[int, Field(ge=1)] | None = None
    level: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _from_the_outside_in(self) -> Self:
        if self.level is not None and self.bay is None:
            raise ValueError("a level without its bay is no place")
        return self

    @property
    def spot(self) -> str:
        """``rack/bay/level`` as far as known."""
        steps = (self.rack, self.bay, self.level)
        return "/".join(str(step) for step in steps if step is not None)


class ShelfReader(Placed):
    """A reader whose antennas lie in shelves and hear what lies beside them."""

    reader: Reader
    antennas: Annotated[tuple[ShelfAntenna, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_place_a_port(self) -> Self:
        ports = [antenna.port for antenna in self.antennas]
        if len(set(ports)) != len(ports):
            raise ValueError("an antenna port is named twice")
        return self


class PresenceSettings(Part):
    """How presence is concluded; what is not named is as measured and recommended."""

    longest_silence_s: Seconds = PresenceRule().longest_silence_s
    """However badly a tag is heard: silent for so long, it has departed."""
    grace_s: Seconds = PresenceRule().grace_s
    """Silence after a reader has come back that is not yet counted."""
    threshold_db: Decibels = Mobility().threshold_db
    """How much louder a tag must be elsewhere to be said to be there …"""
    hold_off_s: Annotated[float, Field(ge=0)] = Mobility().hold_off_s
    """… until the old place has not heard it for so long …"""
    slope_db_per_s: Decibels = Mobility().slope_db_per_s
    """… and how fast that advantage shrinks from then on."""

    def rule(self) -> PresenceRule:
        """The same, as the domain wants it."""
        return PresenceRule(
            mobility=Mobility(
                threshold_db=self.threshold_db,
                hold_off_s=self.hold_off_s,
                slope_db_per_s=self.slope_db_per_s,
            ),
            longest_silence_s=self.longest_silence_s,
            grace_s=self.grace_s,
        )


def check_shelves(readers: Iterable[ShelfReader], rooms: Mapping[str, str]) -> None:
    """A shelf antenna lies where its rack stands; racks that do not move need no listing.

    Raises:
        ValueError: a listed rack stands in another room; ``rooms`` has the room of each.
    """
    for reader in readers:
        for antenna in reader.antennas:
            room = rooms.get(antenna.rack, reader.room)
            if room != reader.room:
                raise ValueError(
                    f"shelf reader {reader.id!r} is in room {reader.room!r}, but rack "
                    f"{antenna.rack!r} of its antenna {antenna.port} stands in {room!r}"
                )
