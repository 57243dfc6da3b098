"""What judging gives: differences found, questions left undecided, and when to ask again."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.domain.model_reconciling import CLASSES, DiscrepancyClass, Severity
from controller.domain.reconciling.matching import MatchRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long and how much before a difference counts. Durations in whole spans of time."""

    settle: timedelta = timedelta(minutes=15)
    """A thing that was only carried by is not misplaced."""
    unseen_after: timedelta = timedelta(days=1)
    """How long something may be gone from its shelf, or back in the books, before it is missed."""
    unknown_reads: int = 3
    """So often heard, an unknown tag is more than a passer-by."""
    silent_checks: int = 3
    """So many sweeps that do not hear what a person holds in hand: its tag is dead."""
    missing_certainty: float = 0.95
    prior_missing: float = 0.005
    read_probability: float = 0.967
    """That one sweep hears what is there: measured on real walks."""
    correlation: float = 2.1
    """What one walk misses the next is likelier to miss, too: by this factor (measured)."""
    source_silent: timedelta = timedelta(days=2)
    overdue_is_high_after: timedelta = timedelta(days=30)

    def certainty_missing(self, sweeps: int, read_probability: float | None = None) -> float:
        """The probability that it is gone after so many sweeps in which it was not heard.

        Odds ``prior / (q * (f * q) ** (k - 1))`` with q the chance to be missed once and f the
        correlation: 13 % after one sweep, 69 % after two, 97 % after three.
        """
        if sweeps <= 0:
            return self.prior_missing
        heard = self.read_probability if read_probability is None else read_probability
        missed = min(max(1.0 - heard, 1e-6), 1.0)
        again = min(self.correlation * missed, 1.0)
        odds = self.prior_missing / (1.0 - self.prior_missing)
        odds /= missed * again ** (sweeps - 1)
        return odds / (1.0 + odds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference, with what each party says as evidence."""

    code: DiscrepancyClass
    subject: str
    """A holding's id, a tag's EPC, a key of the catalogue, or a source."""
    holding_id: str | None = None
    source: str = ""
    fonds: str = ""
    severity: Severity
    matched_by: MatchRule = MatchRule.EXTERNAL_ID
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Names begin with the party: ``catalogue_home``, ``registry_loan``, ``observation_place``."""

    @property
    def fingerprint(self) -> str:
        """The same difference has the same one for ever, whoever finds it and how often."""
        return fingerprint(self.code, self.subject, self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """It cannot be told now whether there is such a difference: nothing opens, nothing closes."""

    code: DiscrepancyClass
    reason: str
    """``order``, ``lent``, ``settling``, ``reader_offline``, ``sweep_again``, ``two_places``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgain:
    """Time alone may change the answer then."""

    at: datetime


Verdict = Finding | Undecided | AskAgain


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All that can be said of one subject now."""

    subject: str
    source: str = ""
    findings: tuple[Finding, ...] = ()
    undecided: Mapping[DiscrepancyClass, str] = field(default_factory=dict)
    again_at: datetime | None = None
    witness: str = ""
    """The newest event that what is *not* found rests on."""
    judged: frozenset[DiscrepancyClass] = frozenset(DiscrepancyClass)
    """The classes that were looked at; of others nothing is said."""


def judgement(
    subject: str,
    verdicts: Iterable[Verdict],
    *,
    source: str = "",
    witness: str = "",
    judged: frozenset[DiscrepancyClass],
) -> Judgement:
    """Gather verdicts; a difference that was found is not undecided."""
    findings: dict[DiscrepancyClass, Finding] = {}
    undecided: dict[DiscrepancyClass, str] = {}
    times: list[datetime] = []
    for verdict in verdicts:
        match verdict:
            case Finding():
                findings[verdict.code] = verdict
            case Undecided():
                undecided[verdict.code] = verdict.reason
            case AskAgain():
                times.append(verdict.at)
    return Judgement(
        subject=subject,
        source=source,
        findings=tuple(findings.values()),
        undecided={code: why for code, why in undecided.items() if code not in findings},
        again_at=min(times, default=None),
        witness=witness,
        judged=judged,
    )


def fingerprint(code: DiscrepancyClass, subject: str, source: str) -> str:
    """``C1-`` and 128 bits of class, subject, source and the parties that disagree."""
    parties = "".join(CLASSES[code].parties)
    content = "\x1f".join((code, subject, source, parties))
    digest = hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=16)
    return f"{code}-{digest.hexdigest()}"
