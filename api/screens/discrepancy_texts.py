"""Discrepancies in words that a clerk understands: what it is, and what to do next."""

from collections.abc import Mapping
from typing import Final

from api.screens.language import mark
from controller.domain.model_reconciling import (
    DiscrepancyClass,
    DiscrepancyState,
    Party,
    Severity,
)

_K = DiscrepancyClass

NAMES: Final[Mapping[DiscrepancyClass, str]] = {
    _K.UNKNOWN_TAG: mark("Unknown tag"),
    _K.TAG_TWICE: mark("Tag on two things"),
    _K.SILENT_TAG: mark("Silent tag"),
    _K.NOT_CATALOGUED: mark("Not in the catalogue"),
    _K.NEVER_REGISTERED: mark("Without a tag"),
    _K.MISSING: mark("Missing"),
    _K.NOT_COVERED: mark("Not covered"),
    _K.SEEN_AFTER_END: mark("Seen after its end"),
    _K.DUPLICATE_KEY: mark("Number twice"),
    _K.DELETED_BUT_PRESENT: mark("Deleted, but here"),
    _K.MISPLACED: mark("Misplaced"),
    _K.WRONG_BOX: mark("Wrong box"),
    _K.OUT_OF_ORDER: mark("Out of order"),
    _K.CATALOGUE_STALE: mark("Catalogue out of date"),
    _K.PLACE_UNKNOWN: mark("Place not known"),
    _K.CONFLICTING_PLACES: mark("Heard at two places"),
    _K.UNFIT_PLACE: mark("Shelf not for it"),
    _K.EXIT_WITHOUT_AUTHORITY: mark("Left without authority"),
    _K.LENT_BUT_PRESENT: mark("On loan, but here"),
    _K.RETURNED_NOT_SEEN: mark("Returned, not seen"),
    _K.OVERDUE: mark("Overdue"),
    _K.LOAN_STATES_DIFFER: mark("Loan seen differently"),
    _K.PARTIAL_RETURN: mark("Not all came back"),
    _K.KEY_FIELD_DIFFERS: mark("Key field differs"),
    _K.FIELD_INVALID: mark("Field cannot be right"),
    _K.RETENTION_DIFFERS: mark("Retention"),
    _K.PAIR_BROKEN: mark("Paper and copy differ"),
    _K.SOURCE_STALE: mark("Catalogue is silent"),
    _K.MASS_CHANGE: mark("Mass change held"),
}

TO_DO: Final[Mapping[DiscrepancyClass, str]] = {
    _K.UNKNOWN_TAG: mark(
        "A tag was heard that stands for nothing. Look what it is on; bind it at "
        "the desk, or take it out of the room."
    ),
    _K.TAG_TWICE: mark(
        "One number stands on two things or two chips. Give one of them a new number."
    ),
    _K.SILENT_TAG: mark(
        "The file is in hand, yet three sweeps did not hear it. Give it a new tag."
    ),
    _K.NOT_CATALOGUED: mark(
        "A tag stands for something that no catalogue knows. Have it catalogued, "
        "or take the tag off."
    ),
    _K.NEVER_REGISTERED: mark("The catalogue has it, and it bears no tag. Find it and tag it."),
    _K.MISSING: mark(
        "It is not heard where it belongs, and nothing excuses it. Search the "
        "neighbouring bays with the list, then sweep again."
    ),
    _K.NOT_COVERED: mark(
        "Its reader does not answer, so nobody can say. Mend the reader, or sweep the bay by hand."
    ),
    _K.SEEN_AFTER_END: mark(
        "It was destroyed or handed over, and yet it was seen. Stop it and find "
        "out which papers are gone."
    ),
    _K.DUPLICATE_KEY: mark(
        "Two records bear one barcode or reference code. Have the catalogue corrected."
    ),
    _K.DELETED_BUT_PRESENT: mark(
        "The catalogue has deleted it and it still bears a tag. Ask the catalogue's keeper."
    ),
    _K.MISPLACED: mark("It was heard where it does not belong. Carry it back to its home."),
    _K.WRONG_BOX: mark(
        "It was found in another box, or another number of pages was counted. "
        "Put it into its box and count again."
    ),
    _K.OUT_OF_ORDER: mark("What stands beside it does not follow. Put it in order."),
    _K.CATALOGUE_STALE: mark(
        "It stands where an order has put it; only the catalogue says otherwise. "
        "Have the catalogue corrected."
    ),
    _K.PLACE_UNKNOWN: mark("The catalogue names a place that there is not. Correct it there."),
    _K.CONFLICTING_PLACES: mark("It is heard at two places at once. Nothing to do: wait."),
    _K.UNFIT_PLACE: mark(
        "Its shelf is full, of another fonds or of another climate. Find another shelf."
    ),
    _K.EXIT_WITHOUT_AUTHORITY: mark(
        "It is outside, and no loan or order covers that. Register the authority, or fetch it back."
    ),
    _K.LENT_BUT_PRESENT: mark(
        "It is on loan by the books and was heard inside. Take it in hand and confirm the return."
    ),
    _K.RETURNED_NOT_SEEN: mark(
        "The books say it came back, and nobody has seen it. Look where it was put down."
    ),
    _K.OVERDUE: mark("The day it was due has passed. Remind the borrower."),
    _K.LOAN_STATES_DIFFER: mark(
        "The catalogue and the registry disagree whether it is lent. Correct whichever is wrong."
    ),
    _K.PARTIAL_RETURN: mark("Fewer or more pieces came back than went. Count with the borrower."),
    _K.KEY_FIELD_DIFFERS: mark(
        "Two catalogues have different numbers for one thing. Compare with the paper."
    ),
    _K.FIELD_INVALID: mark("A check digit or a date is wrong. Compare with the paper."),
    _K.RETENTION_DIFFERS: mark("The retention differs, or is over. Decide which holds."),
    _K.PAIR_BROKEN: mark(
        "Paper without its electronic copy, or of another version. File what lacks."
    ),
    _K.SOURCE_STALE: mark("The other system has sent nothing new for long. Ask its keeper."),
    _K.MASS_CHANGE: mark(
        "So much would change at once that the run is held. Look at it, then let "
        "it through or refuse it."
    ),
}

