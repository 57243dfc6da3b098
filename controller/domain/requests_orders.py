"""What people ask of orders."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.asking import Asked
from controller.domain.model_orders import OrderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOrder:
    """Somebody writes an order."""

    asked: Asked
    order_kind: OrderKind
    title: str
    destination: str
    door: str
    begins: datetime
    ends: datetime
    holdings: dict[str, str]
    """Ids of holdings, each with nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveOrder:
    """Somebody else says yes."""

    asked: Asked
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseOrder:
    """Somebody else says no, or the author takes it back."""

    asked: Asked
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOutOrder:
    """It is done."""

    asked: Asked
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseOrder:
    """The list was gone through; whatever was not seen is told in the report."""

    asked: Asked
    order_id: str


OrderRequest = DraftOrder | ApproveOrder | RefuseOrder | CarryOutOrder | CloseOrder
