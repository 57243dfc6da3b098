"""Words for where loans stand, taken together."""

from typing import Final

from controller.domain.model import LoanState

WAITING: Final = frozenset({LoanState.REQUESTED, LoanState.QUEUED})
HAS_TURN: Final = frozenset(
    {LoanState.APPROVED, LoanState.RESERVED, LoanState.ISSUED, LoanState.PARTLY_RETURNED}
)
"""Of one holding at most one loan is in these."""
MAY_LEAVE: Final = HAS_TURN - {LoanState.PARTLY_RETURNED}
"""A holding may be outside under such a loan; what came back in part does not leave again."""
OPEN: Final = WAITING | HAS_TURN
