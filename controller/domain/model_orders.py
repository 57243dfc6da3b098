"""Words for orders: a list of holdings that shall go somewhere, and who said so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OrderKind(StrEnum):
    """What an order is about."""

    MOVE = "move"
    TRANSFER = "transfer"
    """移交: given to another archive."""
    ACCESSION = "accession"
    """接收: taken in."""
    DISPOSAL = "disposal"
    """销毁."""


class OrderState(StrEnum):
    """Where an order stands; the last two are final."""

    DRAFT = "draft"
    HALF_APPROVED = "half_approved"
    """One of the two people that a disposal needs has said yes."""
    APPROVED = "approved"
    """What is listed may leave, or come, in its time."""
    HALF_DONE = "half_done"
    """One of the two people that a disposal needs says that it is carried out."""
    CARRIED_OUT = "carried_out"
    CLOSED = "closed"
    REFUSED = "refused"


LEAVES = frozenset({OrderKind.MOVE, OrderKind.TRANSFER, OrderKind.DISPOSAL})
"""Orders under which what is listed may be outside."""
COUNTING = frozenset({OrderState.APPROVED, OrderState.HALF_DONE})
"""While an order stands so, what is seen is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order with its list, as deciding needs it."""

    id: str
    kind: OrderKind
    state: OrderState
    title: str
    destination: str
    door: str
    """Where it is counted; empty: at any door."""
    begins: datetime
    ends: datetime
    author: str
    approved_by: tuple[str, ...]
    done_by: tuple[str, ...]
    listed: Mapping[str, bool]
    """Ids of holdings, each with whether it was seen."""
    unexpected: frozenset[str] = frozenset()
    """Ids of holdings that were seen there and are not listed."""

    def covers(self, holding_id: str, at: datetime) -> bool:
        """Whether that holding may be outside at that moment under this order."""
        in_time = self.begins <= at <= self.ends
        return (
            self.kind in LEAVES and self.state in COUNTING and in_time and holding_id in self.listed
        )
