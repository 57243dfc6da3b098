"""The result of commissioning for people and programs: confusion table, problems, figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.table import Table

from controller.commissioning.gate import Judgement
from controller.commissioning.walks import Label, Outcome
from controller.domain.model import Direction

NOTHING: Final = "nothing"
SAID: Final = (*(direction.value for direction in Direction), NOTHING)
"""The columns: what the door said of a tag, or that it said nothing."""


def confusion(outcomes: Sequence[Outcome]) -> dict[str, dict[str, int]]:
    """For everything that was done: of how many tags the door said what."""
    table: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        row = table.setdefault(outcome.walk.label.value, Counter())
        last = {told.verdict.epc: told.verdict.direction.value for told in outcome.told}
        row.update(last.get(epc, NOTHING) for epc in outcome.own)
    return {
        label.value: {said: table[label.value][said] for said in SAID}
        for label in Label
        if label.value in table
    }


def as_document(
    judgement: Judgement, outcomes: Sequence[Outcome], layout_warnings: Sequence[str]
) -> dict[str, Any]:
    """Everything in plain JSON values; it is also what is written into the store."""
    return {
        "passed": judgement.passed,
        "bias": judgement.fit.bias,
        "scale": judgement.fit.scale,
        "problems": list(judgement.problems),
        "warnings": [*layout_warnings, *judgement.warnings],
        "figures": dict(judgement.figures),
        "confusion": confusion(outcomes),
    }


def as_table(rows: Mapping[str, Mapping[str, int]]) -> Table:
    """The confusion table for a terminal."""
    table = Table(box=None, pad_edge=False)
    table.add_column("what was done")
    for said in SAID:
        table.add_column(said.replace("_", " "), justify="right")
    for label, row in rows.items():
        table.add_row(label, *(str(row[said] or "·") for said in SAID))
    return table
