"""档号: both dialects in force and the old one, however they were typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.numbers.reference_code import (
    CLASSES,
    Dialect,
    NotAReferenceCode,
    ReferenceCode,
    canonical,
    compose,
    parse,
    sort_key,
)

fonds = st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True)
numbers = st.lists(st.from_regex(r"[0-9]{3,4}", fullmatch=True), min_size=1, max_size=2).map(tuple)
classes = st.sampled_from(sorted(CLASSES))
years = st.integers(1900, 2099).map(str)
retentions = st.sampled_from(["Y", "D10", "D30", "D100"])
organs = st.sampled_from(["BGS", "办公室", "RSC"])


@st.composite
def codes(draw: st.DrawFn) -> ReferenceCode:
    dialect = draw(st.sampled_from(Dialect))
    if dialect is Dialect.DA_T_13_1994:
        elements: tuple[str, ...] = (draw(st.from_regex(r"[0-9]{3}", fullmatch=True)),)
    elif dialect is Dialect.DA_T_22_2015:
        elements = (draw(classes), draw(years), draw(retentions), draw(organs))
    else:
        more = draw(st.lists(st.one_of(years, retentions, organs), max_size=4))
        elements = (draw(classes), *more)
    return ReferenceCode(
        dialect=dialect, fonds=draw(fonds), elements=elements, numbers=draw(numbers)
    )


@given(codes())
def test_a_composed_number_reads_back_as_the_same_number(code: ReferenceCode) -> None:
    assert parse(compose(code)) == code


@given(codes(), st.sampled_from("·•・．."), st.sampled_from("-－‐–"), st.booleans())
def test_it_does_not_matter_with_which_dots_and_hyphens_it_was_typed(
    code: ReferenceCode, dot: str, hyphen: str, blanks: bool
) -> None:
    written = compose(code)
    typed = written.replace("·", dot).replace("-", hyphen)
    typed = f" {typed.lower()} " if blanks else typed
    assert canonical(typed) == written
    assert parse(typed) == code


@pytest.mark.parametrize(
    ("text", "dialect", "class_", "year", "retention", "last"),
    [
        ("A439-WS·2015·D30·003-005", Dialect.DA_T_13_2022, "WS", 2015, "D30", ("005",)),
        ("Z109-WS·2011·Y·办公室-0001", Dialect.DA_T_13_2022, "WS", 2011, "Y", ("0001",)),
        ("J019-ZY·JC·CC·2019·D30-001-001", Dialect.DA_T_13_2022, "ZY", 2019, "D30", ("001",) * 2),
        ("A002-RS-001-002", Dialect.DA_T_13_2022, "RS", None, "", ("001", "002")),
        ("C038-001-002-003", Dialect.DA_T_13_1994, "", None, "", ("002", "003")),
        ("Z109-WS·2011-Y-BGS-0001", Dialect.DA_T_22_2015, "WS", 2011, "Y", ("0001",)),
    ],
)
def test_the_standards_own_examples_are_understood(
    text: str, dialect: Dialect, class_: str, year: int | None, retention: str, last: tuple[str]
) -> None:
    code = parse(text)
    assert (code.dialect, code.archive_class, code.year) == (dialect, class_, year)
    assert (code.retention, code.numbers) == (retention, last)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "全宗号"),
        ("12-WS·2011-Y-1", "全宗号"),
        ("Z109", "empty or missing"),
        ("Z109-WS·2011--0001", "empty or missing"),
        ("Z109-w·2011-0001", "门类"),
        ("Z109-WS·2011-D-BGS-0001", "保管期限"),
        ("Z109-WS-Y-BGS-0001", "where a number is expected"),
        ("Z109-WS·2011-1-2-3", "ends with 3 numbers"),
        ("C038-001-A-003", "only numbers"),
    ],
)
def test_what_is_no_number_is_told_which_part_does_not_fit(text: str, says: str) -> None:
    with pytest.raises(NotAReferenceCode, match=says):
        parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_is_refused_in_words(text: str) -> None:
    try:
        code = parse(text)
    except NotAReferenceCode:
        return
    assert parse(compose(code)) == code


@given(codes(), st.integers(1, 998), st.integers(1, 998))
def test_numbers_stand_in_the_order_of_their_last_number(
    code: ReferenceCode, one: int, other: int
) -> None:
    stem = compose(code).rpartition("-")[0]
    first, second = sort_key(f"{stem}-{one}"), sort_key(f"{stem}-{other}")
    assert (first < second) == (one < other)


@given(st.text(max_size=20), st.text(max_size=20))
def test_only_the_same_number_sorts_at_the_same_place(one: str, other: str) -> None:
    assert (sort_key(one) == sort_key(other)) == (canonical(one) == canonical(other))
