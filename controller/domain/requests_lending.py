"""What people ask of a loan between its approval and the shelf."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.asking import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLoan:
    """Nobody needs it any more."""

    asked: Asked
    loan_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLoan:
    """It was fetched and lies at the desk for its borrower."""

    asked: Asked
    loan_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLoan:
    """It was handed over at the desk."""

    asked: Asked
    loan_id: str
    pieces: int | None
    """How many pieces were counted into the borrower's hands, if somebody counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewLoan:
    """The borrower needs it longer."""

    asked: Asked
    loan_id: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallLoan:
    """Somebody else waits for it: it is wanted back sooner."""

    asked: Asked
    loan_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPart:
    """Some of it came back."""

    asked: Asked
    loan_id: str
    pieces: int | None
    still_out: dict[str, str]
    """Ids of holdings that lie in it and did not come back, each with a note or empty."""


LoanStep = CancelLoan | HoldLoan | IssueLoan | RenewLoan | RecallLoan | ReturnPart
