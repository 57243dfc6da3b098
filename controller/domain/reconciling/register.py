"""The register of discrepancies: what one judgement changes in it, and what people may do.

Running twice on the same facts changes nothing. Only what parties say closes an entry: a person
assigns and explains.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import assert_never

from controller.domain.answers import accepted, refused
from controller.domain.decision import Decision
from controller.domain.events_reconciling import (
    DiscrepancyAssigned,
    DiscrepancyClosed,
    DiscrepancyExplained,
    DiscrepancyFound,
    DiscrepancyWaiting,
    ReconcilingEvent,
)
from controller.domain.model_reconciling import DiscrepancyClass, DiscrepancyState, Entries, Entry
from controller.domain.reconciling.verdicts import Finding, Judgement
from controller.domain.requests_reconciling import (
    AssignDiscrepancy,
    ExplainDiscrepancy,
    ReconcilingRequest,
)


def changes(
    judged: Iterable[Judgement],
    entries: Mapping[str, Iterable[Entry]],
    at: datetime,
    held_sources: frozenset[str] = frozenset(),
) -> list[ReconcilingEvent]:
    """What has to be written so that the register says what was judged.

    ``entries``: by subject, everything not closed. Of a source that the guard holds nothing
    opens and nothing closes. The order and the number of equal judgements do not matter.
    """
    once = {each.subject: each for each in judged}
    return [
        event
        for subject in sorted(once)
        for event in _of_one(once[subject], tuple(entries.get(subject, ())), at, held_sources)
    ]


def _of_one(
    judged: Judgement, entries: tuple[Entry, ...], at: datetime, held: frozenset[str]
) -> Iterator[ReconcilingEvent]:
    known = {entry.id: entry for entry in entries}
    found = {finding.fingerprint: finding for finding in judged.findings}
    for key in sorted(found):
        finding = found[key]
        if not _is_held(finding.code, finding.source, held) and _tells_more(
            finding, known.get(key)
        ):
            yield _found(finding, at)
    for key in sorted(known.keys() - found.keys()):
        entry = known[key]
        if entry.code in judged.judged and not _is_held(entry.code, entry.source, held):
            yield from _gone(entry, judged, at)


def _is_held(code: DiscrepancyClass, source: str, held: frozenset[str]) -> bool:
    """What is told of the source itself is told all the more while it is held."""
    of_source = code in (DiscrepancyClass.MASS_CHANGE, DiscrepancyClass.SOURCE_STALE)
    return source in held and not of_source


def _tells_more(finding: Finding, entry: Entry | None) -> bool:
    """Whether the register does not say so already; a wait that is over ends by it, too."""
    if entry is None or entry.waiting_reason:
        return True
    if finding.severity is not entry.severity:
        return True
    waits = entry.state is DiscrepancyState.WAITING  # for any new observation, even one like it
    return _compared(finding.evidence, waits) != _compared(entry.evidence, waits)


def _compared(evidence: Mapping[str, str], with_events: bool) -> dict[str, str]:
    """Evidence without the ids of events: the same place heard once more is nothing new."""
    return {n: v for n, v in evidence.items() if with_events or not n.endswith("_event")}


def _found(finding: Finding, at: datetime) -> DiscrepancyFound:
    return DiscrepancyFound(
        at=at,
        discrepancy_id=finding.fingerprint,
        code=finding.code,
        subject=finding.subject,
        holding_id=finding.holding_id,
        source=finding.source,
        fonds=finding.fonds,
        severity=finding.severity,
        matched_by=finding.matched_by.value,
        evidence=dict(finding.evidence),
    )


def _gone(entry: Entry, judged: Judgement, at: datetime) -> Iterator[ReconcilingEvent]:
    reason = judged.undecided.get(entry.code)
    if reason is None:
        yield DiscrepancyClosed(at=at, discrepancy_id=entry.id, seen_in=judged.witness)
    elif reason != entry.waiting_reason:
        yield DiscrepancyWaiting(at=at, discrepancy_id=entry.id, reason=reason)


class RegisterDesk:
    """Answers what people ask of discrepancies."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def asked(self, message: ReconcilingRequest) -> Decision:
        """Write down who looks after it, or how it came about.

        Refused with ``no_such_discrepancy``, ``discrepancy_closed``, ``nobody_named``,
        ``nothing_explained``.
        """
        asked = message.asked
        entry = self._entries.discrepancy(message.discrepancy_id)
        if entry is None:
            return refused(asked, "no_such_discrepancy", discrepancy_id=message.discrepancy_id)
        if entry.state is DiscrepancyState.CLOSED:
            return refused(asked, "discrepancy_closed", discrepancy_id=entry.id)
        event = _word(message)
        if isinstance(event, str):
            return refused(asked, event, discrepancy_id=entry.id)
        return Decision(events=(event,), answers=(accepted(asked, discrepancy_id=entry.id),))


def _word(message: ReconcilingRequest) -> DiscrepancyAssigned | DiscrepancyExplained | str:
    at, by = message.asked.at.utc, message.asked.by
    match message:
        case AssignDiscrepancy():
            to = message.to.strip()
            if not to:
                return "nobody_named"
            return DiscrepancyAssigned(
                at=at, discrepancy_id=message.discrepancy_id, to=to, by=by, note=message.note
            )
        case ExplainDiscrepancy():
            explanation = message.explanation.strip()
            if not explanation:
                return "nothing_explained"
            return DiscrepancyExplained(
                at=at,
                discrepancy_id=message.discrepancy_id,
                by=by,
                explanation=explanation,
                put_right=message.put_right,
            )
        case _:
            assert_never(message)
