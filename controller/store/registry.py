"""The domain's ``Registry``: one key, one indexed query, nothing cached, nothing held open.

What was decided in the batch that is not committed yet is answered too: the pending events are
folded onto the stored row by the very rules that will be applied at commit. So deciding never
opens a write, and a full disk never interrupts a decision.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, select

from controller.domain.events import Event, TagBound, TagUnbound
from controller.domain.events_orders import HoldingDestroyed
from controller.domain.events_presence import SweepRecorded
from controller.domain.model import (
    Authority,
    AuthorityKind,
    Holding,
    HoldingKind,
    Loan,
    OpenQuestion,
)
from controller.domain.model_lending import MAY_LEAVE
from controller.domain.model_reconciling import Entry
from controller.domain.retention import Retentions
from controller.store import folds
from controller.store.database import StoreBusy
from controller.store.lending.loan_folds import LOAN_KEYS
from controller.store.lending.loan_registry import OpenLoans
from controller.store.order_tables import destructions
from controller.store.passages.folds import QUESTION_KEYS
from controller.store.passages.registry import OpenQuestions, box_mates
from controller.store.presence_tables import sweep_parts
from controller.store.reconciling.folds import entry_of
from controller.store.reconciling_tables import discrepancies
from controller.store.schema import holdings, tag_bindings

_PENDING_SEQ = 2**62
"""Numbers not given yet begin here: newer than any that was."""
_DEEPEST = 8
"""A file in a box in a carton in a crate …; the bound keeps a faulty catalogue from looping us."""


class StoreRegistry:
    """Answers from the newest commit plus the pending batch. For one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._loans = OpenLoans(self._all)
        self._destroyed: set[str] = set()
        self._bindings: dict[str, str | None] = {}
        self._questions = OpenQuestions(self._all)
        self._sweep_parts: dict[str, str] = {}
        self._next_seq = _PENDING_SEQ

    def holding(self, holding_id: str) -> Holding | None:
        """The holding of that id."""
        return _holding(self._first(_HOLDING, {"key": holding_id}))

    def holding_by_epc(self, epc: str) -> Holding | None:
        """The holding the tag is bound to now."""
        if epc in self._bindings:
            bound = self._bindings[epc]
            return None if bound is None else self.holding(bound)
        return _holding(self._first(_HOLDING_BY_EPC, {"key": epc}))

    def authority_to_leave(self, holding: Holding, at: datetime) -> Authority | None:
        """The line that lets ``holding``, or the box it lies in, be outside at ``at``."""
        inner: Holding | None = holding
        for _ in range(_DEEPEST):
            if inner is None:
                break
            loan = self.open_loan(inner.id)
            if loan is not None and loan.state in MAY_LEAVE and at <= loan.due:
                return Authority(kind=AuthorityKind.LOAN, id=loan.id, holder=loan.borrower)
            inner = None if inner.parent_id is None else self.holding(inner.parent_id)
        return None

    def loan(self, loan_id: str) -> Loan | None:
        """The loan of that id."""
        return self._loans.loan(loan_id)

    def open_loan(self, holding_id: str) -> Loan | None:
        """The loan that has the turn for that holding, else the first that waits."""
        return self._loans.with_turn(holding_id)

    def open_loans(self, holding_id: str) -> list[Loan]:
        """Every loan of that holding that is not over, in the order of asking."""
        return self._loans.of_holding(holding_id)

    def loans_to_watch(self, before: datetime, reminded_since: datetime) -> list[Loan]:
        """Loans that the calendar may have something to say about."""
        return self._loans.to_watch(before, reminded_since)

    def unshelved_loan(self, holding_id: str) -> Loan | None:
        """The newest loan of that holding, if it waits to be seen on its shelf."""
        return self._loans.unshelved(holding_id)

    def contents(self, holding_id: str) -> list[Holding]:
        """What lies in that holding by the catalogue; not what lies in that."""
        rows = self._all(_CONTENTS, {"key": holding_id})
        return [found for row in rows if (found := _holding(row)) is not None]

    def destroyed(self, holding_id: str) -> bool:
        """Whether that holding exists no more."""
        pending = holding_id in self._destroyed
        return pending or self._first(_DESTROYED, {"key": holding_id}) is not None

    def retention_over(self, holding_id: str, at: datetime) -> bool:
        """Whether that holding need no longer be kept; what is not known is kept."""
        row = self._first(_RETENTION, {"key": holding_id})
        return row is not None and _RULES.due(row["retention"], row["year"], at.date())

    def key_digests(self, holding_id: str) -> frozenset[str]:
        """Keyed digests of the persons that holding is about."""
        row = self._first(_KEY_FIELDS, {"key": holding_id})
        fields = None if row is None else row["key_fields"]
        return frozenset(each["digest"] for each in (fields or {}).values())

    def open_question(self, passage_id: str) -> OpenQuestion | None:
        """The question about that passage, while nobody has answered it."""
        return self._questions.of_passage(passage_id)

    def open_questions_of_group(self, group_id: str) -> list[OpenQuestion]:
        """Those about the passages of one trolley."""
        return self._questions.of_group(group_id)

    def open_questions_of_holding(self, holding_id: str) -> list[OpenQuestion]:
        """Those about passages of one holding."""
        return self._questions.of_holding(holding_id)

    def expected_with(self, boxes: Collection[str], at_most: int) -> Sequence[Holding]:
        """Tagged holdings that lie in these boxes; fewer than all when there are many."""
        ids = box_mates(self._all, boxes, at_most)
        return [found for each in ids if (found := self.holding(each)) is not None]

    def sweep_digest(self, part_id: str) -> str | None:
        """The digest of that part of a sweep, if it was taken in."""
        if part_id in self._sweep_parts:
            return self._sweep_parts[part_id]
        row = self._first(_SWEEP_PART, {"key": part_id})
        return None if row is None else row["digest"]

    def discrepancy(self, discrepancy_id: str) -> Entry | None:
        """The entry of the register of that id; nothing pending here can close it."""
        row = self._first(_DISCREPANCY, {"key": discrepancy_id})
        return None if row is None else entry_of(row)

    def note(self, event: Event) -> None:
        """Answer from now on as if ``event`` were committed."""
        if isinstance(event, TagBound):
            self._bindings[event.epc] = event.holding_id
        elif isinstance(event, TagUnbound):
            self._unbind(event)
        elif type(event) in QUESTION_KEYS:
            self._next_seq += 1
            self._questions.note(event, self._next_seq)
        elif isinstance(event, SweepRecorded):
            self._sweep_parts[event.part_id] = event.digest
        elif isinstance(event, HoldingDestroyed):
            self._destroyed.add(event.holding_id)
        elif type(event) in LOAN_KEYS:
            self._next_seq += 1
            self._loans.note(event, self._next_seq)

    def settle(self) -> None:
        """The pending events are committed: the tables know them."""
        self._loans.settle()
        self._destroyed.clear()
        self._bindings.clear()
        self._questions.settle()
        self._sweep_parts.clear()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _unbind(self, event: TagUnbound) -> None:
        bound = self.holding_by_epc(event.epc)
        if bound is None or bound.id == event.holding_id:
            self._bindings[event.epc] = None

    def _first(self, statement: Select[Any], values: Mapping[str, Any]) -> folds.Row | None:
        rows = self._all(statement, values)
        return rows[0] if rows else None

    def _all(self, statement: Select[Any], values: Mapping[str, Any]) -> list[folds.Row]:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            return self._ask(self._connection, statement, values)
        except StoreBusy:
            if not self._connection.invalidated:
                raise
        self.close()  # a server that restarted meanwhile must not cost a decision
        self._connection = self._engine.connect()
        return self._ask(self._connection, statement, values)

    def _ask(
        self, connection: Connection, statement: Select[Any], values: Mapping[str, Any]
    ) -> list[folds.Row]:
        try:
            return [dict(row) for row in connection.execute(statement, values).mappings()]
        finally:
            connection.rollback()  # PostgreSQL would stay "idle in transaction"


