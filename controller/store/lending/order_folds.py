"""What each event does to the rows of orders, their lines, and what they ended."""

from controller.domain.events import Event
from controller.domain.events_orders import (
    HoldingDestroyed,
    OrderApproved,
    OrderCarriedOut,
    OrderClosed,
    OrderDrafted,
    OrderLineListed,
    OrderLineSeen,
    OrderLineUnexpected,
    OrderRefused,
)
from controller.domain.model_orders import OrderState
from controller.store.folds import Keys, Row

ORDER_KEYS: Keys = {
    OrderDrafted: "order_id",
    OrderApproved: "order_id",
    OrderRefused: "order_id",
    OrderCarriedOut: "order_id",
    OrderClosed: "order_id",
}
LINE_KEYS: Keys = {
    OrderLineListed: "line_id",
    OrderLineSeen: "line_id",
    OrderLineUnexpected: "line_id",
}
DESTRUCTION_KEYS: Keys = {HoldingDestroyed: "holding_id"}


def fold_order(row: Row | None, event: Event, seq: int) -> Row | None:
    """One order."""
    if isinstance(event, OrderDrafted):
        return _drafted(event, seq)
    changed = None if row is None else _moved(row, event)
    return None if row is None or changed is None else row | changed | {"seq": seq}


def fold_line(row: Row | None, event: Event, seq: int) -> Row | None:
    """One line: expected until it is seen; what is unexpected stays so."""
    match event:
        case OrderLineListed():
            facts = _line(event, "expected", seq)
            return facts | {"reference_code": event.reference_code}
        case OrderLineUnexpected():
            facts = _line(event, "unexpected", seq)
            seen = {"seen_at": event.at, "witness": event.witness}
            return facts | seen | {"reference_code": event.reference_code}
        case OrderLineSeen() if row is not None and row["state"] == "expected":
            seen = {"state": "seen", "seen_at": event.at, "witness": event.witness}
            return row | seen | {"seq": seq}
        case _:
            return None


def fold_destruction(row: Row | None, event: Event, seq: int) -> Row | None:
    """Once and for ever."""
    if row is not None or not isinstance(event, HoldingDestroyed):
        return None
    facts = {"holding_id": event.holding_id, "order_id": event.order_id, "seq": seq}
    return facts | {"at": event.at, "by": event.by}


def _moved(row: Row, event: Event) -> Row | None:
    match event:
        case OrderApproved():
            state = OrderState.APPROVED if event.last else OrderState.HALF_APPROVED
            by = _and(row["approved_by"], event.by)
            return {"state": state.value, "approved_by": by, "approved_at": event.at}
        case OrderRefused():
            over = {"closed_by": event.by, "closed_at": event.at}
            return over | {"state": OrderState.REFUSED.value, "reason": event.reason}
        case OrderCarriedOut():
            state = OrderState.CARRIED_OUT if event.last else OrderState.HALF_DONE
            by = _and(row["done_by"], event.by)
            return {"state": state.value, "done_by": by, "done_at": event.at}
        case OrderClosed():
            over = {"closed_by": event.by, "closed_at": event.at}
            return over | {"state": OrderState.CLOSED.value}
        case _:
            return None


def _drafted(event: OrderDrafted, seq: int) -> Row:
    return {
        "id": event.order_id,
        "kind": event.order_kind.value,
        "state": OrderState.DRAFT.value,
        "title": event.title,
        "destination": event.destination,
        "door": event.door,
        "begins": event.begins,
        "ends": event.ends,
        "author": event.by,
        "drafted_at": event.at,
        "approved_by": "",
        "approved_at": None,
        "done_by": "",
        "done_at": None,
        "closed_by": None,
        "closed_at": None,
        "reason": "",
        "seq": seq,
    }


def _line(event: OrderLineListed | OrderLineUnexpected, state: str, seq: int) -> Row:
    return {
        "id": event.line_id,
        "order_id": event.order_id,
        "holding_id": event.holding_id,
        "state": state,
        "seen_at": None,
        "witness": "",
        "seq": seq,
    }


def _and(names: str, name: str) -> str:
    return f"{names},{name}" if names else name
