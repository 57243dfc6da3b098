"""What comparing and people's words do to the register: pure rules, as in ``folds``."""

from collections.abc import Mapping
from typing import Any

from controller.domain.events import Event
from controller.domain.events_reconciling import (
    DiscrepancyAssigned,
    DiscrepancyClosed,
    DiscrepancyExplained,
    DiscrepancyFound,
    DiscrepancyWaiting,
    ReconciliationFinished,
)
from controller.domain.model_reconciling import DiscrepancyClass, DiscrepancyState, Entry, Severity

Row = dict[str, Any]

DISCREPANCY_KEYS: Mapping[type[Event], str] = {
    DiscrepancyFound: "discrepancy_id",
    DiscrepancyWaiting: "discrepancy_id",
    DiscrepancyClosed: "discrepancy_id",
    DiscrepancyAssigned: "discrepancy_id",
    DiscrepancyExplained: "discrepancy_id",
}
RUN_KEYS: Mapping[type[Event], str] = {ReconciliationFinished: "run_id"}

_S = DiscrepancyState


def fold_discrepancy(row: Row | None, event: Event, seq: int) -> Row | None:
    """One row for ever: closed, and open again when it comes again."""
    if isinstance(event, DiscrepancyFound):
        return _found(row, event, seq)
    if row is None or row["state"] == _S.CLOSED.value:
        return None
    match event:
        case DiscrepancyWaiting():
            waiting = {"state": _S.WAITING.value, "waiting_reason": event.reason}
            return row | waiting | {"found_at": event.at, "seq": seq}
        case DiscrepancyClosed():
            closed = {"state": _S.CLOSED.value, "closed_at": event.at, "witness": event.seen_in}
            return row | closed | {"waiting_reason": "", "seq": seq}
        case DiscrepancyAssigned():
            assigned = {"owner": event.to, "note": event.note, "seq": seq}
            state = _S.ASSIGNED.value if row["state"] == _S.OPEN.value else row["state"]
            return row | assigned | {"state": state}
        case DiscrepancyExplained():
            state = _S.WAITING.value if event.put_right else _S.EXPLAINED.value
            said = {"explanation": event.explanation, "explained_by": event.by}
            return row | said | {"state": state, "seq": seq}
        case _:
            return None


def fold_run(row: Row | None, event: Event, seq: int) -> Row | None:
    """Each run is told once."""
    if row is not None or not isinstance(event, ReconciliationFinished):
        return None
    return {
        "id": event.run_id,
        "full": event.full,
        "began_at": event.began_at,
        "finished_at": event.at,
        "upto_seq": event.upto_seq,
        "judged": event.judged,
        "opened": event.opened,
        "closed": event.closed,
        "standing": event.standing,
        "figures": event.figures,
        "seq": seq,
    }


def entry_of(row: Mapping[str, Any]) -> Entry:
    """The row as the domain knows it."""
    return Entry(
        id=row["id"],
        code=DiscrepancyClass(row["code"]),
        subject=row["subject"],
        source=row["source"],
        severity=Severity(row["severity"]),
        state=DiscrepancyState(row["state"]),
        matched_by=row["matched_by"],
        evidence=row["evidence"],
        waiting_reason=row["waiting_reason"],
    )


def _found(row: Row | None, event: DiscrepancyFound, seq: int) -> Row:
    says = {
        "code": event.code.value,
        "subject": event.subject,
        "holding_id": event.holding_id,
        "source": event.source,
        "fonds": event.fonds,
        "severity": event.severity.value,
        "matched_by": event.matched_by,
        "evidence": event.evidence,
        "found_at": event.at,
        "waiting_reason": "",
        "seq": seq,
    }
    if row is None or row["state"] == _S.CLOSED.value:
        return says | _opened(row, event)
    return row | says | {"state": _still(row)}


def _opened(row: Row | None, event: DiscrepancyFound) -> Row:
    return {
        "id": event.discrepancy_id,
        "state": _S.OPEN.value,
        "owner": "",
        "note": "",
        "explanation": "",
        "explained_by": "",
        "opened_at": event.at,
        "occurrences": 1 if row is None else row["occurrences"] + 1,
        "closed_at": None,
        "witness": "",
    }


def _still(row: Row) -> str:
    """It was looked at again and is as wrong as before: a wait is over."""
    if row["state"] != _S.WAITING.value:
        return str(row["state"])
    return _S.ASSIGNED.value if row["owner"] else _S.OPEN.value
