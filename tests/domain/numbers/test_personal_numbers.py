"""Identity numbers and other key fields: checked, folded, masked, compared without being known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.numbers import identity
from controller.domain.numbers.key_fields import IDENTITY, KEY_FIELDS, differing, seal

SECRET = b"a site's own secret"
born = st.dates(date(1900, 1, 1), date(1999, 12, 31))
stems = st.builds(lambda d, n: f"110105{d:%Y%m%d}{n:03d}", born, st.integers(0, 999))


def number(stem: str) -> str:
    return stem + identity.check_digit(stem)


def test_the_example_of_the_standard_is_right_and_masked() -> None:
    assert identity.fault("11010519491231002X") == ""
    assert identity.masked("11010519491231002X") == "110105********002X"


@given(stems, st.integers(0, 16), st.integers(1, 9))
def test_one_mistyped_digit_is_always_found(stem: str, at: int, by: int) -> None:
    right = number(stem)
    wrong = right[:at] + str((int(right[at]) + by) % 10) + right[at + 1 :]
    assert identity.fault(right) == ""
    assert identity.fault(wrong) != ""


@given(stems)
def test_the_old_fifteen_digits_are_the_same_person(stem: str) -> None:
    old = stem[:6] + stem[8:]
    long = f"{stem[:6]}19{stem[8:]}"
    assert identity.normalised(old) == number(long)


@pytest.mark.parametrize(
    ("text", "says"),
    [("123", "17 digits"), ("110105194913310021", "day of birth"), ("110105194912310021", "check")],
)
def test_a_wrong_number_is_told_why(text: str, says: str) -> None:
    assert says in identity.fault(text)


@given(stems, st.sampled_from(sorted(KEY_FIELDS)))
def test_neither_digest_nor_mask_gives_the_number_away(stem: str, field: str) -> None:
    plain = number(stem)
    kept = seal(field, plain, SECRET)
    assert plain not in kept.digest + kept.shown
    assert plain[6:14] not in kept.shown
    assert kept.digest != seal(field, plain, b"another site's").digest


@given(stems)
def test_however_it_was_typed_it_is_the_same_number(stem: str) -> None:
    typed = f" {number(stem)[:6]} {number(stem)[6:].lower()}"
    assert seal(IDENTITY, typed, SECRET) == seal(IDENTITY, number(stem), SECRET)


@given(stems)
def test_an_equal_number_in_another_field_does_not_show(stem: str) -> None:
    digests = {seal(field, number(stem), SECRET).digest for field in KEY_FIELDS}
    assert len(digests) == len(KEY_FIELDS)


def test_only_the_fields_of_the_class_that_both_sides_have_are_compared() -> None:
    one = {
        IDENTITY: seal(IDENTITY, "11010519491231002X", SECRET),
        "approval_number": seal("approval_number", "批 7", SECRET),
    }
    other = {field: seal(field, "other", SECRET) for field in KEY_FIELDS}
    assert differing(KEY_FIELDS, one, other) == [IDENTITY, "approval_number"]
    assert differing(["approval_number"], one, other) == ["approval_number"]
    assert differing(KEY_FIELDS, one, one) == []


@pytest.mark.parametrize("text", ["", "7", "1234", "12345", "123456789"])
def test_a_short_number_is_hidden_for_the_most_part(text: str) -> None:
    shown = seal("social_security_account", text, SECRET).shown
    assert len(shown) == len(text)
    assert sum(character != "*" for character in shown) <= max(0, len(text) - 4)
