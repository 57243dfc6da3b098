"""Banks of mobile shelving in the site file, and the machines that bring things: lifts and such.

The same words reach a line here as on the command line of the drivers. What names the same line
shares it, whatever it is.
"""

from abc import ABC, abstractmethod
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.domain.plans import RackPlan, ShelvesPlan
from controller.domain.plans_shelving import MachineKind, MachinePlan, QueueRule
from controller.site_parts import LineUrl, Part, Placed, Port, Seconds
from controller.site_shelving import Shelves

Unit = Annotated[int, Field(ge=0, le=247)]
Size = Annotated[int, Field(ge=1, le=999)]

MOBILE_SHELVING = "shelving/mobile-shelving.toml"


class Watched(Part):
    """Any way to a thing that moves."""

    allow_without_watchdog: bool = False
    """Moved although it goes on when the controller dies: only where people can see it move."""


class ModbusTcpRack(Watched):
    """A bank reached over Modbus TCP; the same as ``modbus`` with ``tcp://host:port``."""

    kind: Literal["modbus-tcp"]
    host: str
    port: Port = 502
    unit: Unit = 1
    profile: str = MOBILE_SHELVING

    @property
    def url(self) -> str:
        """The line, as every other is named."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"


class ModbusRack(Watched):
    """A bank on a Modbus line, by the line's URL, with its unit number there."""

    kind: Literal["modbus"]
    url: LineUrl
    unit: Unit = 1
    profile: str = MOBILE_SHELVING


class UdpRack(Watched):
    """A bank that speaks the makers' 0x55 frames over UDP; it has no watchdog."""

    kind: Literal["bank-udp"]
    host: str
    port: Port
    address: Annotated[int, Field(ge=0, le=255)] = 1
    """The bank's own code in its frames."""
    fixed_left: bool = True
    """The fixed column stands at the end where aisle 1 is."""

    @model_validator(mode="after")
    def _can_move(self) -> Self:
        if not self.allow_without_watchdog:
            raise ValueError(
                "a bank that speaks 0x55 frames has no watchdog and never moves on our word; "
                "where people can see it move, write allow_without_watchdog = true"
            )
        return self


RackLink = Annotated[ModbusTcpRack | ModbusRack | UdpRack, Field(discriminator="kind")]


class Rack(Placed):
    """One bank of mobile shelving."""

    columns: Annotated[int, Field(ge=2, le=33)]
    """Carriages and fixed column together; there is one aisle fewer."""
    link: RackLink
    shelves: Shelves = Shelves()

    @property
    def aisles(self) -> int:
        """How many aisles can be opened."""
        return self.columns - 1

    def plan(self) -> RackPlan:
        """What the domain needs to know of it."""
        shelves: ShelvesPlan = self.shelves.plan()
        return RackPlan(
            id=self.id, aisles=self.aisles, name=self.name, room=self.room, shelves=shelves
        )


class MachineLink(Watched):
    """A lift, crane or carousel on a Modbus line."""

    kind: Literal["modbus"] = "modbus"
    url: LineUrl
    unit: Unit = 1
    profile: str = ""
    """Empty: the shipped one of its kind."""


class _Machine(Placed, ABC):
    link: MachineLink
    code: str = ""
    """What labels call it, besides its id and its name."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """What its profile leaves to the site, by name, in the order in which places name it."""

    @property
    def openings(self) -> int:
        """Where it hands things over."""
        return 1


class Lift(_Machine):
    """A vertical lift module: trays, brought to an opening and taken away again."""

    kind: Literal["lift"]
    trays: Size
    bays: Annotated[int, Field(ge=1, le=4)] = 1
    """Access openings."""

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """Trays, and openings."""
        return (("trays", self.trays), ("bays", self.bays))

    @property
    def openings(self) -> int:
        """Its bays."""
        return self.bays


class Crane(_Machine):
    """A stacker crane: cells by row, column and level, and one hand-over place."""

    kind: Literal["crane"]
    rows: Size
    columns: Size
    levels: Size

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """Rows, columns, levels."""
        return (("rows", self.rows), ("columns", self.columns), ("levels", self.levels))


class Carousel(_Machine):
    """A carousel: shelves that turn until one stands at the opening."""

    kind: Literal["carousel"]
    shelves: Size

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """Shelves."""
        return (("shelves", self.shelves),)


Machine = Annotated[Lift | Crane | Carousel, Field(discriminator="kind")]

SHIPPED = {
    MachineKind.LIFT: "shelving/vertical-lift.toml",
    MachineKind.CRANE: "shelving/stacker-crane.toml",
    MachineKind.CAROUSEL: "shelving/rotary-carousel.toml",
}


def machine_profile(machine: Lift | Crane | Carousel) -> str:
    """The profile's name: its own, or the shipped one of its kind."""
    return machine.link.profile or SHIPPED[MachineKind(machine.kind)]


def machine_plan(machine: Lift | Crane | Carousel) -> MachinePlan:
    """What the domain needs to know of it."""
    sizes = [most for name, most in machine.sizes if name != "bays"]
    return MachinePlan(
        id=machine.id,
        kind=MachineKind(machine.kind),
        name=machine.name,
        room=machine.room,
        code=machine.code,
        sizes=tuple(sizes),
        openings=machine.openings,
    )


class Queues(Part):
    """How long people may take at a bank; carriages never move because a time is over."""

    claim_within_s: Seconds = 300.0
    """A turn that its person does not take up within so long is somebody else's."""
    wait_at_most_s: Seconds = 7200.0
    """Who has waited for so long has gone."""
    usual_hold_s: Seconds = 900.0
    """An aisle kept for longer is asked about, and may be released by whoever sees it empty."""

    def rule(self) -> QueueRule:
        """The same, as the domain needs it."""
        return QueueRule(**self.model_dump())
