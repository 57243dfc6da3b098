"""The queue at one bank as the shelving page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.screens.language import Language
from api.screens.queue_texts import STATES
from api.screens.rack_texts import obstacle
from controller.domain.model_shelving import ReservationState
from controller.store.shelving.views import MotionView, ReservationView


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCard:
    """One reservation."""

    id: str
    aisle: int
    by: str
    mine: bool
    mood: str
    state: str
    since: datetime
    hint: str
    """What keeps it shut; empty when nothing does."""
    overdue: bool
    claimable: bool
    releasable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCard:
    """Whose turn it is, and who waits."""

    waiting: tuple[WaitingCard, ...]
    doubt: int | None
    """The aisle of a motion that nobody knows the end of."""
    busy: bool
    """Somebody else has the turn: an aisle can be waited for, not opened."""


def queue_card(
    waiting: Sequence[ReservationView], motion: MotionView | None, user: str, t: Language
) -> QueueCard:
    """What is known of one bank, for the person who looks."""
    doubtful = motion is not None and motion.state == "unknown"
    return QueueCard(
        waiting=tuple(_card(one, user, t) for one in waiting),
        doubt=motion.aisle if motion is not None and doubtful else None,
        busy=bool(waiting),
    )


def _card(one: ReservationView, user: str, t: Language) -> WaitingCard:
    mood, state = STATES[one.state]
    mine, overdue = one.by == user, one.reason == "overdue"
    open_now = one.state is ReservationState.AT_TARGET
    turn = one.state is ReservationState.RESERVED or (open_now and not one.claimed)
    idle = one.state in (ReservationState.QUEUED, ReservationState.RESERVED)
    return WaitingCard(
        id=one.id,
        aisle=one.aisle,
        by=one.by,
        mine=mine,
        mood=mood,
        state=t(state),
        since=one.since,
        hint="" if overdue or not one.reason else obstacle(t, one.reason),
        overdue=overdue,
        claimable=mine and turn,
        releasable=(mine and (open_now or idle)) or (overdue and open_now),
    )
