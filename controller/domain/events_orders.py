"""What happens to an order and to the holdings on its list."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.model_orders import OrderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDrafted:
    """Somebody wrote an order; nothing may leave by that."""

    at: datetime
    order_id: str
    order_kind: OrderKind
    title: str
    destination: str
    door: str
    begins: datetime
    ends: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineListed:
    """A holding stands on the list of an order."""

    at: datetime
    line_id: str
    order_id: str
    holding_id: str
    reference_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderApproved:
    """Somebody who did not write it said yes; a disposal needs two of them."""

    at: datetime
    order_id: str
    by: str
    last: bool
    """Nobody else has to say yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused:
    """Somebody said no."""

    at: datetime
    order_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineSeen:
    """A read saw what is listed where the order is carried out: it is counted."""

    at: datetime
    line_id: str
    order_id: str
    holding_id: str
    witness: str
    """The door, the desk, or the part of a sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineUnexpected:
    """Something that is not listed was seen where and when the order is carried out."""

    at: datetime
    line_id: str
    order_id: str
    holding_id: str
    reference_code: str
    witness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCarriedOut:
    """A person says that it is done; of a disposal two say so."""

    at: datetime
    order_id: str
    by: str
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClosed:
    """The order is over; the counts are what the report says."""

    at: datetime
    order_id: str
    expected: int
    seen: int
    unexpected: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingDestroyed:
    """It exists no more. Nothing follows but an alarm."""

    at: datetime
    holding_id: str
    order_id: str
    by: str
    """Both, with a comma between."""


OrderEvent = (
    OrderDrafted
    | OrderLineListed
    | OrderApproved
    | OrderRefused
    | OrderLineSeen
    | OrderLineUnexpected
    | OrderCarriedOut
    | OrderClosed
    | HoldingDestroyed
)
