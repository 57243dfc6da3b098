"""Events as the controller would write them."""

from datetime import datetime, timedelta

from controller.domain.events import (
    AlarmRaised,
    LoanApproved,
    LoanRequested,
    LoanReturned,
    PassageDetected,
)
from controller.domain.model import OUTSIDE, AlarmKind, Direction, Priority
from tests.api.world import NOW

ALARM = "unauthorised_exit:door-1:J001/2021-0001"


def passage(
    holding_id: str, direction: Direction, at: datetime = NOW, name: str = "p"
) -> PassageDetected:
    """A verdict about one holding at the door."""
    places = {Direction.OUT: OUTSIDE, Direction.UNKNOWN: ""}
    return PassageDetected(
        at=at,
        passage_id=f"{name}-{holding_id}-{at:%H%M%S}",
        door="door-1",
        epc="E280",
        holding_id=holding_id,
        direction=direction,
        place=places.get(direction, "room-1"),
        confidence=0.97,
        evidence={"inside_reads": "4", "outside_reads": "5"},
    )


def lent(
    holding_id: str, *, loan: str = "loan-1", at: datetime = NOW, due: datetime | None = None
) -> tuple[LoanRequested, LoanApproved]:
    """Asked for by one person and approved by another."""
    return (
        LoanRequested(
            at=at,
            loan_id=loan,
            holding_id=holding_id,
            borrower="Wang Fang",
            purpose="pension case",
            due=due or at + timedelta(days=7),
            by="li",
        ),
        LoanApproved(at=at, loan_id=loan, holding_id=holding_id, by="zhao"),
    )


def given_back(holding_id: str, *, loan: str = "loan-1", at: datetime = NOW) -> LoanReturned:
    """In hand again."""
    return LoanReturned(at=at, loan_id=loan, holding_id=holding_id, by="li")


def alarm(alarm_id: str = ALARM, holding_id: str | None = None, at: datetime = NOW) -> AlarmRaised:
    """Somebody took it without a loan."""
    return AlarmRaised(
        at=at,
        alarm_id=alarm_id,
        kind=AlarmKind.UNAUTHORISED_EXIT,
        source="door-1",
        subject=alarm_id.split(":", 2)[2],
        holding_id=holding_id,
        priority=Priority.CRITICAL,
        detail={"title": "x"},
    )
