"""What became of a request, told to the person who made it."""

from collections.abc import Mapping
from typing import Final

from api.screens.language import Language, mark
from api.screens.machine_texts import why_not
from api.screens.rack_texts import OBSTACLES, refusal

DONE: Final[Mapping[str, str]] = {
    "RequestLoan": mark("The loan is asked for; somebody else must approve it."),
    "ApproveLoan": mark("The loan is approved: it may leave."),
    "RejectLoan": mark("The loan is rejected."),
    "CancelLoan": mark("The loan is cancelled."),
    "HoldLoan": mark("It lies at the desk for its borrower."),
    "IssueLoan": mark("It is handed over."),
    "RenewLoan": mark("The loan is renewed."),
    "RecallLoan": mark("It is recalled; its borrower is to be told."),
    "DraftOrder": mark("The order is written; somebody else must approve it."),
    "ApproveOrder": mark("You have approved the order."),
    "RefuseOrder": mark("The order is refused."),
    "CarryOutOrder": mark("Recorded: it is carried out."),
    "CloseOrder": mark("The order is closed."),
    "ReturnPart": mark("What came back is recorded; the rest is still out."),
    "ReturnLoan": mark("The return is recorded."),
    "ConfirmPassage": mark("Your answer is recorded."),
    "AssignDiscrepancy": mark("It is assigned."),
    "ExplainDiscrepancy": mark("Your explanation is recorded."),
    "AcknowledgeAlarm": mark("The alarm is acknowledged."),
    "ShelveAlarm": mark("The alarm is shelved; it is heard again when its time is up."),
    "UnshelveAlarm": mark("The alarm is heard again."),
    "TakeOutOfService": mark("The alarm is out of service until somebody brings it back."),
    "ReturnToService": mark("The alarm is in service again."),
    "UnacknowledgeAlarm": mark("The alarm waits for somebody again."),
    "ResetAlarm": mark("The alarm is reset."),
    "RequestAisle": mark("Aisle %(aisle)s is being opened."),
    "RequestStop": mark("The shelving was told to stop."),
    "MakeErrands": mark("The list is made."),
    "EndErrand": mark("Recorded."),
    "ReserveAisle": mark("Aisle %(aisle)s is reserved for you."),
    "ClaimAisle": mark("Aisle %(aisle)s is yours."),
    "ReleaseAisle": mark("Aisle %(aisle)s is given back."),
    "ResolveMotion": mark("What you found is recorded; the shelving may move again."),
    "MoveMachine": mark("The machine is moving."),
    "StopMachine": mark("The machine was told to stop."),
    "ResolveMachine": mark("What you found is recorded; the machine may move again."),
    "WriteTag": mark("Writing has begun; keep the tag still."),
}

