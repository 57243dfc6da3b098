"""What stands where, as the domain needs to know it: ids, sides, limits; no addresses.

The shell makes these from the site file. They are values; nothing in them changes while running.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from controller.domain.calibration import Calibration
from controller.domain.model import Priority, Side
from controller.domain.plans_climate import ClimateRules
from drivers.commands import LockField

Quantity = Literal[
    "temperature_c",
    "relative_humidity_percent",
    "dew_point_margin_k",
    "battery_percent",
    "standstill",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRule:
    """What commissioning found out about one door."""

    bias: float = 0.0
    """Added to the log-odds of "it went through"."""
    scale: float = 1.0
    """Multiplies them before; 1 leaves them as they are."""
    commits_alone: bool = False
    """Whether a sure passage needs no person: only a door that has passed commissioning may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPlan:
    """A doorway with a portal reader; the reader's device name is the door's id."""

    id: str
    room: str
    """The room on its inside."""
    antennas: Mapping[int, Side]
    """Reader port to the side it looks at; ports that are not named are not listened to."""
    rule: DoorRule = DoorRule()
    beams: tuple[int, ...] = ()
    """Reader inputs that are light beams across the doorway, active while broken."""
    green: int | None = None
    amber: int | None = None
    red: int | None = None
    buzzer: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPlan:
    """A desk where staff write tags; the reader's device name is the desk's id."""

    id: str
    locks: tuple[LockField, ...] = (LockField.EPC,)
    """What is locked in a tag where a person wants it locked, in this order."""
    access_password: int = field(default=0, repr=False)
    """The site's own, which tags get before they are locked; 0: they get none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPlan:
    """A room whose shelving may move by the calendar."""

    id: str
    motion_sensors: tuple[tuple[str, int], ...]
    """Reader and its input, each active while somebody is in the room."""
    quiet_s: float
    """So long must each have been still before the room counts as empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvesPlan:
    """How the shelves of a bank are labelled, and which there are."""

    code: str = ""
    """What labels call the bank, besides its id and its name."""
    bays: int | None = None
    levels: int | None = None
    faces: tuple[str, str] = ("A", "B")
    """What labels call the two faces of a column, the one towards its lower neighbour first."""
    from_far_end: bool = False
    """Labels count aisles and columns from the end where the bank's own count ends."""
    bare: frozenset[tuple[int, str]] = frozenset()
    """Aisles and sides, ``left`` or ``right``, that have no shelves."""
    light: bool = False
    """Whether the bank can light an aisle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RackPlan:
    """A bank of mobile shelving; its device name is its id."""

    id: str
    aisles: int
    stale_after_s: float = 3.0
    """A picture older than this is no picture."""
    name: str = ""
    room: str = ""
    shelves: ShelvesPlan = ShelvesPlan()


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPlan:
    """One alarm limit. The limit itself is still good; the deadband lies on its good side."""

    quantity: Quantity
    side: Literal["high", "low"]
    limit: float
    deadband: float = 0.0
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    priority: Priority = Priority.MEDIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPlan:
    """A temperature and humidity sensor; its device name is its id."""

    id: str
    room: str
    stale_after_s: float
    limits: tuple[LimitPlan, ...] = ()
    calibration: Calibration | None = None
    rules: ClimateRules | None = None
    surface_sensor: str = ""
    """Whose temperature is that of the coldest surface in this air; empty: nobody's."""
