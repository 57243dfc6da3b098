"""The simulated handheld cuts a sweep into parts that the API takes."""

from datetime import UTC, datetime

from simulators.handheld import PART, parts

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_a_sweep_is_cut_into_parts_and_no_tag_is_in_two() -> None:
    epcs = [f"{number:024X}" for number in range(PART + 7)]
    bodies = list(parts([*epcs, *epcs[:9]], handheld="h", place={"room": "room-1"}, at=AT))
    assert [len(body["tags"]) for body in bodies] == [PART, 7]
    assert [tag["epc"] for body in bodies for tag in body["tags"]] == epcs
