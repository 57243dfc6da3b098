"""What a device profile says, once it has been read and found sound."""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.registers import Kind, Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How the device wants to be spoken to."""

    response_timeout_s: float
    max_read_registers: int
    max_write_registers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Points that are read together, in one request, so that they belong to one instant."""

    name: str
    kind: Kind
    address: int
    count: int
    points: tuple[Point, ...]
    period_s: float
    active_period_s: float
    """The period while a command is under way."""
    stale_after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One absolute wish the device understands, and the point that proves it came true."""

    name: str
    code: int
    args: tuple[str, ...]
    confirm: tuple[str, str]
    """This point equals this argument once the wish is fulfilled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The command block with its sequence number last, and the stop beside it."""

    block: tuple[Point, ...]
    ack_timeout_s: float
    done_timeout_s: float
    verbs: Mapping[str, Verb]
    stop: Point
    stop_value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog:
    """The register that must keep changing while something moves."""

    point: Point
    period_s: float
    timeout_point: Point
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything one file says about one model."""

    id: str
    device_class: str
    title: str
    params: Mapping[str, int]
    """What the site filled in, e.g. how many columns a bank has."""
    link: Link
    identify: tuple[tuple[Point, int], ...]
    """What must be read at every connect before anything is believed or written."""
    points: Mapping[str, Point]
    groups: Mapping[str, Group]
    command: Command | None
    watchdog: Watchdog | None
    faults: Mapping[int, Mapping[str, str]]
    """Fault code to text, by language."""
