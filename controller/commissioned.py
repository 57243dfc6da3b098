"""Doors as commissioning found them: what the controller starts each door with."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from controller.domain.model import Side
from controller.domain.plans import DoorPlan, DoorRule
from controller.store.recordings.commissionings import Commissioning

log = logging.getLogger(__name__)


def sides_of(antennas: Mapping[int, Side]) -> str:
    """``1 inside, 2 outside``: what a commissioning holds for."""
    return ", ".join(f"{port} {side}" for port, side in sorted(antennas.items()))


def with_rules(
    plans: Iterable[DoorPlan], results: Mapping[str, Commissioning]
) -> tuple[DoorPlan, ...]:
    """``plans``, each with the newest result that holds for its antennas as they are now.

    A door without one asks a person about every passage.
    """
    return tuple(_with_rule(plan, results.get(plan.id)) for plan in plans)


def _with_rule(plan: DoorPlan, result: Commissioning | None) -> DoorPlan:
    if result is None:
        log.info("%s: not commissioned yet: every passage waits for a person", plan.id)
        return plan
    if result.antennas != sides_of(plan.antennas):
        log.warning(
            "%s: commissioned with other antenna sides (%s): every passage waits for a person "
            "until it is commissioned again",
            plan.id,
            result.antennas,
        )
        return plan
    rule = DoorRule(bias=result.bias, scale=result.scale, commits_alone=result.passed)
    log.info("%s: commissioned %s by %s: %s", plan.id, result.at, result.by, rule)
    return replace(plan, rule=rule)
