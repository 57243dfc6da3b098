"""What the field can say. Every observation carries the moment it was made.

Values only: nothing here does I/O, reads a clock, or knows what an archive is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The two clocks, read together: UTC says when, the monotonic one says how long.

    Whatever is measured (a gap, a delay, an age) is measured in ``monotonic_s``; ``utc`` may
    step by an hour or a year at any time and is only ever written down.
    """

    utc: datetime
    monotonic_s: float


Clock = Callable[[], Moment]


class Quality(StrEnum):
    """How far a measured value may be believed (OPC UA vocabulary)."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


class TagRead(NamedTuple):
    """One tag seen by one antenna; a tuple, because thousands arrive each second."""

    epc: str
    """Upper-case hexadecimal, as labels and catalogues write it."""
    antenna: int
    """The reader's own port number, from 1; 0 when the reader did not say."""
    rssi_dbm: float | None
    reader_time_us: int | None
    """The reader's own clock in microseconds; it orders the reads of one reader, no more."""
    seen_count: int
    """How often the reader saw the tag in the span it reports; at least 1."""
    pc: int | None = None
    """The tag's protocol control word (Gen2 section 6.3.2.1.2.2), where it is reported."""
    tid: str | None = None
    """The tag's own TID in upper-case hexadecimal, where the reader reads it along."""
    phase_rad: float | None = None
    """Phase of the tag's answer, 0 to 2 pi."""
    doppler_hz: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagReport:
    """All tag reads that one message of one reader carried, in its order."""

    at: Moment
    reader: str
    reads: tuple[TagRead, ...]
    late: bool = False
    """Held by the reader while nobody was connected: made at some time before ``at``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChanged:
    """One input of a reader (a light beam, a motion sensor) as it stands now.

    Told after each connection and at each change after it.
    """

    at: Moment
    device: str
    input: int
    """The reader's own port number, from 1."""
    active: bool


class RackMode(StrEnum):
    """What a bank of mobile shelving is doing, by its own account."""

    UNKNOWN = "unknown"
    LOCAL = "local"
    IDLE = "idle"
    MOVING = "moving"
    HOLDING = "holding"
    PROTECTIVE_STOP = "protective_stop"
    EMERGENCY_STOP = "emergency_stop"
    FAULT = "fault"
    POWER_LOST = "power_lost"


class Presence(StrEnum):
    """What the sensors of one aisle say about people; unknown is never clear."""

    CLEAR = "clear"
    OCCUPIED = "occupied"
    OBSTRUCTED = "obstructed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RackStatus:
    """One coherent picture of a bank: every aisle in it was read in the same request."""

    at: Moment
    rack: str
    mode: RackMode
    open_aisle: int | None
    """The walkable aisle, from 1; ``None`` when carriages stand between."""
    presence: tuple[Presence, ...]
    """One per aisle, aisle 1 first."""
    fault_code: int
    """0 when the bank reports none; texts stand in its profile."""
    lit_aisle: int | None = None
    """The aisle whose light is on, where the bank has lights; 0 when all are dark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineStatus:
    """One coherent picture of a lift, a crane or a carousel, read in one request."""

    at: Moment
    device: str
    mode: RackMode
    moving: bool
    fault_code: int
    """0 when it reports none; texts stand in its profile."""
    values: Mapping[str, tuple[float | int | str | None, ...]]
    """Every number and text it shows, by the name of its point; ``None`` where it gives none."""


class Outcome(StrEnum):
    """What became of a motion command. ``UNKNOWN`` is resolved by a person, never by a resend."""

    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutcome:
    """A device's answer to one command; a move gets ``ACCEPTED`` first, then one final word."""

    at: Moment
    device: str
    command_id: str
    outcome: Outcome
    detail: str
    """The device's own code in lower case, e.g. ``refused_occupied``; empty when all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagAccessed:
    """What became of one command to a tag; exactly one for each command.

    ``DONE``: the tag itself confirmed it. ``REFUSED``: nothing was sent to any tag. ``FAILED``:
    the tag was not there or refused, and is as it was, except that a write may have ended midway.
    ``UNKNOWN``: it may have happened; read the tag back.
    """

    at: Moment
    device: str
    command_id: str
    epc: str
    """Of the tag that was meant, as it was before."""
    outcome: Outcome
    data: str
    """What was read, in upper-case hexadecimal; empty for other commands."""
    detail: str
    """Why it is not done, e.g. ``tag_memory_locked_error``, ``tag_not_seen``; empty when it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateReading:
    """One poll of one temperature and humidity sensor.

    A value the sensor could not give is ``None``, never 0; ``quality`` judges both.
    """

    at: Moment
    sensor: str
    temperature_c: float | None
    relative_humidity_percent: float | None
    quality: Quality
    fault: str
    """Why the quality is not good, e.g. ``invalid``, ``out_of_range``; empty when it is."""
    raw_temperature_c: float | None = None
    raw_relative_humidity_percent: float | None = None
    """What the sensor itself said, where a calibration has corrected it."""
    hist: bool = False
    """Found afterwards, in a logger's memory or file: stored, but it raises and clears nothing."""
    battery_percent: float | None = None
    """What is left of its battery, where the sensor says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLost:
    """A device stopped answering. Sent once, not on every retry."""

    at: Moment
    device: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceBack:
    """A device answers: for the first time, or again. Sent once."""

    at: Moment
    device: str
    detail: str
    """Make, model and firmware where the device says so; else empty."""


Observation = (
    TagReport
    | RackStatus
    | MachineStatus
    | CommandOutcome
    | TagAccessed
    | InputChanged
    | ClimateReading
    | DeviceLost
    | DeviceBack
)
