"""Where it should be against where it is: classes C1 to C7.

A place is trusted to the bay, and to the level only where an antenna lies in the shelf.
"""

from collections.abc import Iterator

from controller.domain.model_reconciling import DiscrepancyClass
from controller.domain.reconciling.facts import Case, CatalogueSays, Heard, Spot
from controller.domain.reconciling.verdicts import AskAgain, Rules, Undecided, Verdict
from controller.domain.reconciling.wording import found, is_lent, is_outside

_K = DiscrepancyClass


def place_verdicts(case: Case, rules: Rules) -> Iterator[Verdict]:
    """C1 to C7 of one catalogued holding."""
    catalogue, seen = case.catalogue, case.observation
    assert catalogue is not None  # noqa: S101 -- asked by the caller
    if catalogue.home and catalogue.spot is None:
        yield found(case, _K.PLACE_UNKNOWN, catalogue_home=catalogue.home)
    if seen.heard is not None and not is_outside(case):
        yield from _heard(case, catalogue, seen.heard, rules)
    yield from _inside_the_box(case, catalogue)
    yield from _order(case)
    if seen.unfit:
        yield found(case, _K.UNFIT_PLACE, observation_unfit=seen.unfit, **_places(case))


def _heard(case: Case, catalogue: CatalogueSays, heard: Heard, rules: Rules) -> Iterator[Verdict]:
    rivals = [r for r in case.observation.rivals if r.spot.contradicts(heard.spot)]
    if rivals:
        places = " ".join(sorted({heard.spot.code, *(rival.spot.code for rival in rivals)}))
        yield found(case, _K.CONFLICTING_PLACES, observation_places=places)
        yield Undecided(code=_K.MISPLACED, reason="two_places")
        yield Undecided(code=_K.CATALOGUE_STALE, reason="two_places")
        return
    registry = case.registry.spot
    if registry is not None and catalogue.spot is not None:
        moved = registry.contradicts(catalogue.spot, to_level=True)
        if moved and not _astray(heard, registry):
            yield found(case, _K.CATALOGUE_STALE, **_places(case))
    home = catalogue.spot if registry is None else registry
    if home is not None and _astray(heard, home):
        yield from _misplaced(case, heard, rules)


def _misplaced(case: Case, heard: Heard, rules: Rules) -> Iterator[Verdict]:
    settled_at = heard.since + rules.settle
    if case.registry.orders:
        yield Undecided(code=_K.MISPLACED, reason="order")
    elif is_lent(case):
        yield Undecided(code=_K.MISPLACED, reason="lent")
    elif case.at < settled_at:
        yield Undecided(code=_K.MISPLACED, reason="settling")
        yield AskAgain(at=settled_at)
    else:
        yield found(case, _K.MISPLACED, **_places(case))


def _astray(heard: Heard, home: Spot) -> bool:
    return home.contradicts(heard.spot, to_level=heard.fixed)


def _places(case: Case) -> dict[str, str]:
    catalogue, heard = case.catalogue, case.observation.heard
    evidence = {} if catalogue is None else {"catalogue_home": catalogue.home}
    if heard is not None:
        evidence["observation_place"] = heard.spot.code
        evidence["observation_by"] = heard.by
        evidence["observation_event"] = heard.event_id
    if case.registry.spot is not None:
        evidence["registry_place"] = case.registry.spot.code
    return evidence


def _inside_the_box(case: Case, catalogue: CatalogueSays) -> Iterator[Verdict]:
    """C2: it lay in another box, or the box holds another number of pages."""
    seen = case.observation
    elsewhere = seen.parent_id is not None and seen.parent_id != catalogue.parent_id
    counts = seen.pieces, catalogue.pages
    miscounted = None not in counts and seen.pieces != catalogue.pages
    if elsewhere or (miscounted and case.registry.loan is None):
        evidence = {
            "catalogue_parent": catalogue.parent_id or "",
            "observation_parent": seen.parent_id or "",
            "catalogue_pages": "" if catalogue.pages is None else str(catalogue.pages),
            "observation_pages": "" if seen.pieces is None else str(seen.pieces),
        }
        yield found(case, _K.WRONG_BOX, **evidence)


def _order(case: Case) -> Iterator[Verdict]:
    """C3: what stands left of it comes after it, or what stands right comes before."""
    seen = case.observation
    if seen.neighbours is None or not seen.sort_key:
        return
    left, right = seen.neighbours
    if (left and left > seen.sort_key) or (right and right < seen.sort_key):
        yield found(case, _K.OUT_OF_ORDER, observation_left=left, observation_right=right)
