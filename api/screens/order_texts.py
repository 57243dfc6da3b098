"""What happened to a holding under an order, in sentences that it registers."""

from api.screens.event_texts import Teller, sentence
from controller.domain.events_orders import (
    HoldingDestroyed,
    OrderLineListed,
    OrderLineSeen,
    OrderLineUnexpected,
)


@sentence.register
def _(event: OrderLineListed, teller: Teller) -> str:
    return teller.t("Put on the list of an order")


@sentence.register
def _(event: OrderLineSeen, teller: Teller) -> str:
    where = teller.names.device(event.witness)
    return teller.t("Counted for its order at %(where)s", where=where)


@sentence.register
def _(event: OrderLineUnexpected, teller: Teller) -> str:
    where = teller.names.device(event.witness)
    return teller.t("Seen at %(where)s among things of an order that does not list it", where=where)


@sentence.register
def _(event: HoldingDestroyed, teller: Teller) -> str:
    return teller.t("Destroyed; two people confirm: %(who)s", who=event.by)
