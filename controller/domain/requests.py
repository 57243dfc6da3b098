"""What people ask for. The API files them, the deciding thread answers each exactly once."""

from dataclasses import dataclass, field
from datetime import datetime

from controller.domain.asking import Asked as Asked
from controller.domain.model import Direction
from controller.domain.requests_alarms import AlarmRequest
from controller.domain.requests_lending import LoanStep
from controller.domain.requests_machines import MachineRequest
from controller.domain.requests_orders import OrderRequest
from controller.domain.requests_presence import PresenceRequest
from controller.domain.requests_reconciling import ReconcilingRequest
from controller.domain.requests_recording import RecordDoor
from controller.domain.requests_shelving import ShelvingRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLoan:
    """Someone wants a holding for a borrower."""

    asked: Asked
    holding_id: str
    borrower: str
    purpose: str
    due: datetime
    persons: dict[str, str] = field(default_factory=dict)
    """Keyed digests of the borrower (``borrower``) and of relatives; never a plain number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveLoan:
    """Someone other than the requester lets it leave."""

    asked: Asked
    loan_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectLoan:
    """Someone says no, and why."""

    asked: Asked
    loan_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLoan:
    """Someone has the holding in hand again."""

    asked: Asked
    loan_id: str
    pieces: int | None = None
    """How many pieces were counted; ``None``: nobody counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlarm:
    """Someone has seen an alarm and says what they know about it."""

    asked: Asked
    alarm_id: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPassage:
    """Someone says what a questioned passage was, or all those of one trolley."""

    asked: Asked
    passage_id: str
    group_id: str
    """Exactly one of the two is not empty."""
    direction: Direction
    """In, out, or turned back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAisle:
    """Someone wants to walk into an aisle. Worth nothing once it is stale."""

    asked: Asked
    rack: str
    aisle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStop:
    """Someone wants every carriage of a bank to halt."""

    asked: Asked
    rack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTag:
    """Someone wants the tag that is held still on a desk to stand for a holding."""

    asked: Asked
    desk: str
    holding_id: str
    epc: str
    """The number to write, upper-case hexadecimal in whole words; empty: it keeps its own."""
    lock: bool
    """Whether to lock the number in the tag afterwards."""


Request = (
    RequestLoan
    | ApproveLoan
    | RejectLoan
    | ReturnLoan
    | LoanStep
    | OrderRequest
    | AcknowledgeAlarm
    | AlarmRequest
    | ConfirmPassage
    | RequestAisle
    | RequestStop
    | WriteTag
    | RecordDoor
    | ShelvingRequest
    | MachineRequest
    | PresenceRequest
    | ReconcilingRequest
)
