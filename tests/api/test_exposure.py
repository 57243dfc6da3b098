"""What the air did to a file, and who stood in a room, asked by HTTP."""

import csv
from datetime import timedelta
from typing import Any

import pytest

from controller.domain.model import Direction
from controller.store.climate import exposure as view
from drivers.observations import ClimateReading, Moment, Quality
from tests.api.facts import passage
from tests.api.world import BOX, FILE, LOOSE, NOW, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def shelved(each_world: World) -> World:
    """A file in a box, and a loose one."""
    each_world.shelve(BOX, "B-1", kind="box")
    each_world.shelve(FILE, "F-1", BOX)
    each_world.shelve(LOOSE, "F-2")
    return each_world


@pytest.fixture
def aired(shelved: World) -> World:
    """A day of climate; its second half is too humid."""
    shelved.measure(
        *(
            ClimateReading(
                at=Moment(utc=NOW - DAY + minute * timedelta(minutes=1), monotonic_s=0.0),
                sensor="th-1",
                temperature_c=18.0,
                relative_humidity_percent=50.0 if minute < 720 else 70.0,
                quality=Quality.GOOD,
                fault="",
            )
            for minute in range(1440)
        )
    )
    return shelved


def exposure(world: World, holding: str, **params: str) -> dict[str, Any]:
    asked = {"since": (NOW - DAY).isoformat(), **params}
    answer = world.get(f"/v1/holdings/{holding}/exposure", params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_file_that_was_out_during_the_leak_was_not_in_it(aired: World) -> None:
    aired.record(
        passage(LOOSE, Direction.IN, NOW - 2 * DAY),
        passage(LOOSE, Direction.OUT, NOW - 12 * HOUR),
    )
    told = exposure(aired, LOOSE)
    assert (told["in_rooms_s"], told["known_s"], told["observed_s"]) == (43200, 43200, 43200)
    assert told["excursions"] == []
    assert told["twpi_years"] == pytest.approx(57.262113, abs=1e-5)
    assert [(stay["place"], stay["basis"]) for stay in told["stays"]] == [
        ("room-1", "passage"), ("outside", "passage"),
    ]  # fmt: skip
    assert [gap["reason"] for gap in told["gaps"]] == ["outside"]


def test_a_file_lives_where_its_box_stands(aired: World) -> None:
    aired.record(passage(BOX, Direction.IN, NOW - 6 * HOUR))
    told = exposure(aired, FILE)
    assert told["observed_s"] == 6 * 3600
    assert told["beyond_s"]["relative_humidity_percent_high"] == pytest.approx(12 * 3600)
    assert [stay["basis"] for stay in told["stays"]] == ["catalogue", "passage"]


def test_before_anything_was_seen_the_catalogue_speaks_and_says_so(aired: World) -> None:
    told = exposure(aired, LOOSE)
    assert (told["in_rooms_s"], told["observed_s"]) == (86400, 0)
    (excursion,) = told["excursions"]
    assert excursion["room"] == "room-1"
    assert excursion["excursion"]["worst"] == 70.0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/holdings/nobody/exposure", 404),
        (f"/v1/holdings/{LOOSE}/exposure?since=2030-01-01T00:00:00Z", 422),
        (f"/v1/holdings/{LOOSE}/exposure?since=1990-01-01T00:00:00Z", 422),
        ("/v1/rooms/nowhere/holdings?since=2026-01-01T00:00:00Z", 404),
        ("/v1/rooms/room-1/holdings?since=2030-01-01T00:00:00Z", 422),
        ("/v1/rooms/room-1/holdings", 422),
        ("/v1/rooms/room-1/holdings?since=2026-01-01T00:00:00Z&cursor=c2Vlbnx4fHk", 400),
    ],
)
def test_a_bad_question_is_told_apart(shelved: World, path: str, status: int) -> None:
    assert shelved.get(path).status_code == status


def listed(world: World, params: dict[str, str], limit: int = 100) -> list[tuple[str, str]]:
    """Every page's rows: holding and basis."""
    url = "/v1/rooms/room-1/holdings"
    found: list[tuple[str, str]] = []
    asked: dict[str, str] | None = {**params, "limit": str(limit)}
    while url:
        answer = world.get(url, params=asked).json()
        assert len(answer["holdings"]) <= limit
        found += [(row["holding_id"], row["basis"]) for row in answer["holdings"]]
        url, asked = answer["next"], None
    return found


def test_those_who_stood_in_the_room_are_listed_whoever_left_since(shelved: World) -> None:
    shelved.record(
        passage(LOOSE, Direction.IN, NOW - 10 * HOUR),
        passage(LOOSE, Direction.OUT, NOW - 8 * HOUR),
    )
    leak = {"since": (NOW - 9 * HOUR).isoformat(), "until": (NOW - 7 * HOUR).isoformat()}
    assert listed(shelved, leak) == [(LOOSE, "passage"), (BOX, "catalogue")]
    after = {"since": (NOW - 5 * HOUR).isoformat()}
    assert listed(shelved, after) == [(BOX, "catalogue")]


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_of_any_size_and_looks_of_any_size_give_the_same_list(
    shelved: World, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    for number in range(20):
        shelved.shelve(f"many-{number:02}", f"C{number}", None, home="rack-a/2")
    shelved.record(
        *(
            passage(f"many-{number:02}", direction, NOW - (9 - step) * HOUR, f"p{step}")
            for number in range(0, 20, 2)
            for step, direction in enumerate((Direction.IN, Direction.OUT, Direction.IN))
        )
    )
    asked = {"since": (NOW - 12 * HOUR).isoformat()}
    whole = listed(shelved, asked, 500)
    assert len(whole) == len(set(whole)) + 10  # ten came, left and came again
    monkeypatch.setattr(view, "LOOKED_AT", 3)
    assert listed(shelved, asked, limit) == whole


def test_the_csv_has_them_all_and_no_formula(shelved: World) -> None:
    shelved.shelve("evil", "=1+1", None, home="Room 1")
    answer = shelved.get(
        "/v1/rooms/room-1/holdings.csv", params={"since": (NOW - HOUR).isoformat()}
    )
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))
    by_id = {row["holding_id"]: row for row in rows}
    assert by_id["evil"]["reference_code"] == "'=1+1"
    assert by_id[BOX]["contents"] == "1"
    assert FILE not in by_id  # its box tells of it
