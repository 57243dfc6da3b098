"""What happens to a loan between its approval and the shelf, beyond the first and last word."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanQueued:
    """A second person said yes, but another has the turn for that holding."""

    at: datetime
    loan_id: str
    holding_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTurnCame:
    """The one before is done with it: this loan may have the holding now."""

    at: datetime
    loan_id: str
    holding_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanHeld:
    """It lies at the desk for its borrower, until a moment."""

    at: datetime
    loan_id: str
    holding_id: str
    until: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanIssued:
    """A person handed it over at the desk."""

    at: datetime
    loan_id: str
    holding_id: str
    pieces: int | None
    """How many pieces were counted into the borrower's hands; ``None``: nobody counted."""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRenewed:
    """It may stay outside longer."""

    at: datetime
    loan_id: str
    holding_id: str
    due: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRecalled:
    """Somebody else waits for it: it is wanted back sooner."""

    at: datetime
    loan_id: str
    holding_id: str
    due: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanCancelled:
    """Nobody wants it any more; it never left."""

    at: datetime
    loan_id: str
    holding_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLapsed:
    """Nobody came for it in time, or its last day was over before its turn came."""

    at: datetime
    loan_id: str
    holding_id: str
    reason: str
    """``not_collected`` or ``due_in_past``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanPartlyReturned:
    """Some of it is back in a person's hand, and some is still out."""

    at: datetime
    loan_id: str
    holding_id: str
    pieces: int | None
    """How many pieces came back; ``None``: nobody counted, ``still_out`` names what is missing."""
    still_out: dict[str, str]
    """Ids of holdings that lie in it and did not come back, each with what was said of it."""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanReshelved:
    """What was returned has been seen where it belongs."""

    at: datetime
    loan_id: str
    holding_id: str
    witness: str
    """``shelf`` (an antenna there), ``sweep`` or ``put_away`` (somebody put it back)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanReminded:
    """A loan has its place in a digest of reminders."""

    at: datetime
    loan_id: str
    holding_id: str
    stage: int
    """Days since it was due when this reminder becomes due: -7, 0, 7 or 30."""
    digest_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanReminderDue:
    """One borrower is to be reminded, once this day, of everything there is to be said."""

    at: datetime
    digest_id: str
    borrower: str
    loans: dict[str, str]
    """Ids of loans, each with its stage: ``-7``, ``0``, ``7`` or ``30``."""


LendingEvent = (
    LoanQueued
    | LoanTurnCame
    | LoanHeld
    | LoanIssued
    | LoanRenewed
    | LoanRecalled
    | LoanCancelled
    | LoanLapsed
    | LoanPartlyReturned
    | LoanReshelved
    | LoanReminded
    | LoanReminderDue
)
