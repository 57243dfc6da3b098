"""Loans against what was seen: classes D1 to D6. Nothing here closes a loan; people do."""

from collections.abc import Iterator
from dataclasses import replace

from controller.domain.model import LoanState
from controller.domain.model_lending import HAS_TURN
from controller.domain.model_reconciling import DiscrepancyClass, Severity
from controller.domain.reconciling.facts import Case, LoanSays
from controller.domain.reconciling.verdicts import AskAgain, Rules, Undecided, Verdict
from controller.domain.reconciling.wording import found, is_lent, is_outside

_K = DiscrepancyClass


def loan_verdicts(case: Case, rules: Rules) -> Iterator[Verdict]:
    """D1 to D6 of one holding."""
    yield from _exit(case)
    loan = case.registry.loan
    if loan is not None and loan.state in HAS_TURN and loan.left_at is not None:
        yield from _lent(case, loan, rules)
    if loan is not None and loan.state is LoanState.RETURNED:
        yield from _returned(case, loan, rules)
    yield from _by_the_catalogue(case)
    yield from _pieces(case)


def _exit(case: Case) -> Iterator[Verdict]:
    """D1: it is outside, and no line has ever covered that."""
    passed, loan = case.observation.passed, case.registry.loan
    if passed is None or not is_outside(case):
        return
    if passed.authority is not None or is_lent(case) or case.registry.orders:
        return
    if loan is not None and loan.returned_at is not None and loan.returned_at > passed.at:
        return  # the books say it came back: that is another difference
    yield found(case, _K.EXIT_WITHOUT_AUTHORITY, observation_left_at=passed.at.isoformat())


def _lent(case: Case, loan: LoanSays, rules: Rules) -> Iterator[Verdict]:
    """D2: out by the books, and heard inside; D4: out for too long."""
    left = loan.left_at
    assert left is not None  # noqa: S101 -- asked by the caller
    inside = _inside_since(case, loan)
    if inside:
        yield found(case, _K.LENT_BUT_PRESENT, registry_loan=loan.id, observation_place=inside)
    if case.at <= loan.due:
        yield AskAgain(at=loan.due)
        return
    long_over = loan.due + rules.overdue_is_high_after
    late = case.at > long_over
    if not late:
        yield AskAgain(at=long_over)
    due = loan.due.isoformat()
    overdue = found(case, _K.OVERDUE, registry_loan=loan.id, registry_due=due)
    yield replace(overdue, severity=Severity.HIGH) if late else overdue


def _inside_since(case: Case, loan: LoanSays) -> str:
    """Where it was seen after it had left; empty: nowhere."""
    assert loan.left_at is not None  # noqa: S101 -- asked by the callers
    seen = case.observation
    if seen.heard is not None and seen.heard.since > loan.left_at:
        return seen.heard.spot.code
    if seen.passed is not None and not is_outside(case) and seen.passed.at > loan.left_at:
        return seen.passed.room
    return ""


def _returned(case: Case, loan: LoanSays, rules: Rules) -> Iterator[Verdict]:
    """D3: back by the books, and nobody has seen it come."""
    if loan.left_at is None or loan.returned_at is None or _inside_since(case, loan):
        return
    if case.observation.passed is not None and case.observation.passed.at > loan.returned_at:
        return  # it has left again since
    missed_at = loan.returned_at + rules.unseen_after
    if case.at < missed_at:
        yield Undecided(code=_K.RETURNED_NOT_SEEN, reason="settling")
        yield AskAgain(at=missed_at)
    elif case.observation.deaf:
        yield Undecided(code=_K.RETURNED_NOT_SEEN, reason="reader_offline")
    else:
        returned = loan.returned_at.isoformat()
        yield found(
            case, _K.RETURNED_NOT_SEEN, registry_loan=loan.id, registry_returned_at=returned
        )


def _by_the_catalogue(case: Case) -> Iterator[Verdict]:
    """D5: the catalogue keeps loans of its own, and sees it otherwise."""
    catalogue = case.catalogue
    if catalogue is None or catalogue.on_loan is None:
        return
    out = is_lent(case) and case.registry.loan is not None and bool(case.registry.loan.left_at)
    if catalogue.on_loan != out:
        yield found(
            case,
            _K.LOAN_STATES_DIFFER,
            catalogue_on_loan="yes" if catalogue.on_loan else "no",
            registry_on_loan="yes" if out else "no",
        )


def _pieces(case: Case) -> Iterator[Verdict]:
    """D6: fewer or more pieces came back than went."""
    loan = case.registry.loan
    if loan is not None and loan.state is LoanState.PARTLY_RETURNED:
        still_out = "" if loan.still_out is None else str(loan.still_out)
        yield found(case, _K.PARTIAL_RETURN, registry_loan=loan.id, registry_still_out=still_out)
        return
    if loan is None or loan.issued_pieces is None or loan.returned_pieces is None:
        return
    counted = case.observation.pieces
    back = loan.returned_pieces if counted is None else counted
    if back != loan.issued_pieces:
        yield found(
            case,
            _K.PARTIAL_RETURN,
            registry_loan=loan.id,
            registry_issued=str(loan.issued_pieces),
            observation_returned=str(back),
        )
