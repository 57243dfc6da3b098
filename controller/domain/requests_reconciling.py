"""What people ask of a discrepancy: that somebody looks after it, or that it be explained."""

from dataclasses import dataclass

from controller.domain.asking import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignDiscrepancy:
    """Somebody shall look after it."""

    asked: Asked
    discrepancy_id: str
    to: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainDiscrepancy:
    """Somebody says how it came about, or that it is put right."""

    asked: Asked
    discrepancy_id: str
    explanation: str
    put_right: bool


ReconcilingRequest = AssignDiscrepancy | ExplainDiscrepancy
