"""A store that is away delays a decision and never breaks one in the middle."""

import threading
from collections.abc import Collection

import pytest

from controller.domain.model import Authority, Holding, Loan, OpenQuestion
from controller.patience import PatientRegistry
from controller.store.database import StoreBusy, StoreError


class AwayRegistry:
    """Fails so many times, then knows nothing."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked = 0

    def _answer(self) -> None:
        self.asked += 1
        if self.asked <= self.failures:
            raise StoreBusy("the server does not answer")

    def holding(self, holding_id: str) -> Holding | None:
        self._answer()
        return None

    def holding_by_epc(self, epc: str) -> Holding | None:
        self._answer()
        return None

    def authority_to_leave(self, holding: Holding, at: object) -> Authority | None:
        self._answer()
        return None

    def loan(self, loan_id: str) -> Loan | None:
        self._answer()
        return None

    def open_loan(self, holding_id: str) -> Loan | None:
        self._answer()
        return None

    def open_loans(self, holding_id: str) -> list[Loan]:
        self._answer()
        return []

    def loans_to_watch(self, before: object, reminded_since: object) -> list[Loan]:
        self._answer()
        return []

    def unshelved_loan(self, holding_id: str) -> Loan | None:
        self._answer()
        return None

    def contents(self, holding_id: str) -> list[Holding]:
        self._answer()
        return []

    def destroyed(self, holding_id: str) -> bool:
        self._answer()
        return False

    def retention_over(self, holding_id: str, at: object) -> bool:
        self._answer()
        return False

    def key_digests(self, holding_id: str) -> list[str]:
        self._answer()
        return []

    def open_question(self, passage_id: str) -> OpenQuestion | None:
        self._answer()
        return None

    def open_questions_of_group(self, group_id: str) -> list[OpenQuestion]:
        self._answer()
        return []

    def open_questions_of_holding(self, holding_id: str) -> list[OpenQuestion]:
        self._answer()
        return []

    def discrepancy(self, discrepancy_id: str) -> None:
        self._answer()

    def expected_with(self, boxes: Collection[str], at_most: int) -> list[Holding]:
        self._answer()
        return []

    def sweep_digest(self, part_id: str) -> str | None:
        self._answer()
        return None


def test_a_question_is_asked_again_until_it_is_answered_and_banks_are_halted_once() -> None:
    away, halts = AwayRegistry(failures=2), []
    patient = PatientRegistry(away, halt=lambda: halts.append("halt"), stop=threading.Event())
    assert patient.holding_by_epc("E280") is None
    assert away.asked == 3
    assert halts == ["halt"]


def test_being_told_to_stop_ends_the_wait() -> None:
    stop = threading.Event()
    stop.set()
    patient = PatientRegistry(AwayRegistry(failures=9), halt=lambda: None, stop=stop)
    with pytest.raises(StoreError, match="told to stop"):
        patient.loan("x")


def test_a_store_that_answers_halts_nothing() -> None:
    halts: list[str] = []
    patient = PatientRegistry(
        AwayRegistry(failures=0), halt=lambda: halts.append("halt"), stop=threading.Event()
    )
    assert patient.open_loan("x") is None
    assert halts == []
