"""保管期限 as data, and the tree of places with what fits in."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.locations import Location, LocationKind, LocationTree, NoTree
from controller.domain.retention import CountedFrom, RetentionRule, Retentions

KINDS = list(LocationKind)


@pytest.mark.parametrize(
    ("written", "year", "today", "due"),
    [
        ("D10", 2015, date(2025, 12, 31), False),
        ("D10", 2015, date(2026, 1, 1), True),
        ("10 年", 2015, date(2026, 1, 1), True),
        ("永久", 1901, date(2999, 1, 1), False),
        ("D10", None, date(2999, 1, 1), False),
        ("who knows", 1901, date(2999, 1, 1), False),
    ],
)
def test_a_thing_is_due_when_its_years_after_the_next_january_are_over(
    written: str, year: int | None, today: date, due: bool
) -> None:
    assert Retentions().due(written, year, today) is due


def test_a_site_may_count_from_another_day() -> None:
    rule = RetentionRule(code="X5", years=5, counted_from=CountedFrom.YEAR_OF_CREATION)
    assert Retentions([rule]).find(" x5 ") == rule
    assert rule.expires(2020) == date(2025, 1, 1)


def place(number: int, parent: int | None, kind: LocationKind, **more: object) -> Location:
    above = None if parent is None else f"p{parent}"
    return Location(id=f"p{number}", parent_id=above, kind=kind, name="", **more)  # type: ignore[arg-type]


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 7), st.sampled_from(KINDS), st.integers(0, 900)),
        min_size=1,
        max_size=8,
    )
)
def test_places_make_a_tree_or_are_refused_and_shelf_metres_add_up(
    drawn: list[tuple[int | None, LocationKind, int]],
) -> None:
    places = [place(n, parent, kind) for n, (parent, kind, _) in enumerate(drawn)]
    used = {f"p{n}": mm for n, (_, _, mm) in enumerate(drawn)}
    orderly = all(
        parent is None
        or (parent < len(drawn) and KINDS.index(drawn[parent][1]) < KINDS.index(kind))
        for parent, kind, _ in drawn
    )
    if not orderly:
        with pytest.raises(NoTree):
            LocationTree(places)
        return
    root = Location(id="all", parent_id=None, kind=LocationKind.SITE, name="", capacity_mm=10_000)
    tree = LocationTree(places)
    for each in places:
        path = tree.path(each.id)
        assert path[-1] == each
        assert len({step.id for step in path}) == len(path)
    lifted = [
        each
        if each.parent_id or each.kind is LocationKind.SITE
        else Location(id=each.id, parent_id="all", kind=each.kind, name="")
        for each in places
    ]
    inside = {e.id for e in lifted if LocationTree([root, *lifted]).path(e.id)[0].id == "all"}
    free = LocationTree([root, *lifted]).free_mm("all", used)
    assert free == 10_000 - sum(mm for name, mm in used.items() if name in inside)


def test_the_nearest_place_that_says_so_decides_which_fonds_may_stand_there() -> None:
    tree = LocationTree(
        [
            place(0, None, LocationKind.ROOM, fonds=("J1",)),
            place(1, 0, LocationKind.RACK),
            place(2, 1, LocationKind.BAY, fonds=("J2",), capacity_mm=900),
            place(3, 1, LocationKind.BAY, capacity_mm=1100),
        ]
    )
    assert tree.allows("p1", "J1")
    assert not tree.allows("p1", "J2")
    assert tree.allows("p2", "J2")
    assert tree.capacity_mm("p0") == 2000
    assert tree.free_mm("p3", {"p3": 1200}) == -100
    assert LocationTree([place(0, None, LocationKind.ROOM)]).capacity_mm("p0") is None
