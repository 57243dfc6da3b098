"""The things a stack room keeps, and the words for where they are and who may have them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from controller.domain.model_reconciling import Entry

OUTSIDE = "outside"
"""The place of a holding that left through a door; every other place is a room's id."""


class Side(StrEnum):
    """Which side of a door an antenna looks at."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class Direction(StrEnum):
    """What a tag did at a door."""

    IN = "in"
    OUT = "out"
    TURNED_BACK = "turned_back"
    UNKNOWN = "unknown"


class HoldingKind(StrEnum):
    """What one catalogued thing physically is 件 卷 盒 袋."""

    FILE = "file"
    VOLUME = "volume"
    BOX = "box"
    BAG = "bag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A tagged or taggable thing that the catalogue knows."""

    id: str
    reference_code: str
    title: str
    kind: HoldingKind
    fonds: str
    home: str
    """The place the catalogue assigns, as it writes it; empty when it assigns none."""
    parent_id: str | None
    barcode: str | None


class AuthorityKind(StrEnum):
    """Why something may leave."""

    LOAN = "loan"
    MOVE = "move"
    TRANSFER = "transfer"
    DISPOSAL = "disposal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """One line that permits one holding (and what lies in it) to be outside."""

    kind: AuthorityKind
    id: str
    holder: str
    """Who may carry it."""


class LoanState(StrEnum):
    """Where a loan stands. Only a person moves it on."""

    REQUESTED = "requested"
    QUEUED = "queued"
    """Approved, but somebody else has the turn for that holding."""
    APPROVED = "approved"
    """It is its turn: to be fetched, and free to leave."""
    RESERVED = "reserved"
    """It lies at the desk for its borrower."""
    ISSUED = "issued"
    """Handed over at the desk."""
    PARTLY_RETURNED = "partly_returned"
    """Some of it is back, some still out."""
    RETURNED = "returned"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    """Nobody came for it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """One holding asked for by one borrower."""

    id: str
    holding_id: str
    borrower: str
    purpose: str
    due: datetime
    """The last moment at which it may be outside, UTC."""
    state: LoanState
    requested_by: str
    decided_by: str | None
    decided_at: datetime | None = None
    left_at: datetime | None = None
    """Last seen leaving by a door under this loan."""
    held_until: datetime | None = None
    """So long it lies at the desk."""
    renewals: int = 0
    recalled: bool = False
    pieces: int | None = None
    """Still with the borrower, as counted at the desk; ``None``: nobody counted."""
    stage: int | None = None
    """The newest reminder, in days since the due day; ``None``: none since it was last due."""
    reminded_at: datetime | None = None

    @property
    def out(self) -> bool:
        """Whether the borrower has it, or what is left of it."""
        handed = self.state in (LoanState.ISSUED, LoanState.PARTLY_RETURNED)
        return handed or self.left_at is not None


class Priority(StrEnum):
    """Alarm priority, set when the alarm was rationalised (ISA-18.2)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlarmKind(StrEnum):
    """The conditions that need a person."""

    UNAUTHORISED_EXIT = "unauthorised_exit"
    UNDECIDED_PASSAGE = "undecided_passage"
    CLONED_TAG = "cloned_tag"
    CLIMATE_HIGH = "climate_high"
    CLIMATE_LOW = "climate_low"
    CLIMATE_STALE = "climate_stale"
    CLIMATE_RATE = "climate_rate"
    CLIMATE_DAILY = "climate_daily"
    CLIMATE_FLATLINE = "climate_flatline"
    CLIMATE_DISAGREEMENT = "climate_disagreement"
    DEW_POINT_MARGIN = "dew_point_margin"
    SENSOR_BATTERY = "sensor_battery"
    CALIBRATION_DUE = "calibration_due"
    DEVICE_LOST = "device_lost"
    RACK_FAULT = "rack_fault"
    STORE_FULL = "store_full"
    CLOCK_STEPPED = "clock_stepped"
    ALARM_FLOOD = "alarm_flood"


class AlarmState(StrEnum):
    """The states A to G of ISA-18.2 (IEC 62682), in their order."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


