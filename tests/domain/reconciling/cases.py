"""A holding about which everybody agrees, and small ways to spoil that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from controller.domain.model import LoanState
from controller.domain.reconciling.facts import (
    Case,
    CatalogueSays,
    Heard,
    LoanSays,
    ObservationSays,
    Passed,
    RegistrySays,
    Spot,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME = Spot(room="room-1", rack="rack-a", bay="3", level="2")


def heard(**changes: Any) -> Heard:
    """For a day, at its home, by an antenna in the shelf."""
    usual = Heard(
        spot=HOME,
        by="shelf-a",
        since=NOW - DAY,
        at=NOW - DAY,
        fixed=True,
        left=False,
        event_id="e-heard",
    )
    return replace(usual, **changes)


def loan(**changes: Any) -> LoanSays:
    """Approved, left yesterday, due in a week."""
    usual = LoanSays(id="loan-1", state=LoanState.APPROVED, due=NOW + 7 * DAY, left_at=NOW - DAY)
    return replace(usual, **changes)


def passed(**changes: Any) -> Passed:
    """Out, half a day ago."""
    return replace(Passed(room="outside", at=NOW - DAY / 2, event_id="e-passed"), **changes)


def case(
    *,
    catalogue: dict[str, Any] | None = None,
    registry: dict[str, Any] | None = None,
    observation: dict[str, Any] | None = None,
    catalogued: bool = True,
) -> Case:
    """The agreed case with these fields of its parties changed."""
    says = CatalogueSays(
        source="archive",
        external_id="7",
        reference_code="A001-WS·2020-Y-0007",
        fonds="A001",
        home="rack-a/3/L/3/2",
        spot=HOME,
        retention="Y",
        pages=12,
    )
    return Case(
        holding_id="h1",
        at=NOW,
        catalogue=replace(says, **(catalogue or {})) if catalogued else None,
        registry=replace(RegistrySays(tags=("E1",)), **(registry or {})),
        observation=replace(ObservationSays(heard=heard()), **(observation or {})),
    )
