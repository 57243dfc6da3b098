"""Every class of discrepancy of a holding, and beside each the nearest thing that is none."""

from datetime import date
from typing import Any

import pytest

from controller.domain.model import LoanState
from controller.domain.model_reconciling import CLASSES, DiscrepancyClass, Severity
from controller.domain.reconciling.facts import Ended, EndKind, Order, Paired, Spot
from controller.domain.reconciling.judging import OF_HOLDINGS, judge
from controller.domain.reconciling.verdicts import Rules
from tests.domain.reconciling.cases import DAY, HOUR, NOW, case, heard, loan, passed

RULES = Rules()
OTHER_BAY = Spot(room="room-1", rack="rack-a", bay="4", level="2")
OTHER_LEVEL = Spot(room="room-1", rack="rack-a", bay="3", level="5")
DIGESTS = {"identity_number": "aa", "approval_number": "bb"}
MOVE = (Order(id="o1", kind="move"),)
GONE = {"heard": heard(left=True, at=NOW - 2 * DAY)}
UNSEEN: dict[str, Any] = {"heard": None}
BACK = loan(state=LoanState.RETURNED, left_at=NOW - 5 * DAY, returned_at=NOW - 2 * DAY)
DESTROYED = {"ended": Ended(at=NOW - 2 * DAY, kind=EndKind.DESTROYED)}

THERE = {
    "A3": case(observation={"heard": None, "held_in_hand_at": NOW - HOUR, "silent_sweeps": 3}),
    "B1": case(catalogued=False),
    "B2": case(registry={"tags": (), "tag_wanted_from": NOW - DAY}),
    "B3": case(observation={"heard": heard(fixed=False), "silent_sweeps": 3}),
    "B3 gone": case(observation=GONE),
    "B4": case(observation=GONE | {"deaf": ("shelf-a",)}),
    "B5": case(registry=DESTROYED),
    "B5 door": case(
        registry=DESTROYED, observation={"heard": None, "passed": passed(room="room-1")}
    ),
    "B7": case(catalogue={"withdrawn_at": NOW - DAY}),
    "C1": case(observation={"heard": heard(spot=OTHER_BAY)}),
    "C1 level": case(observation={"heard": heard(spot=OTHER_LEVEL)}),
    "C2": case(catalogue={"parent_id": "box-1"}, observation={"parent_id": "box-2"}),
    "C2 count": case(observation={"pieces": 11}),
    "C3": case(observation={"neighbours": ("A001-0009", "A001-0010"), "sort_key": "A001-0007"}),
    "C4": case(registry={"spot": OTHER_BAY}, observation={"heard": heard(spot=OTHER_BAY)}),
    "C5": case(catalogue={"home": "somewhere", "spot": None}),
    "C6": case(observation={"rivals": (heard(spot=OTHER_BAY),)}),
    "C7": case(observation={"unfit": "fonds"}),
    "D1": case(observation={"passed": passed()}),
    "D2": case(registry={"loan": loan(left_at=NOW - 2 * DAY)}),
    "D3": case(registry={"loan": BACK}, observation={"heard": None}),
    "D4": case(registry={"loan": loan(due=NOW - HOUR)}, observation={"passed": passed()}),
    "D5": case(catalogue={"on_loan": True}),
    "D6": case(
        registry={
            "loan": loan(state=LoanState.RETURNED, left_at=None, issued_pieces=9, returned_pieces=8)
        }
    ),
    "E1": case(
        catalogue={"key_digests": DIGESTS},
        registry={"key_digests": DIGESTS | {"identity_number": "cc"}},
    ),
    "E2": case(catalogue={"faults": {"identity_number": "check_digit"}}),
    "E3": case(registry={"retention": "D30"}),
    "E3 due": case(registry={"expires_on": date(2026, 6, 1)}),
    "E4": case(catalogue={"pairing": Paired(has_paper=True, has_electronic=False)}),
}

