"""The registry for a domain that must not be asked twice: it waits out a store that is away.

A decision that was begun cannot be begun again, so a question in the middle of one is not
allowed to fail. While it waits nobody decides, and what moves is halted first.
"""

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from controller.domain.model import Authority, Holding, Loan, OpenQuestion, Registry
from controller.domain.model_reconciling import Entry
from controller.store.database import StoreError
from controller.systemd import notify

log = logging.getLogger(__name__)

RETRY_S = 0.5
Answer = TypeVar("Answer")


class PatientRegistry:
    """A registry that answers late rather than never."""

    def __init__(
        self, registry: Registry, *, halt: Callable[[], None], stop: threading.Event
    ) -> None:
        """``halt`` stops every bank; it is called once per wait. ``stop`` ends a wait."""
        self._registry = registry
        self._halt = halt
        self._stop = stop

    def holding(self, holding_id: str) -> Holding | None:
        """The holding of that id."""
        return self._ask(lambda: self._registry.holding(holding_id))

    def holding_by_epc(self, epc: str) -> Holding | None:
        """The holding the tag is bound to now."""
        return self._ask(lambda: self._registry.holding_by_epc(epc))

    def authority_to_leave(self, holding: Holding, at: datetime) -> Authority | None:
        """The line that lets ``holding`` be outside at ``at``."""
        return self._ask(lambda: self._registry.authority_to_leave(holding, at))

    def loan(self, loan_id: str) -> Loan | None:
        """The loan of that id."""
        return self._ask(lambda: self._registry.loan(loan_id))

    def open_loan(self, holding_id: str) -> Loan | None:
        """The loan of that holding that is requested or approved."""
        return self._ask(lambda: self._registry.open_loan(holding_id))

    def open_loans(self, holding_id: str) -> Sequence[Loan]:
        """Every loan of that holding that is not over."""
        return self._ask(lambda: self._registry.open_loans(holding_id))

    def loans_to_watch(self, before: datetime, reminded_since: datetime) -> Sequence[Loan]:
        """Loans that the calendar has something to say about."""
        return self._ask(lambda: self._registry.loans_to_watch(before, reminded_since))

    def unshelved_loan(self, holding_id: str) -> Loan | None:
        """The newest loan of that holding, if it waits to be seen on its shelf."""
        return self._ask(lambda: self._registry.unshelved_loan(holding_id))

    def contents(self, holding_id: str) -> Sequence[Holding]:
        """What lies in that holding."""
        return self._ask(lambda: self._registry.contents(holding_id))

    def destroyed(self, holding_id: str) -> bool:
        """Whether that holding exists no more."""
        return self._ask(lambda: self._registry.destroyed(holding_id))

    def retention_over(self, holding_id: str, at: datetime) -> bool:
        """Whether that holding need no longer be kept."""
        return self._ask(lambda: self._registry.retention_over(holding_id, at))

    def key_digests(self, holding_id: str) -> Collection[str]:
        """Keyed digests of the persons that holding is about."""
        return self._ask(lambda: self._registry.key_digests(holding_id))

    def open_question(self, passage_id: str) -> OpenQuestion | None:
        """The question about that passage, while nobody has answered it."""
        return self._ask(lambda: self._registry.open_question(passage_id))

    def open_questions_of_group(self, group_id: str) -> Sequence[OpenQuestion]:
        """Those about the passages of one trolley."""
        return self._ask(lambda: self._registry.open_questions_of_group(group_id))

    def open_questions_of_holding(self, holding_id: str) -> Sequence[OpenQuestion]:
        """Those about passages of one holding."""
        return self._ask(lambda: self._registry.open_questions_of_holding(holding_id))

    def expected_with(self, boxes: Collection[str], at_most: int) -> Sequence[Holding]:
        """Tagged holdings that lie in these boxes."""
        return self._ask(lambda: self._registry.expected_with(boxes, at_most))

    def discrepancy(self, discrepancy_id: str) -> Entry | None:
        """The entry of the register of that id, closed or not."""
        return self._ask(lambda: self._registry.discrepancy(discrepancy_id))

    def sweep_digest(self, part_id: str) -> str | None:
        """The digest of that part of a sweep, if it was taken in."""
        return self._ask(lambda: self._registry.sweep_digest(part_id))

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        waiting = False
        while True:
            try:
                return question()
            except StoreError as error:
                if not waiting:
                    log.exception("the store does not answer; waiting for it")
                    self._halt()
                waiting = True
                notify("WATCHDOG=1")
                if self._stop.wait(RETRY_S):
                    raise StoreError("told to stop while the store was away") from error
