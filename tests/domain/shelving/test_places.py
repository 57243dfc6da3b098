"""Location codes: what they say, whose count they follow, and what is no place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.places import Places, ShelfPlace, ShelfSide, pattern_fault
from controller.domain.plans import RackPlan, ShelvesPlan
from controller.domain.plans_shelving import MachineKind, MachinePlan

A = RackPlan(
    id="rack-a",
    aisles=7,
    name="A 区密集架",
    shelves=ShelvesPlan(code="A", bays=12, levels=7, bare=frozenset({(1, "left")})),
)
FAR = RackPlan(id="rack-b", aisles=7, shelves=ShelvesPlan(code="B", from_far_end=True))
OURS = r"(?P<rack>[A-Z])(?P<column>\d\d)(?P<face>[AB])-(?P<bay>\d+)-(?P<level>\d+)"
PLACES = Places([A, FAR], [OURS])


def at(
    aisle: int,
    side: ShelfSide | None = None,
    bay: int | None = None,
    level: int | None = None,
    slot: str = "",
    rack: str = "rack-a",
) -> ShelfPlace:
    return ShelfPlace(rack=rack, aisle=aisle, side=side, bay=bay, level=level, slot=slot)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("rack-a/3/L/12/4/7", at(3, ShelfSide.LEFT, 12, 4, "7")),
        ("A/03/右/02", at(3, ShelfSide.RIGHT, 2)),
        ("rack-a/3", at(3)),
        ("rack-a/3/-/12/4", at(3, None, 12, 4)),
        ("A区密集架 3号通道 左侧 12列 4层", at(3, ShelfSide.LEFT, 12, 4)),
        ("A区密集架3通道右侧2列1层5格", at(3, ShelfSide.RIGHT, 2, 1, "5")),
        ("A 区密集架 3 通道", at(3)),
        ("A03B-12-4", at(3, ShelfSide.LEFT, 12, 4)),
        ("A03A-12-4", at(2, ShelfSide.RIGHT, 12, 4)),
        ("B/1/L/2/3", at(7, ShelfSide.RIGHT, 2, 3, rack="rack-b")),
        ("B02B-1-1", at(6, ShelfSide.RIGHT, 1, 1, rack="rack-b")),
    ],
)
def test_a_code_is_read(text: str, place: ShelfPlace) -> None:
    assert PLACES.read(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "room-1",
        "rack-z/3/L/1/1",
        "rack-a/8/L/1/1",
        "rack-a/0",
        "rack-a/3/L/13/1",
        "rack-a/3/L/1/8",
        "rack-a/1/L/1/1",  # there are no shelves on that side
        "rack-a/three",
        "A01A-1-1",  # the outer face of the first column stands in no aisle
        "A03C-1-1",
        "库房 3 柜",
    ],
)
def test_what_is_no_place_of_the_site_is_none(text: str) -> None:
    assert PLACES.read(text) is None


@given(st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    place = PLACES.read(text)
    assert place is None or place.rack in ("rack-a", "rack-b")


@given(
    st.builds(
        ShelfPlace,
        rack=st.just("rack-a"),
        aisle=st.integers(2, 7),
        side=st.none() | st.sampled_from(ShelfSide),
        bay=st.none() | st.integers(1, 12),
        level=st.none() | st.integers(1, 7),
        slot=st.sampled_from(["", "7", "b 2"]),
    )
)
def test_a_place_is_read_back_from_its_own_code(place: ShelfPlace) -> None:
    assert PLACES.read(place.code) == place


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (OURS, ""),
        ("(", "regular expression"),
        ("(?P<rack>.)", "must name rack, and aisle"),
        ("(?P<rack>.)(?P<column>.)", "must name rack, and aisle"),
        ("(?P<rack>.)(?P<aisle>.)(?P<drawer>.)", "names 'drawer'"),
    ],
)
def test_a_pattern_that_cannot_work_is_named_with_its_fault(pattern: str, fault: str) -> None:
    assert fault in pattern_fault(pattern)
    assert bool(pattern_fault(pattern)) is bool(fault)


LIFT = MachinePlan(
    id="lift-1", kind=MachineKind.LIFT, sizes=(40,), openings=2, name="1号立库", code="L1"
)
CRANE = MachinePlan(id="crane-1", kind=MachineKind.CRANE, sizes=(2, 9, 5), name="堆垛机")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("lift-1/12", "lift-1/12"),
        ("L1/012", "lift-1/12"),
        ("1号立库 12号托盘", "lift-1/12"),
        ("crane-1/1/4/3", "crane-1/1/4/3"),
        ("堆垛机 1排4列3层", "crane-1/1/4/3"),
        ("lift-1/41", None),
        ("lift-1/0", None),
        ("lift-1/1/2", None),
        ("crane-1/1/4", None),
        ("crane-1/3/4/3", None),
        ("lift-9/1", None),
        ("lift-1", None),
    ],
)
def test_a_place_in_a_machine_is_read_if_the_machine_has_it(text: str, code: str | None) -> None:
    place = Places([A], (), [LIFT, CRANE]).in_machine(text)

    assert (None if place is None else place.code) == code


def test_a_rack_is_no_machine_and_a_machine_no_rack() -> None:
    places = Places([A], (), [LIFT, CRANE])

    assert places.in_machine("rack-a/3") is None
    assert places.read("lift-1/12") is None
