"""What people ask of shelving beyond opening an aisle at once."""

from dataclasses import dataclass

from controller.domain.asking import Asked
from controller.domain.model_shelving import Finding


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


ShelvingRequest = ReserveAisle | ClaimAisle | ReleaseAisle | ResolveMotion
