"""How well the three parties agree, in numbers: counted when a comparison ends, kept as history."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from controller.domain.model import OUTSIDE
from controller.domain.model_lending import HAS_TURN
from controller.domain.model_reconciling import DiscrepancyClass, DiscrepancyState
from controller.domain.plans_presence import ListenerKind
from controller.store.presence_tables import sightings
from controller.store.reconciling_tables import discrepancies
from controller.store.schema import loans, tag_bindings, whereabouts

SEEN_WITHIN: Final = timedelta(days=183)
"""What nobody saw since the last half-year's census is not covered."""
_OPEN = discrepancies.c.state != DiscrepancyState.CLOSED.value


def standing(connection: Connection) -> int:
    """Differences that are not closed."""
    return connection.scalar(select(func.count()).select_from(discrepancies).where(_OPEN)) or 0


def figures(connection: Connection, at: datetime) -> dict[str, str]:
    """Accuracies as fractions, counts, and by class how many stand and how old the oldest is.

    ``location_accuracy`` = in place / covered: heard on a shelf within half a year.
    ``existence_accuracy`` = seen / (expected - excused). Without a denominator: left out.
    """
    cutoff = at - SEEN_WITHIN
    covered = _count(
        connection,
        select(func.count())
        .select_from(sightings)
        .where(_heard_since(cutoff), sightings.c.source != ListenerKind.ZONE.value),
    )
    astray = _count(
        connection,
        select(func.count())
        .select_from(discrepancies)
        .where(_OPEN, discrepancies.c.code == DiscrepancyClass.MISPLACED.value),
    )
    tagged = tag_bindings.c.unbound_at.is_(None)
    expected = _count(
        connection, select(func.count(tag_bindings.c.holding_id.distinct())).where(tagged)
    )
    excused = _count(
        connection,
        select(func.count())
        .select_from(loans)
        .where(
            loans.c.state.in_([state.value for state in HAS_TURN]), loans.c.left_at.is_not(None)
        ),
    )
    seen = _seen(connection, cutoff)
    counts = {"covered": covered, "expected": expected, "excused": excused, "seen": seen}
    figures = {name: str(count) for name, count in counts.items()}
    if covered:
        figures["location_accuracy"] = f"{max(covered - astray, 0) / covered:.4f}"
    if expected > excused:
        figures["existence_accuracy"] = f"{min(seen / (expected - excused), 1.0):.4f}"
    return figures | _ages(connection, at)


def _count(connection: Connection, query: Select[int]) -> int:
    return connection.scalar(query) or 0


def _heard_since(cutoff: datetime) -> ColumnElement[bool]:
    return or_(sightings.c.left_at.is_(None), sightings.c.heard_at >= cutoff)


def _seen(connection: Connection, cutoff: datetime) -> int:
    """Tagged holdings that were heard, or came in, within the time."""
    heard = select(sightings.c.holding_id).where(_heard_since(cutoff))
    came = select(whereabouts.c.holding_id).where(
        and_(whereabouts.c.since >= cutoff, whereabouts.c.place.not_in((OUTSIDE, "")))
    )
    either = heard.union(came).subquery()
    return connection.scalar(select(func.count()).select_from(either)) or 0


def _ages(connection: Connection, at: datetime) -> dict[str, str]:
    query = (
        select(discrepancies.c.code, func.count(), func.min(discrepancies.c.opened_at))
        .where(_OPEN)
        .group_by(discrepancies.c.code)
        .order_by(discrepancies.c.code)
    )
    ages = {}
    for code, count, oldest in connection.execute(query):
        ages[f"standing_{code}"] = str(count)
        ages[f"oldest_days_{code}"] = str((at - oldest).days)
    return ages