_MIRROR = (
    holdings.c.id,
    holdings.c.reference_code,
    holdings.c.title,
    holdings.c.kind,
    holdings.c.fonds,
    holdings.c.home,
    holdings.c.parent_id,
    holdings.c.barcode,
)
_HOLDING = select(*_MIRROR).where(holdings.c.id == bindparam("key"))
_HOLDING_BY_EPC = (
    select(*_MIRROR)
    .join(tag_bindings, tag_bindings.c.holding_id == holdings.c.id)
    .where(tag_bindings.c.epc == bindparam("key"), tag_bindings.c.unbound_at.is_(None))
)
_DISCREPANCY = select(discrepancies).where(discrepancies.c.id == bindparam("key"))
_SWEEP_PART = select(sweep_parts).where(sweep_parts.c.id == bindparam("key"))
_RULES = Retentions()
_DESTROYED = select(destructions.c.holding_id).where(destructions.c.holding_id == bindparam("key"))
_RETENTION = select(holdings.c.retention, holdings.c.year).where(holdings.c.id == bindparam("key"))
_CONTENTS = select(*_MIRROR).where(holdings.c.parent_id == bindparam("key"))
_KEY_FIELDS = select(holdings.c.key_fields).where(holdings.c.id == bindparam("key"))


def _holding(row: folds.Row | None) -> Holding | None:
    if row is None:
        return None
    return Holding(**row | {"kind": HoldingKind(row["kind"])})
