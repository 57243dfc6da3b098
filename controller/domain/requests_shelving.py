"""What people ask of shelving beyond opening an aisle at once."""

from dataclasses import dataclass

from controller.domain.asking import Asked
from controller.domain.model_shelving import ErrandEnd, ErrandTask, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveAisle:
    """Someone wants an aisle, now or when it is their turn."""

    asked: Asked
    rack: str
    aisle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAisle:
    """Someone whose turn it is stands at the bank: open it, or it is mine now that it is open."""

    asked: Asked
    rack: str
    reservation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAisle:
    """Someone needs their aisle no more; or theirs who forgot to say so, and nobody is in it."""

    asked: Asked
    rack: str
    reservation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveMotion:
    """Someone went to look at a motion of which nobody knew the end."""

    asked: Asked
    rack: str
    finding: Finding
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeErrands:
    """Someone shall fetch these things, or put them back; one list of them."""

    asked: Asked
    task: ErrandTask
    holdings: dict[str, str]
    """Ids of holdings, each with the loan it is for, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndErrand:
    """Someone has it in hand, has put it back, did not find it, or needs it no more."""

    asked: Asked
    errand_id: str
    end: ErrandEnd
    scanned: str
    """The EPC, barcode or reference code that was scanned; empty: the person's word."""
    place: str
    """The place that was scanned, when it was put back; empty: the person's word."""


ErrandRequest = MakeErrands | EndErrand
ShelvingRequest = ErrandRequest | ReserveAisle | ClaimAisle | ReleaseAisle | ResolveMotion