NEAR_MISSES = {
    "everybody agrees": case(),
    "A3 heard again": case(observation={"held_in_hand_at": NOW - 2 * DAY, "silent_sweeps": 3}),
    "B1 nothing anywhere": case(catalogued=False, registry={"tags": ()}, observation=UNSEEN),
    "B2 registration goes on": case(registry={"tags": ()}, observation=UNSEEN),
    "B2 lies in a box": case(
        catalogue={"parent_id": "box"}, registry={"tags": (), "tag_wanted_from": NOW - DAY}
    ),
    "B2 not yet": case(registry={"tags": (), "tag_wanted_from": NOW + DAY}),
    "B3 two sweeps": case(observation={"heard": heard(fixed=False), "silent_sweeps": 2}),
    "B3 lately gone": case(observation={"heard": heard(left=True, at=NOW - HOUR)}),
    "B3 on loan": case(registry={"loan": loan(left_at=NOW - HOUR)}, observation=GONE),
    "B3 under an order": case(registry={"orders": MOVE}, observation=GONE),
    "B4 frozen picture": case(observation={"deaf": ("shelf-a",)}),
    "B5 heard before": case(
        registry=DESTROYED, observation={"heard": heard(at=NOW - 3 * DAY, since=NOW - 9 * DAY)}
    ),
    "B5 carried out": case(registry=DESTROYED, observation={"heard": None, "passed": passed()}),
    "B7 no tag": case(catalogue={"withdrawn_at": NOW}, registry={"tags": ()}),
    "C1 carried by": case(
        observation={"heard": heard(spot=OTHER_BAY, since=NOW - HOUR / 12, at=NOW)}
    ),
    "C1 by hand to the level": case(observation={"heard": heard(spot=OTHER_LEVEL, fixed=False)}),
    "C1 less is known": case(observation={"heard": heard(spot=Spot(room="room-1"))}),
    "C1 under an order": case(
        registry={"orders": MOVE}, observation={"heard": heard(spot=OTHER_BAY)}
    ),
    "C2 as catalogued": case(
        catalogue={"parent_id": "box-1"}, observation={"parent_id": "box-1", "pieces": 12}
    ),
    "C3 in order": case(
        observation={"neighbours": ("A001-0006", "A001-0008"), "sort_key": "A001-0007"}
    ),
    "C4 all three": case(
        registry={"spot": OTHER_LEVEL},
        catalogue={"spot": OTHER_LEVEL},
        observation={"heard": heard(spot=OTHER_LEVEL)},
    ),
    "C5 no home": case(catalogue={"home": "", "spot": None}),
    "C6 the same bay": case(observation={"rivals": (heard(by="handheld"),)}),
    "D1 with a loan": case(
        registry={"loan": loan(left_at=NOW - DAY / 2)}, observation={"passed": passed()}
    ),
    "D1 with an order": case(registry={"orders": MOVE}, observation={"passed": passed()}),
    "D1 heard inside since": case(observation={"passed": passed(at=NOW - 2 * DAY)}),
    "D2 not left yet": case(registry={"loan": loan(left_at=None)}),
    "D2 heard before it left": case(
        registry={"loan": loan(left_at=NOW - HOUR)}, observation={"passed": passed(at=NOW - HOUR)}
    ),
    "D3 lately": case(
        registry={"loan": loan(state=LoanState.RETURNED, returned_at=NOW - HOUR)},
        observation=UNSEEN,
    ),
    "D3 heard since": case(registry={"loan": BACK}),
    "D4 on the last day": case(registry={"loan": loan(due=NOW)}, observation={"passed": passed()}),
    "D4 never fetched": case(registry={"loan": loan(due=NOW - DAY, left_at=None)}),
    "D5 both say in": case(catalogue={"on_loan": False}),
    "E1 other fields": case(
        catalogue={"key_digests": DIGESTS}, registry={"key_digests": {"title": "x"}}
    ),
    "E3 tomorrow": case(registry={"retention": "Y", "expires_on": date(2026, 6, 2)}),
    "E4 both": case(
        catalogue={
            "pairing": Paired(
                has_paper=True, has_electronic=True, paper_version="2", electronic_version="2"
            )
        }
    ),
}


