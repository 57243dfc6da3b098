"""One holding before the three parties: every class that can be told from it alone.

Silence is not absence: what an open order, a loan or a silent reader may explain is left
undecided, and then nothing is opened and nothing closed.
"""

from collections.abc import Iterator
from typing import Final

from controller.domain.model_reconciling import DiscrepancyClass
from controller.domain.reconciling.facts import Case
from controller.domain.reconciling.judging_loans import loan_verdicts
from controller.domain.reconciling.judging_places import place_verdicts
from controller.domain.reconciling.matching import MatchRule
from controller.domain.reconciling.verdicts import (
    AskAgain,
    Judgement,
    Rules,
    Undecided,
    Verdict,
    judgement,
)
from controller.domain.reconciling.wording import found, is_lent, is_outside

_K = DiscrepancyClass
OF_HOLDINGS: Final = frozenset(DiscrepancyClass) - {
    _K.UNKNOWN_TAG,
    _K.TAG_TWICE,
    _K.DUPLICATE_KEY,
    _K.SOURCE_STALE,
    _K.MASS_CHANGE,
}
"""The classes that are told of a holding; the others are told of tags, keys and sources."""


def judge(case: Case, rules: Rules) -> Judgement:
    """Everything that can be said of one holding at ``case.at``. Pure: the same case, the same."""
    source = "" if case.catalogue is None else case.catalogue.source
    return judgement(
        case.holding_id,
        _verdicts(case, rules),
        source=source,
        witness=case.observation.witness,
        judged=OF_HOLDINGS,
    )


def _verdicts(case: Case, rules: Rules) -> Iterator[Verdict]:
    if case.registry.ended is not None:
        yield from _after_the_end(case)
        return
    yield from _existence(case)
    yield from _tag(case, rules)
    yield from loan_verdicts(case, rules)
    if case.catalogue is not None and case.catalogue.withdrawn_at is None:
        yield from _presence(case, rules)
        yield from place_verdicts(case, rules)
        yield from _fields(case)


def _after_the_end(case: Case) -> Iterator[Verdict]:
    """Nothing follows destruction but an alarm."""
    ended, seen = case.registry.ended, case.observation
    assert ended is not None  # noqa: S101 -- asked by the caller
    inside = seen.passed is not None and not is_outside(case) and seen.passed.at > ended.at
    if inside or (seen.heard is not None and seen.heard.at > ended.at):
        yield found(
            case,
            _K.SEEN_AFTER_END,
            registry_end=ended.kind.value,
            registry_ended_at=ended.at.isoformat(),
            observation_seen_at=_seen_at(case),
        )


def _existence(case: Case) -> Iterator[Verdict]:
    """B1, B2, B7: who knows of it at all."""
    catalogue, registry = case.catalogue, case.registry
    tags = " ".join(registry.tags)
    if catalogue is None:
        if registry.tags or case.observation.last_seen is not None:
            yield found(case, _K.NOT_CATALOGUED, registry_tags=tags, **_successor(case))
        return
    if catalogue.withdrawn_at is not None:
        if registry.tags:
            yield found(
                case,
                _K.DELETED_BUT_PRESENT,
                catalogue_withdrawn_at=catalogue.withdrawn_at.isoformat(),
                registry_tags=tags,
                **_successor(case),
            )
        return
    if registry.tags or catalogue.parent_id is not None or registry.tag_wanted_from is None:
        return
    if case.at < registry.tag_wanted_from:
        yield AskAgain(at=registry.tag_wanted_from)
    elif registry.orders:
        yield Undecided(code=_K.NEVER_REGISTERED, reason="order")
    else:
        wanted = registry.tag_wanted_from.date().isoformat()
        yield found(case, _K.NEVER_REGISTERED, registry_tag_wanted_from=wanted)


def _successor(case: Case) -> dict[str, str]:
    registry = case.registry
    if not registry.successor_id:
        return {}
    rule = MatchRule(registry.successor_rule or MatchRule.SUGGESTION)
    return {"catalogue_successor": registry.successor_id, "matching_rule": str(rule.value)}


