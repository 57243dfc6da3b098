"""Matching: rules in order, the first that hits, and none that guesses."""

from dataclasses import replace

import pytest

from controller.domain.reconciling.matching import (
    Identity,
    MatchRule,
    match,
    plain_barcode,
)

WANTED = Identity(
    holding_id="old",
    source="archive",
    external_id="7",
    barcode="3210 1001",
    reference_code="A001-WS·2020-Y-0007",
    fonds="A001",
    box="12",
    item="7",
    title="Pension file",
    year=2020,
    pages=12,
    person_digest="d1",
)
NOBODY = Identity(holding_id="new")

TWINS = {
    MatchRule.EXTERNAL_ID: replace(NOBODY, source="archive", external_id="7"),
    MatchRule.BARCODE: replace(NOBODY, barcode="32101001"),
    MatchRule.REFERENCE_CODE: replace(NOBODY, fonds="A001", reference_code="A001-WS．2020-Y-0007"),
    MatchRule.BOX_AND_ITEM: replace(NOBODY, fonds="A001", box="12", item="7"),
    MatchRule.SUGGESTION: replace(NOBODY, title="Pension file", year=2020, pages=12),
}


@pytest.mark.parametrize("rule", TWINS)
def test_each_rule_finds_its_twin_and_says_which_it_was(rule: MatchRule) -> None:
    found = match(WANTED, [NOBODY, TWINS[rule]])
    assert found is not None
    assert (found.holding_id, found.rule) == ("new", rule)
    assert found.rule.binds is (rule is not MatchRule.SUGGESTION)


def test_the_surest_rule_wins() -> None:
    by_title = replace(TWINS[MatchRule.SUGGESTION], holding_id="a")
    by_barcode = replace(TWINS[MatchRule.BARCODE], holding_id="b")
    found = match(WANTED, [by_title, by_barcode])
    assert found is not None
    assert (found.holding_id, found.rule) == ("b", MatchRule.BARCODE)


def test_two_that_fit_equally_are_no_match() -> None:
    one = replace(TWINS[MatchRule.BARCODE], holding_id="a")
    assert match(WANTED, [one, replace(one, holding_id="b")]) is None
    assert match(WANTED, [one, replace(one)]) is not None  # the same one said twice


def test_what_is_unknown_matches_nothing() -> None:
    assert match(NOBODY, [Identity(holding_id="other"), WANTED]) is None
    assert match(replace(WANTED), [replace(WANTED)]) is None  # itself


def test_barcodes_are_compared_in_one_writing() -> None:
    assert plain_barcode("3210 1001 ａ") == "32101001A"
