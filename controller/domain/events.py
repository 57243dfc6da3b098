"""Facts the controller has concluded. Past tense; never edited, only appended.

Every field is text, a number, a boolean, an aware UTC time, an enumeration, ``None``, or a
``dict`` of text: the journal stores them as JSON and must read them back equal.
"""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.events_alarms import AlarmAcknowledged as AlarmAcknowledged
from controller.domain.events_alarms import AlarmEvent, ExcursionFoundInBackfill
from controller.domain.events_alarms import AlarmRaised as AlarmRaised
from controller.domain.events_alarms import AlarmReturnedToNormal as AlarmReturnedToNormal
from controller.domain.events_lending import LendingEvent
from controller.domain.events_machines import MachineEvent
from controller.domain.events_orders import OrderEvent
from controller.domain.events_passages import (
    GroupPassed,
    PassageConfirmed,
    PassageQuestioned,
    PassageSuperseded,
)
from controller.domain.events_presence import PresenceEvent
from controller.domain.events_reconciling import ReconcilingEvent
from controller.domain.events_shelving import ShelvingEvent
from controller.domain.model import AuthorityKind, Direction
from drivers.observations import RackMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerStarted:
    """A controller took charge of the site; what it did not see before now is unknown."""

    at: datetime
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageDetected:
    """A tag passed a door, turned back in it, or left no clear answer."""

    at: datetime
    passage_id: str
    door: str
    epc: str
    holding_id: str | None
    direction: Direction
    place: str
    """Where the tag is now: a room's id, or ``outside``; empty when undecided."""
    confidence: float
    """Probability that ``direction`` is right, 0 to 1."""
    evidence: dict[str, str]
    """Reads per side, peaks in dBm, span in seconds: what the verdict rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitAuthorised:
    """A holding left with a line of authority."""

    at: datetime
    passage_id: str
    door: str
    holding_id: str
    reference_code: str
    authority: AuthorityKind
    authority_id: str
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitAnswered:
    """An authority registered later covers a holding that had left without one."""

    at: datetime
    alarm_id: str
    holding_id: str
    authority: AuthorityKind
    authority_id: str
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnProposed:
    """A lent holding was seen coming in; a person confirms the return."""

    at: datetime
    passage_id: str
    door: str
    holding_id: str
    reference_code: str
    loan_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRequested:
    """A holding was asked for."""

    at: datetime
    loan_id: str
    holding_id: str
    borrower: str
    purpose: str
    due: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanApproved:
    """A second person let it leave."""

    at: datetime
    loan_id: str
    holding_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRejected:
    """A second person said no."""

    at: datetime
    loan_id: str
    holding_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanReturned:
    """A person has the holding in hand again."""

    at: datetime
    loan_id: str
    holding_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagBound:
    """From now on this tag stands for this holding; its earlier binding, if any, has ended."""

    at: datetime
    epc: str
    holding_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUnbound:
    """From now on this tag stands for nothing."""

    at: datetime
    epc: str
    holding_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPresented:
    """One tag is held still on a desk, alone; or no longer."""

    at: datetime
    desk: str
    epc: str
    """Empty when no tag, or no single tag, lies there still."""
    pc: int | None = None
    """Its protocol control word, which tells what kind of number it is; where it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagWritingBegan:
    """A tag is about to be given a new number; ``TagBound`` or ``TagWritingFailed`` follows."""

    at: datetime
    writing_id: str
    desk: str
    holding_id: str
    old_epc: str
    """What the tag carries before."""
    epc: str
    """What it shall carry."""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagWritingFailed:
    """A tag was not bound. Bindings are as they were; the tag itself may not be."""

    at: datetime
    writing_id: str
    desk: str
    holding_id: str
    old_epc: str
    epc: str
    carries: str
    """What the tag carries now; empty: nobody knows, put it on the desk and look."""
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueImported:
    """One run brought the mirror of one source up to date, wholly or not at all."""

    at: datetime
    run_id: str
    source: str
    created: int
    changed: int
    unchanged: int
    by: str
    withdrawn: int = 0
    """Holdings that have vanished from their catalogue; they are kept."""
    restored: int = 0
    """Holdings that had vanished and are back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RackChanged:
    """A bank's own account of itself differs from the last one."""

    at: datetime
    rack: str
    mode: RackMode
    open_aisle: int | None
    occupied: str
    """Comma-separated aisles that are not known to be clear, with what they are: ``3:occupied``."""
    fault_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AisleOpening:
    """Carriages are being told to move."""

    at: datetime
    rack: str
    aisle: int
    command_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AisleOpened:
    """The aisle stands open, confirmed by position."""

    at: datetime
    rack: str
    aisle: int
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AisleRefused:
    """Carriages were not told to move, and why."""

    at: datetime
    rack: str
    aisle: int
    by: str
    reason: str
    """A code with its facts, e.g. ``aisle_occupied:3``, ``status_stale``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RackStopped:
    """Carriages were told to halt, by a person or because the picture was no longer clear."""

    at: datetime
    rack: str
    command_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AisleFailed:
    """A motion that had begun did not end in an open aisle; ``unknown`` needs a person."""

    at: datetime
    rack: str
    aisle: int
    command_id: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFailed:
    """A device stopped answering; what it knew is frozen, not forgotten."""

    at: datetime
    device: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecovered:
    """A device answers."""

    at: datetime
    device: str
    detail: str


Event = (
    ControllerStarted
    | PassageDetected
    | PassageQuestioned
    | PassageConfirmed
    | PassageSuperseded
    | GroupPassed
    | ExitAuthorised
    | ExitAnswered
    | ReturnProposed
    | AlarmEvent
    | ExcursionFoundInBackfill
    | LoanRequested
    | LoanApproved
    | LoanRejected
    | LoanReturned
    | LendingEvent
    | OrderEvent
    | TagBound
    | TagUnbound
    | TagPresented
    | TagWritingBegan
    | TagWritingFailed
    | CatalogueImported
    | RackChanged
    | AisleOpening
    | AisleOpened
    | AisleRefused
    | RackStopped
    | AisleFailed
    | DeviceFailed
    | DeviceRecovered
    | ShelvingEvent
    | MachineEvent
    | PresenceEvent
    | ReconcilingEvent
)
