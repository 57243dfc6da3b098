"""What was concluded from comparing catalogue, registry and observation."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.model_reconciling import DiscrepancyClass, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyFound:
    """Parties disagree: for the first time, again, or now with other evidence."""

    at: datetime
    discrepancy_id: str
    """Its fingerprint: the same difference has the same one for ever."""
    code: DiscrepancyClass
    subject: str
    """A holding's id, a tag's EPC, a key of the catalogue, or a source."""
    holding_id: str | None
    source: str
    fonds: str
    severity: Severity
    matched_by: int
    """The number of the matching rule, 1 (same id) to 5 (only a suggestion)."""
    evidence: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyWaiting:
    """It cannot be told at present whether they still disagree: an observation has to come."""

    at: datetime
    discrepancy_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyClosed:
    """They agree: an observation, or the catalogue's own new word, says so; never a click."""

    at: datetime
    discrepancy_id: str
    seen_in: str
    """The event it rests on; empty when the catalogue's or the registry's word ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyAssigned:
    """Somebody looks after it."""

    at: datetime
    discrepancy_id: str
    to: str
    by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyExplained:
    """Somebody says how it came about, or that it is put right; only seeing it so closes it."""

    at: datetime
    discrepancy_id: str
    by: str
    explanation: str
    put_right: bool
    """It should agree from now on: the next observation shall say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationFinished:
    """One comparison came to its end."""

    at: datetime
    run_id: str
    full: bool
    began_at: datetime
    upto_seq: int
    """The newest event it took in."""
    judged: int
    opened: int
    closed: int
    standing: int
    """Differences that are not closed afterwards."""
    figures: dict[str, str]
    """``location_accuracy``, ``existence_accuracy`` …, and ``age_days_C1`` … by class."""


ReconcilingEvent = (
    DiscrepancyFound
    | DiscrepancyWaiting
    | DiscrepancyClosed
    | DiscrepancyAssigned
    | DiscrepancyExplained
    | ReconciliationFinished
)
