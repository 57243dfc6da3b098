"""Small words the rules share: a finding about a case, and what a case says of loans."""

from controller.domain.model import OUTSIDE
from controller.domain.model_lending import HAS_TURN
from controller.domain.model_reconciling import CLASSES, DiscrepancyClass
from controller.domain.reconciling.facts import Case
from controller.domain.reconciling.matching import MatchRule
from controller.domain.reconciling.verdicts import Finding


def found(case: Case, code: DiscrepancyClass, **evidence: str) -> Finding:
    """A difference of one holding; evidence that says nothing is left out."""
    catalogue = case.catalogue
    rule = evidence.pop("matching_rule", "")
    return Finding(
        code=code,
        subject=case.holding_id,
        holding_id=case.holding_id,
        source="" if catalogue is None else catalogue.source,
        fonds="" if catalogue is None else catalogue.fonds,
        severity=CLASSES[code].severity,
        matched_by=MatchRule(int(rule)) if rule else MatchRule.EXTERNAL_ID,
        evidence={name: value for name, value in evidence.items() if value},
    )


def is_lent(case: Case) -> bool:
    """Whether a person may have it now."""
    loan = case.registry.loan
    return loan is not None and loan.state in HAS_TURN


def is_outside(case: Case) -> bool:
    """Whether the door saw it go, and nothing has heard it inside since."""
    passed, heard = case.observation.passed, case.observation.heard
    if passed is None or passed.room != OUTSIDE:
        return False
    return heard is None or heard.at < passed.at