def _tag(case: Case, rules: Rules) -> Iterator[Verdict]:
    """A3: it is there, and its tag says nothing."""
    seen = case.observation
    if not case.registry.tags or seen.held_in_hand_at is None:
        return
    heard_since = seen.heard is not None and seen.heard.at >= seen.held_in_hand_at
    if seen.silent_sweeps >= rules.silent_checks and not heard_since:
        yield found(
            case,
            _K.SILENT_TAG,
            observation_held_at=seen.held_in_hand_at.isoformat(),
            observation_silent_sweeps=str(seen.silent_sweeps),
        )


def _presence(case: Case, rules: Rules) -> Iterator[Verdict]:
    """B3 and B4: it should be heard where it belongs, and is not."""
    seen = case.observation
    gone = seen.heard is not None and seen.heard.left and seen.heard.fixed
    if not case.registry.tags or not (gone or seen.silent_sweeps) or is_outside(case):
        return
    reason = _excuse(case)
    if reason:
        yield Undecided(code=_K.MISSING, reason=reason)
        if reason == "reader_offline":
            yield found(case, _K.NOT_COVERED, observation_deaf=" ".join(seen.deaf))
        return
    certainty = rules.certainty_missing(seen.silent_sweeps, seen.read_probability)
    missed_at = None if not gone or seen.heard is None else seen.heard.at + rules.unseen_after
    in_hand = seen.held_in_hand_at is not None and seen.silent_sweeps >= rules.silent_checks
    if in_hand:
        return  # a person has it: its tag is at fault
    if certainty >= rules.missing_certainty or (missed_at is not None and missed_at <= case.at):
        yield found(
            case,
            _K.MISSING,
            observation_seen_at=_seen_at(case),
            observation_silent_sweeps=str(seen.silent_sweeps),
            observation_certainty_percent=f"{100 * certainty:.0f}",
        )
        return
    yield Undecided(code=_K.MISSING, reason="sweep_again" if seen.silent_sweeps else "settling")
    if missed_at is not None:
        yield AskAgain(at=missed_at)


def _excuse(case: Case) -> str:
    if case.registry.orders:
        return "order"
    if is_lent(case):
        return "lent"
    return "reader_offline" if case.observation.deaf else ""


def _seen_at(case: Case) -> str:
    at = case.observation.last_seen
    return "" if at is None else at.isoformat()


def _fields(case: Case) -> Iterator[Verdict]:
    """E1 to E4: what is written about it."""
    catalogue, registry = case.catalogue, case.registry
    assert catalogue is not None  # noqa: S101 -- asked by the caller
    shared = catalogue.key_digests.keys() & registry.key_digests.keys()
    differ = sorted(n for n in shared if catalogue.key_digests[n] != registry.key_digests[n])
    if differ:
        fields = " ".join(differ)
        yield found(case, _K.KEY_FIELD_DIFFERS, fields=fields, **_successor(case))
    if catalogue.faults:
        faults = {f"catalogue_{name}": why for name, why in sorted(catalogue.faults.items())}
        yield found(case, _K.FIELD_INVALID, **faults)
    yield from _retention(case)
    pair = catalogue.pairing
    if pair is not None and (
        pair.has_paper != pair.has_electronic or pair.paper_version != pair.electronic_version
    ):
        yield found(
            case,
            _K.PAIR_BROKEN,
            catalogue_paper=pair.paper_version or ("yes" if pair.has_paper else "no"),
            catalogue_electronic=pair.electronic_version
            or ("yes" if pair.has_electronic else "no"),
        )


def _retention(case: Case) -> Iterator[Verdict]:
    catalogue, registry = case.catalogue, case.registry
    assert catalogue is not None  # noqa: S101 -- asked by the caller
    both = bool(catalogue.retention and registry.retention)
    if both and catalogue.retention != registry.retention:
        yield found(
            case,
            _K.RETENTION_DIFFERS,
            catalogue_retention=catalogue.retention,
            registry_retention=registry.retention,
        )
    elif registry.expires_on is not None and registry.expires_on <= case.at.date():
        yield found(
            case,
            _K.RETENTION_DIFFERS,
            catalogue_retention=catalogue.retention,
            registry_due_for_appraisal=registry.expires_on.isoformat(),
        )
