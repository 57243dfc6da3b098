"""Discrepancies: their classes with stable codes, and one entry of the register as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol


class DiscrepancyClass(StrEnum):
    """What kind of disagreement it is. Codes are stable: they stand in journals and reports."""

    UNKNOWN_TAG = "A1"
    TAG_TWICE = "A2"
    SILENT_TAG = "A3"
    NOT_CATALOGUED = "B1"
    NEVER_REGISTERED = "B2"
    MISSING = "B3"
    NOT_COVERED = "B4"
    SEEN_AFTER_END = "B5"
    DUPLICATE_KEY = "B6"
    DELETED_BUT_PRESENT = "B7"
    MISPLACED = "C1"
    WRONG_BOX = "C2"
    OUT_OF_ORDER = "C3"
    CATALOGUE_STALE = "C4"
    PLACE_UNKNOWN = "C5"
    CONFLICTING_PLACES = "C6"
    UNFIT_PLACE = "C7"
    EXIT_WITHOUT_AUTHORITY = "D1"
    LENT_BUT_PRESENT = "D2"
    RETURNED_NOT_SEEN = "D3"
    OVERDUE = "D4"
    LOAN_STATES_DIFFER = "D5"
    PARTIAL_RETURN = "D6"
    KEY_FIELD_DIFFERS = "E1"
    FIELD_INVALID = "E2"
    RETENTION_DIFFERS = "E3"
    PAIR_BROKEN = "E4"
    SOURCE_STALE = "F1"
    MASS_CHANGE = "F2"


class Severity(StrEnum):
    """How soon a person should look."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Party(StrEnum):
    """Who says what."""

    CATALOGUE = "catalogue"
    REGISTRY = "registry"
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """What is the same for every discrepancy of one class."""

    severity: Severity
    """Unless the rule finds a worse one."""
    parties: tuple[Party, ...]
    """Who disagrees; one alone contradicts itself or a rule."""


_C, _R, _O = Party.CATALOGUE, Party.REGISTRY, Party.OBSERVATION
_K = DiscrepancyClass

CLASSES: Final[Mapping[DiscrepancyClass, ClassInfo]] = {
    _K.UNKNOWN_TAG: ClassInfo(Severity.INFO, (_R, _O)),
    _K.TAG_TWICE: ClassInfo(Severity.HIGH, (_R,)),
    _K.SILENT_TAG: ClassInfo(Severity.LOW, (_R, _O)),
    _K.NOT_CATALOGUED: ClassInfo(Severity.HIGH, (_C, _R)),
    _K.NEVER_REGISTERED: ClassInfo(Severity.HIGH, (_C, _R)),
    _K.MISSING: ClassInfo(Severity.HIGH, (_R, _O)),
    _K.NOT_COVERED: ClassInfo(Severity.INFO, (_R, _O)),
    _K.SEEN_AFTER_END: ClassInfo(Severity.CRITICAL, (_R, _O)),
    _K.DUPLICATE_KEY: ClassInfo(Severity.HIGH, (_C,)),
    _K.DELETED_BUT_PRESENT: ClassInfo(Severity.HIGH, (_C, _R)),
    _K.MISPLACED: ClassInfo(Severity.MEDIUM, (_C, _O)),
    _K.WRONG_BOX: ClassInfo(Severity.MEDIUM, (_C, _O)),
    _K.OUT_OF_ORDER: ClassInfo(Severity.LOW, (_C, _O)),
    _K.CATALOGUE_STALE: ClassInfo(Severity.LOW, (_C, _R, _O)),
    _K.PLACE_UNKNOWN: ClassInfo(Severity.MEDIUM, (_C,)),
    _K.CONFLICTING_PLACES: ClassInfo(Severity.INFO, (_O,)),
    _K.UNFIT_PLACE: ClassInfo(Severity.MEDIUM, (_R, _O)),
    _K.EXIT_WITHOUT_AUTHORITY: ClassInfo(Severity.CRITICAL, (_R, _O)),
    _K.LENT_BUT_PRESENT: ClassInfo(Severity.MEDIUM, (_R, _O)),
    _K.RETURNED_NOT_SEEN: ClassInfo(Severity.HIGH, (_R, _O)),
    _K.OVERDUE: ClassInfo(Severity.MEDIUM, (_R,)),
    _K.LOAN_STATES_DIFFER: ClassInfo(Severity.MEDIUM, (_C, _R)),
    _K.PARTIAL_RETURN: ClassInfo(Severity.HIGH, (_R, _O)),
    _K.KEY_FIELD_DIFFERS: ClassInfo(Severity.HIGH, (_C, _R)),
    _K.FIELD_INVALID: ClassInfo(Severity.MEDIUM, (_C,)),
    _K.RETENTION_DIFFERS: ClassInfo(Severity.LOW, (_C, _R)),
    _K.PAIR_BROKEN: ClassInfo(Severity.MEDIUM, (_C,)),
    _K.SOURCE_STALE: ClassInfo(Severity.HIGH, (_C,)),
    _K.MASS_CHANGE: ClassInfo(Severity.HIGH, (_C,)),
}


class DiscrepancyState(StrEnum):
    """How far it is. Every state but the last is open to the eye."""

    OPEN = "open"
    ASSIGNED = "assigned"
    EXPLAINED = "explained"
    WAITING = "waiting"
    """For an observation: somebody has put it right, or at present nobody can tell."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One discrepancy as it stands in the register."""

    id: str
    code: DiscrepancyClass
    subject: str
    source: str
    severity: Severity
    state: DiscrepancyState
    matched_by: int
    evidence: Mapping[str, str]
    waiting_reason: str = ""


class Entries(Protocol):
    """What the desk has to know of the register."""

    def discrepancy(self, discrepancy_id: str) -> Entry | None:
        """The entry of that id, closed or not."""
        ...