PARTIES: Final[Mapping[Party, str]] = {
    Party.CATALOGUE: mark("Catalogue"),
    Party.REGISTRY: mark("Registry"),
    Party.OBSERVATION: mark("Observation"),
}
STATES: Final[Mapping[DiscrepancyState, str]] = {
    DiscrepancyState.OPEN: mark("open"),
    DiscrepancyState.ASSIGNED: mark("assigned"),
    DiscrepancyState.EXPLAINED: mark("explained"),
    DiscrepancyState.WAITING: mark("waiting for an observation"),
    DiscrepancyState.CLOSED: mark("closed"),
}
SEVERITIES: Final[Mapping[Severity, str]] = {
    Severity.INFO: mark("for information"),
    Severity.LOW: mark("low"),
    Severity.MEDIUM: mark("medium"),
    Severity.HIGH: mark("high"),
    Severity.CRITICAL: mark("critical"),
}
WAITS: Final[Mapping[str, str]] = {
    "order": mark("an order is open"),
    "lent": mark("it is on loan"),
    "settling": mark("it may only be carried by"),
    "reader_offline": mark("a reader does not answer"),
    "sweep_again": mark("another sweep is needed"),
    "two_places": mark("it is heard at two places"),
}
RULES: Final[Mapping[int, str]] = {
    1: mark("the same source and number"),
    2: mark("the same barcode"),
    3: mark("the same reference code"),
    4: mark("the same box and item"),
    5: mark("only a suggestion"),
}
FACTS: Final[Mapping[str, str]] = {
    "home": mark("Home"),
    "place": mark("Place"),
    "by": mark("Heard by"),
    "tags": mark("Tags"),
    "tag_wanted_from": mark("Tag wanted from"),
    "successor": mark("Other record"),
    "withdrawn_at": mark("Deleted at"),
    "end": mark("How it ended"),
    "ended_at": mark("Ended at"),
    "seen_at": mark("Last seen"),
    "held_at": mark("In hand at"),
    "silent_sweeps": mark("Sweeps that did not hear it"),
    "certainty_percent": mark("Certainty, percent"),
    "deaf": mark("Reader that does not answer"),
    "parent": mark("Lies in"),
    "pages": mark("Pages"),
    "left": mark("Left of it"),
    "right": mark("Right of it"),
    "places": mark("Places"),
    "unfit": mark("Why"),
    "left_at": mark("Left at"),
    "loan": mark("Loan"),
    "due": mark("Due"),
    "returned_at": mark("Returned at"),
    "on_loan": mark("On loan"),
    "still_out": mark("Still out"),
    "issued": mark("Pieces issued"),
    "returned": mark("Pieces returned"),
    "retention": mark("Retention"),
    "due_for_appraisal": mark("Due for appraisal"),
    "paper": mark("Paper"),
    "electronic": mark("Electronic"),
    "progressed_at": mark("Last moved"),
    "change": mark("Change"),
    "key": mark("Field"),
    "value": mark("Value"),
    "holdings": mark("Holdings"),
    "chips": mark("Chips"),
    "id_number": mark("Identity number"),
    "approval_number": mark("Approval number"),
    "social_security_account": mark("Social security account"),
    "fields": mark("Fields that differ"),
}