PUT_ASIDE = frozenset({AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE})
"""Nobody is told of these; what becomes of their condition is recorded."""
WAITING = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED})
"""These wait for somebody to acknowledge them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm as it stands: one per condition and source, not one per sample."""

    id: str
    """``kind:source[:key]``, stable over re-raises; the key is a holding's id or a quantity."""
    kind: AlarmKind
    source: str
    """The door, sensor, rack or device, by its id in the site file."""
    subject: str
    """The holding's reference code, or the quantity; empty when the source says it all."""
    holding_id: str | None
    priority: Priority
    state: AlarmState
    detail: dict[str, str]
    """Facts for the text: value, limit, reason … as they should be shown."""
    condition: bool = True
    """Whether what it is about holds now."""
    latched: bool = False
    """It stays until it is reset, when its condition has gone and somebody has seen it."""
    auto_acknowledges: bool = False
    """It is over when its condition has gone, seen or not."""
    in_flood: bool = False
    """It was raised in a flood, whose own alarm speaks for it."""
    since: datetime | None = None
    """When its state began; ``None`` where nobody asks."""
    level: int = 0
    """How often it was escalated since."""
    until: datetime | None = None
    """When its shelving ends."""
    reason: str = ""
    """Why it was put aside."""
    work_order: str = ""
    held_by: str = ""
    """Who put it aside."""

    @property
    def put_aside(self) -> bool:
        """Whether it is shelved, suppressed or out of service."""
        return self.state in PUT_ASIDE

    @property
    def waits_for_a_person(self) -> bool:
        """Whether somebody has to acknowledge it."""
        return self.state in WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A passage that waits for a person's word."""

    passage_id: str
    group_id: str
    door: str
    epc: str
    holding_id: str
    direction: Direction
    """The likelier one, in or out."""
    taken: bool
    """Whether that direction is held to be true meanwhile."""


class Registry(Protocol):
    """What the domain may ask of the store, by key, one at a time; nothing is loaded whole."""

    def holding(self, holding_id: str) -> Holding | None:
        """The holding of that id."""
        ...

    def holding_by_epc(self, epc: str) -> Holding | None:
        """The holding the tag is bound to now."""
        ...

    def authority_to_leave(self, holding: Holding, at: datetime) -> Authority | None:
        """The line that lets ``holding``, or the box it lies in, be outside at ``at``."""
        ...

    def loan(self, loan_id: str) -> Loan | None:
        """The loan of that id."""
        ...

    def open_loan(self, holding_id: str) -> Loan | None:
        """The loan that has the turn for that holding, else the first that waits."""
        ...

    def open_loans(self, holding_id: str) -> Sequence[Loan]:
        """Every loan of that holding that is not over, in the order of asking."""
        ...

    def loans_to_watch(self, before: datetime, reminded_since: datetime) -> Sequence[Loan]:
        """Loans that have the turn and are due, or lie at the desk, until ``before``.

        And those whose borrower was reminded of them since that moment, over or not.
        """
        ...

    def unshelved_loan(self, holding_id: str) -> Loan | None:
        """The newest loan of that holding, if it was returned and not seen on its shelf since."""
        ...

    def contents(self, holding_id: str) -> Sequence[Holding]:
        """What lies in that holding by the catalogue; not what lies in that."""
        ...

    def destroyed(self, holding_id: str) -> bool:
        """Whether that holding exists no more."""
        ...

    def retention_over(self, holding_id: str, at: datetime) -> bool:
        """Whether that holding need no longer be kept; what is not known is kept."""
        ...

    def key_digests(self, holding_id: str) -> Collection[str]:
        """Keyed digests of the persons that holding is about; never a plain number."""
        ...

    def open_question(self, passage_id: str) -> OpenQuestion | None:
        """The question about that passage, while nobody has answered it."""
        ...

    def open_questions_of_group(self, group_id: str) -> Sequence[OpenQuestion]:
        """Those about the passages of one trolley."""
        ...

    def open_questions_of_holding(self, holding_id: str) -> Sequence[OpenQuestion]:
        """Those about passages of one holding."""
        ...

    def expected_with(self, boxes: Collection[str], at_most: int) -> Sequence[Holding]:
        """Tagged holdings that lie in these boxes; fewer than all when there are many."""
        ...

    def discrepancy(self, discrepancy_id: str) -> Entry | None:
        """The entry of the register of that id, closed or not."""
        ...

    def sweep_digest(self, part_id: str) -> str | None:
        """The digest of that part of a sweep, if it was taken in."""
        ...