@pytest.mark.parametrize("name", THERE)
def test_the_difference_is_found_and_no_other(name: str) -> None:
    judged = judge(THERE[name], RULES)
    assert [finding.code.value for finding in judged.findings] == [name.split()[0]]
    (finding,) = judged.findings
    assert finding.holding_id == finding.subject == "h1"


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_what_only_looks_like_it_is_none(name: str) -> None:
    assert judge(NEAR_MISSES[name], RULES).findings == ()


def test_every_class_of_a_holding_has_its_case() -> None:
    assert {name.split()[0] for name in THERE} == {code.value for code in OF_HOLDINGS}
    assert CLASSES.keys() == set(DiscrepancyClass)


def test_what_may_explain_it_leaves_the_question_open() -> None:
    reasons = {
        name: judge(NEAR_MISSES[name], RULES).undecided
        for name in NEAR_MISSES
        if name.startswith(("B3", "C1", "D3"))
    }
    missing, misplaced = DiscrepancyClass.MISSING, DiscrepancyClass.MISPLACED
    assert reasons["B3 two sweeps"] == {missing: "sweep_again"}
    assert reasons["B3 lately gone"] == {missing: "settling"}
    assert reasons["B3 on loan"] == {missing: "lent"}
    assert reasons["B3 under an order"] == {missing: "order"}
    assert reasons["C1 carried by"] == {misplaced: "settling"}
    assert reasons["C1 under an order"] == {misplaced: "order"}
    assert reasons["D3 lately"] == {DiscrepancyClass.RETURNED_NOT_SEEN: "settling"}
    blind = judge(THERE["B4"], RULES)
    assert blind.undecided == {missing: "reader_offline"}
    torn = judge(case(observation={"rivals": (heard(spot=OTHER_BAY),)}), RULES)
    assert torn.undecided[misplaced] == "two_places"


def test_time_alone_is_asked_for_again() -> None:
    assert judge(NEAR_MISSES["D4 on the last day"], RULES).again_at == NOW
    lent = judge(case(registry={"loan": loan()}, observation={"passed": passed()}), RULES)
    assert lent.again_at == NOW + 7 * DAY
    assert judge(NEAR_MISSES["B2 not yet"], RULES).again_at == NOW + DAY
    gone = judge(NEAR_MISSES["B3 lately gone"], RULES)
    assert gone.again_at == NOW - HOUR + RULES.unseen_after
    assert judge(case(), RULES).again_at is None


def test_overdue_grows_worse_with_age() -> None:
    def overdue(days: int) -> Severity:
        spoiled = case(
            registry={"loan": loan(due=NOW - days * DAY, left_at=NOW - 99 * DAY)},
            observation={"heard": None, "passed": passed(at=NOW - 99 * DAY)},
        )
        (finding,) = judge(spoiled, RULES).findings
        return finding.severity

    assert (overdue(1), overdue(31)) == (Severity.MEDIUM, Severity.HIGH)


def test_missing_needs_three_sweeps_as_measured() -> None:
    certain = [round(100 * RULES.certainty_missing(sweeps)) for sweeps in (1, 2, 3)]
    assert certain == [13, 69, 97]
    elusive = case(observation={"heard": None, "silent_sweeps": 3, "read_probability": 0.5})
    assert judge(elusive, RULES).findings == ()  # a tag that is seldom heard at all


def test_key_fields_are_named_and_never_shown() -> None:
    (finding,) = judge(THERE["E1"], RULES).findings
    assert finding.evidence == {"fields": "identity_number"}


def test_the_rule_that_names_a_successor_is_kept() -> None:
    spoiled = case(
        catalogue={"withdrawn_at": NOW - DAY},
        registry={"successor_id": "h2", "successor_rule": 2},
    )
    (finding,) = judge(spoiled, RULES).findings
    assert finding.matched_by == 2
    assert finding.evidence["catalogue_successor"] == "h2"
