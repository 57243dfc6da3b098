"""What happened to a loan, in sentences; imported for the sentences it registers."""

from collections.abc import Mapping
from typing import Final

from api.screens.event_texts import Teller, sentence
from api.screens.language import mark
from controller.domain.events_lending import (
    LoanCancelled,
    LoanHeld,
    LoanIssued,
    LoanLapsed,
    LoanPartlyReturned,
    LoanQueued,
    LoanRecalled,
    LoanReminded,
    LoanRenewed,
    LoanReshelved,
    LoanTurnCame,
)
from controller.domain.model import LoanState

STATES: Final[Mapping[LoanState, tuple[str, str]]] = {
    LoanState.REQUESTED: ("warn", mark("Waits for approval")),
    LoanState.QUEUED: ("", mark("Waits in line")),
    LoanState.APPROVED: ("ok", mark("Approved")),
    LoanState.RESERVED: ("ok", mark("At the desk")),
    LoanState.ISSUED: ("warn", mark("Handed over")),
    LoanState.PARTLY_RETURNED: ("bad", mark("Returned in part")),
    LoanState.RETURNED: ("", mark("Returned")),
    LoanState.REJECTED: ("", mark("Rejected")),
    LoanState.CANCELLED: ("", mark("Cancelled")),
    LoanState.LAPSED: ("", mark("Not collected")),
}
_WITNESSES: Final = {
    "shelf": mark("Back on its shelf: an antenna there hears it"),
    "sweep": mark("Back on its shelf: found there with a handheld"),
    "put_away": mark("Back on its shelf: somebody put it away"),
}


@sentence.register
def _(event: LoanQueued, teller: Teller) -> str:
    return teller.t("Loan approved by %(who)s; it waits in line", who=event.by)


@sentence.register
def _(event: LoanTurnCame, teller: Teller) -> str:
    return teller.t("It is the next borrower's turn")


@sentence.register
def _(event: LoanHeld, teller: Teller) -> str:
    return teller.t("Lies at the desk until %(until)s", until=teller.stamp(event.until))


@sentence.register
def _(event: LoanIssued, teller: Teller) -> str:
    if event.pieces is None:
        return teller.t("Handed over by %(who)s", who=event.by)
    return teller.t(
        "Handed over by %(who)s, %(count)s pieces counted", who=event.by, count=event.pieces
    )


@sentence.register
def _(event: LoanRenewed, teller: Teller) -> str:
    return teller.t(
        "Renewed by %(who)s until %(until)s", who=event.by, until=teller.stamp(event.due)
    )


@sentence.register
def _(event: LoanRecalled, teller: Teller) -> str:
    return teller.t(
        "Recalled by %(who)s, wanted by %(until)s", who=event.by, until=teller.stamp(event.due)
    )


@sentence.register
def _(event: LoanCancelled, teller: Teller) -> str:
    return teller.t("Loan cancelled by %(who)s", who=event.by)


@sentence.register
def _(event: LoanLapsed, teller: Teller) -> str:
    return teller.t("The loan has lapsed: nobody came for it in time")


@sentence.register
def _(event: LoanPartlyReturned, teller: Teller) -> str:
    return teller.t("Returned in part, confirmed by %(who)s", who=event.by)


@sentence.register
def _(event: LoanReshelved, teller: Teller) -> str:
    return teller.t(_WITNESSES.get(event.witness, mark("Back on its shelf")))


@sentence.register
def _(event: LoanReminded, teller: Teller) -> str:
    return teller.t("The borrower is to be reminded")
