"""The life of a loan as a table: which step is allowed from where, and where it leads.

Only people and the calendar move a loan; a read at a door or a shelf never does. What a door saw
is a fact beside the state: a loan that left by the door is as much out as one handed over.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from controller.domain.model import Loan, LoanState
from controller.domain.model_lending import HAS_TURN, WAITING


class Step(StrEnum):
    """What can be done to a loan."""

    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    COME_TO_TURN = "come_to_turn"
    HOLD = "hold"
    LAPSE = "lapse"
    ISSUE = "issue"
    RENEW = "renew"
    RECALL = "recall"
    RETURN = "return"
    RETURN_PART = "return_part"


_HAND: Final = frozenset({LoanState.APPROVED, LoanState.RESERVED})

FROM: Final[Mapping[Step, frozenset[LoanState]]] = {
    Step.APPROVE: frozenset({LoanState.REQUESTED}),
    Step.REJECT: frozenset({LoanState.REQUESTED}),
    Step.CANCEL: WAITING | _HAND,
    Step.COME_TO_TURN: frozenset({LoanState.QUEUED}),
    Step.HOLD: frozenset({LoanState.APPROVED}),
    Step.LAPSE: frozenset({LoanState.QUEUED, LoanState.RESERVED}),
    Step.ISSUE: _HAND,
    Step.RENEW: HAS_TURN,
    Step.RECALL: HAS_TURN,
    Step.RETURN: HAS_TURN,
    Step.RETURN_PART: HAS_TURN,
}
NOT_OUT: Final = frozenset({Step.CANCEL, Step.HOLD, Step.LAPSE, Step.ISSUE})
"""Steps of a thing that is still in the house."""
OUT: Final = frozenset({Step.RENEW, Step.RECALL, Step.RETURN_PART})
"""Steps of a thing that has left."""


def objection(loan: Loan, step: Step) -> str | None:
    """Why ``step`` is not possible now, as a code; ``None`` when it is.

    ``not_requested`` (it is decided already), ``not_approved`` (nobody has its turn under this
    loan), ``is_out`` (it has left), ``not_out`` (it has not).
    """
    if loan.state not in FROM[step]:
        deciding = step in (Step.APPROVE, Step.REJECT)
        return "not_requested" if deciding else "not_approved"
    if step in NOT_OUT and loan.out:
        return "is_out"
    if step in OUT and not loan.out:
        return "not_out"
    return None