REFUSED: Final[Mapping[str, str]] = {
    "borrower_missing": mark("Say who borrows it."),
    "due_in_past": mark("The day it is due has passed already."),
    "no_such_holding": mark("The catalogue does not know it."),
    "loan_open": mark("That borrower has asked for it already."),
    "no_such_loan": mark("There is no such loan."),
    "destroyed": mark("It was destroyed: nothing can be done with it."),
    "must_be_kept": mark("Something on the list must still be kept."),
    "lent": mark("Something on the list is lent."),
    "bad_period": mark("That is no time in which it could be carried out."),
    "wrong_state": mark("The order does not stand so: look again."),
    "no_such_order": mark("There is no such order, or it is over."),
    "not_lent": mark("Files of this class are not lent."),
    "identity_missing": mark("Give the borrower's identity number: this class needs it."),
    "own_file": mark("It is about the borrower or a relative: somebody else must consult it."),
    "too_long": mark("That is longer than this class may be out."),
    "is_out": mark("It has left already."),
    "not_out": mark("It has not left."),
    "count_first": mark("Count the pieces first: this class is counted."),
    "pieces_differ": mark("The count differs from what was handed over; record a return in part."),
    "nothing_out": mark("By this account nothing is missing: confirm the whole return."),
    "not_in_it": mark("That does not lie in it."),
    "recalled": mark("It is recalled already."),
    "somebody_waits": mark("Somebody else waits for it."),
    "nobody_waits": mark("Nobody waits for it."),
    "renewed_enough": mark("It was renewed as often as its class allows."),
    "not_later": mark("That is no later than it is due already."),
    "not_requested": mark("That loan is decided already."),
    "not_approved": mark("That loan does not stand so: look again."),
    "same_person": mark("You asked for it: somebody else must approve it."),
    "no_such_passage": mark("That is answered already, or it was seen at a door again."),
    "no_such_alarm": mark("There is no such alarm."),
    "not_active": mark("That alarm is closed already."),
    "already_acknowledged": mark("Somebody has acknowledged that alarm already."),
    "is_shelved": mark("That alarm is shelved: unshelve it first."),
    "is_suppressed": mark("That alarm is suppressed by design; it comes back by itself."),
    "is_out_of_service": mark("That alarm is out of service: bring it back first."),
    "not_shelved": mark("That alarm is not shelved."),
    "not_out_of_service": mark("That alarm is not out of service."),
    "not_acknowledged": mark("Nobody has acknowledged that alarm: acknowledge it first."),
    "not_latched": mark("That alarm needs no reset."),
    "condition_holds": mark("What the alarm is about is still so: remove the cause first."),
    "never_put_aside": mark("An alarm of this kind cannot be put aside: answer what it is about."),
    "reason_missing": mark("Say why."),
    "until_is_past": mark("That time has passed already."),
    "shelved_too_long": mark("An alarm can be shelved for 24 hours at most."),
    "work_order_missing": mark("Give the number of the work order."),
    "no_such_machine": mark("There is no such machine."),
    "no_such_discrepancy": mark("There is no such discrepancy."),
    "discrepancy_closed": mark("It is closed already."),
    "nobody_named": mark("Say who looks after it."),
    "nothing_explained": mark("Say how it came about."),
    "no_such_rack": mark("There is no such shelving."),
    "nothing_asked": mark("Choose at least one thing."),
    "already_listed": mark("Somebody is sent for it already."),
    "too_many": mark("Too many things wait to be fetched or put away already."),
    "no_such_errand": mark("That is done already."),
    "another_holding": mark("That is another file: look again."),
    "another_place": mark("It does not belong there: look again."),
    "no_such_reservation": mark("That reservation is over."),
    "not_yours": mark("That aisle is somebody else's."),
    "queue_full": mark("Too many people wait for that shelving already."),
    "no_doubt": mark("Nothing is unclear there any more."),
    "note_missing": mark("Say what you found."),
    "no_such_desk": mark("There is no such desk."),
    "desk_busy": mark("A tag is being written there already."),
    "bad_epc": mark("That is no number for a tag."),
    "no_steady_tag": mark("Hold one tag still on the desk."),
    "epc_in_use": mark("Another file has that number already."),
    "tag_in_use": mark("That tag is on another file."),
}

WAITING: Final = mark("Filed. The controller has not answered yet; reload the page to see.")
EXPIRED: Final = mark("The controller did not answer in time. Nothing was done.")


def outcome(
    t: Language, kind: str, state: str, code: str | None, detail: Mapping[str, str]
) -> tuple[str, str]:
    """The mood (``ok``, ``bad``, ``wait``) and the sentence for one filed request."""
    if state in ("filed", "taken"):
        return "wait", t(WAITING)
    if state == "expired":
        return "bad", t(EXPIRED)
    if state == "accepted":
        return "ok", t(DONE[kind], aisle=detail.get("aisle", ""))
    if code is not None and kind == "MoveMachine" and code not in REFUSED:
        return "bad", why_not(t, f"{code}:{detail.get('fact', '')}")
    if code is not None and code in OBSTACLES:
        return "bad", refusal(t, f"{code}:{detail.get('aisle', '')}")
    if code is not None and code in REFUSED:
        return "bad", t(REFUSED[code])
    return "bad", t("Refused: %(code)s", code=code)
