"""What a device profile says, once it has been read and found sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from drivers.registers import Kind, Point

DeviceClass = Literal["mobile_shelving", "lift", "crane", "carousel", "climate", "other"]
Handshake = Literal["sequence", "status"]
Relation = Literal["==", "has", "lacks"]
Severity = Literal["warning", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Addresses that follow each other, of one kind: what one request reads."""

    kind: Kind
    address: int
    count: int

    @property
    def end(self) -> int:
        """The address after the last one."""
        return self.address + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How the device wants to be spoken to."""

    response_timeout_s: float
    turnaround_s: float
    """How long it takes to begin an answer: what one more request costs beside its bytes."""
    connect_delay_s: float
    """How long it wants to be left alone after a connection was made."""
    max_read_registers: int
    max_read_bits: int
    max_write_registers: int
    max_gap: int | None
    """The largest hole read along to save a request; ``None``: where both cost the same."""
    forbid_read: tuple[Span, ...]
    """What must never be read, not even as part of a hole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Points that are read together, on one period."""

    name: str
    points: tuple[Point, ...]
    """By kind and address."""
    period_s: float
    active_period_s: float
    """The period while a command is under way."""
    stale_after_s: float
    coherent: bool
    """Read in one request, so that all values belong to one instant."""
    once: bool
    """Does not change: read at every connect and not again."""

    @property
    def kind(self) -> Kind:
        """Of a coherent group."""
        return self.points[0].kind

    @property
    def address(self) -> int:
        """Where a coherent group begins."""
        return self.points[0].address

    @property
    def count(self) -> int:
        """How far a coherent group reaches."""
        return max(point.end for point in self.points) - self.address

    @property
    def span(self) -> Span:
        """The one request that reads a coherent group."""
        return Span(kind=self.kind, address=self.address, count=self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One number a verb needs; both ends are allowed."""

    name: str
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """What the device must show for a wish to have come true."""

    point: Point
    index: str | None
    """The argument that says which value of an array, from 1."""
    relation: Relation
    value: int | str
    """A number, an argument, the text of an enum, or the name of a bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One wish the device understands, and what proves that it came true."""

    name: str
    code: int
    """What the command block says; 0 for a device without one."""
    args: tuple[Argument, ...]
    idempotent: bool
    """Whether doing it twice is doing it once. What is not is never written twice."""
    moves: bool
    """Whether anything moves: it then needs a clear picture, and the watchdog."""
    confirm: tuple[Confirm, ...]
    """All of them must hold."""
    write: tuple[tuple[Point, int | str], ...]
    """Without a command block: what to write, in one request, by address; number or argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How wishes are written, and the stop beside them."""

    handshake: Handshake
    """``sequence``: numbered, acknowledged, reported done. ``status``: seen by its state only."""
    block: tuple[Point, ...]
    """Session, code, arguments, check, sequence; empty without sequence numbers."""
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
    timeout_point: Point | None
    """Where the time-out is told to the device; ``None`` where it is fixed."""
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What one fault code means."""

    severity: Severity
    texts: Mapping[str, str]
    """By language, ``zh`` and ``en``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything one file says about one model."""

    id: str
    device_class: DeviceClass
    title: str
    params: Mapping[str, int]
    """What the site filled in, e.g. how many columns a bank has."""
    link: Link
    identify: tuple[tuple[Point, int], ...]
    """What must be read at every connect before anything is believed or written."""
    points: Mapping[str, Point]
    groups: Mapping[str, Group]
    command: Command | None
    """``None``: the device is read and never written."""
    watchdog: Watchdog | None
    faults: Mapping[int, Fault]
