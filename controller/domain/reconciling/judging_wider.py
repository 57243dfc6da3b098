"""What is told of tags, of keys of the catalogue and of whole sources: A1, A2, B6, F1, F2."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from controller.domain.model_reconciling import CLASSES, DiscrepancyClass, Severity
from controller.domain.reconciling.verdicts import (
    AskAgain,
    Finding,
    Judgement,
    Rules,
    Verdict,
    judgement,
)

_K = DiscrepancyClass
OF_TAGS: Final = frozenset({_K.UNKNOWN_TAG, _K.TAG_TWICE})
OF_KEYS: Final = frozenset({_K.DUPLICATE_KEY})
OF_SOURCES: Final = frozenset({_K.SOURCE_STALE, _K.MASS_CHANGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCase:
    """One tag: what it stands for, and what was read of it."""

    epc: str
    holdings: tuple[str, ...] = ()
    """Those it stands for now."""
    chips: tuple[str, ...] = ()
    """The TIDs that were read with this EPC; two are two tags."""
    reads: int = 0
    """So often it was heard."""
    place: str = ""
    witness: str = ""


def judge_tag(case: TagCase, rules: Rules) -> Judgement:
    """A1 and A2."""
    return judgement(case.epc, _tag_verdicts(case, rules), witness=case.witness, judged=OF_TAGS)


def _tag_verdicts(case: TagCase, rules: Rules) -> Iterator[Verdict]:
    holdings, chips = sorted(set(case.holdings)), sorted(set(case.chips))
    if len(holdings) > 1 or len(chips) > 1:
        evidence = {"registry_holdings": " ".join(holdings), "observation_chips": " ".join(chips)}
        yield Finding(
            code=_K.TAG_TWICE,
            subject=case.epc,
            holding_id=holdings[0] if holdings else None,
            severity=CLASSES[_K.TAG_TWICE].severity,
            evidence={name: value for name, value in evidence.items() if value},
        )
    if not holdings and case.reads:
        often = case.reads >= rules.unknown_reads
        yield Finding(
            code=_K.UNKNOWN_TAG,
            subject=case.epc,
            severity=Severity.MEDIUM if often else Severity.INFO,
            evidence={"observation_place": case.place} if case.place else {},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """One record that bears a key."""

    holding_id: str
    fonds: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCase:
    """All living records of one source that bear one key."""

    source: str
    name: str
    """``barcode`` or ``reference_code``."""
    key: str
    records: tuple[KeyRecord, ...]


def judge_key(case: KeyCase) -> Judgement:
    """B6. A box of two fonds is shared, and that is legal: its barcode stands twice."""
    return judgement(
        f"{case.name}:{case.key}",
        _key_verdicts(case),
        source=case.source,
        judged=OF_KEYS,
    )


def _key_verdicts(case: KeyCase) -> Iterator[Verdict]:
    records = sorted(set(case.records), key=lambda record: record.holding_id)
    if len(records) < 2 or _is_shared_box(case.name, records):
        return
    yield Finding(
        code=_K.DUPLICATE_KEY,
        subject=f"{case.name}:{case.key}",
        holding_id=records[0].holding_id,
        source=case.source,
        fonds=records[0].fonds,
        severity=CLASSES[_K.DUPLICATE_KEY].severity,
        evidence={
            "catalogue_key": case.name,
            "catalogue_value": case.key,
            "catalogue_holdings": " ".join(record.holding_id for record in records),
        },
    )


def _is_shared_box(name: str, records: Sequence[KeyRecord]) -> bool:
    """Each fonds describes the same box once."""
    fonds = {record.fonds for record in records}
    boxes = all(record.kind == "box" for record in records)
    return name == "barcode" and boxes and len(fonds) == len(records)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCase:
    """One catalogue as a feed."""

    source: str
    at: datetime
    progressed_at: datetime | None = None
    """When its cursor or its content last moved; ``None``: it is no feed, files come by hand."""
    held_reason: str = ""
    """What the guard against mass change says of the run it holds."""


def judge_source(case: SourceCase, rules: Rules) -> Judgement:
    """F1 and F2."""
    return judgement(
        case.source, _source_verdicts(case, rules), source=case.source, judged=OF_SOURCES
    )


def _source_verdicts(case: SourceCase, rules: Rules) -> Iterator[Verdict]:
    if case.progressed_at is not None:
        stale_at = case.progressed_at + rules.source_silent
        if case.at < stale_at:
            yield AskAgain(at=stale_at)
        else:
            since = {"catalogue_progressed_at": case.progressed_at.isoformat()}
            yield _of_source(case, _K.SOURCE_STALE, since)
    if case.held_reason:
        yield _of_source(case, _K.MASS_CHANGE, {"catalogue_change": case.held_reason})


def _of_source(case: SourceCase, code: DiscrepancyClass, evidence: dict[str, str]) -> Finding:
    return Finding(
        code=code,
        subject=case.source,
        source=case.source,
        severity=CLASSES[code].severity,
        evidence=evidence,
    )
